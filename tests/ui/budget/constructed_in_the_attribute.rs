#![allow(unused_imports)] // The item is emitted unexpanded.

use retry_utils::{RetryBudget, RetryBudgets, async_retry};

static HOSTS: RetryBudgets = RetryBudgets::new();

#[async_retry(budget = RetryBudget::new().ratio(0.1))]
async fn made() -> Result<u32, std::io::Error> {
    Ok(1)
}

#[async_retry(budget = 0.1)]
async fn a_number() -> Result<u32, std::io::Error> {
    Ok(1)
}

#[async_retry(budget = HOSTS.for_key(host))]
async fn keyed(host: &str) -> Result<usize, std::io::Error> {
    Ok(host.len())
}

#[async_retry(budget = HOSTS)]
async fn a_set() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
