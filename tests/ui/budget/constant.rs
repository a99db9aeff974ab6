use retry_utils::{RetryBudget, async_retry};

const BUDGET: RetryBudget = RetryBudget::new();

#[async_retry(budget = BUDGET)]
async fn f() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
