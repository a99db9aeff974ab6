use retry_utils::async_retry;

#[async_retry]
async fn call() -> Option<u32> {
    Some(1)
}

fn main() {}
