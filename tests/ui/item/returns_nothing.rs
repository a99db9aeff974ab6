use retry_utils::async_retry;

#[async_retry]
async fn call() {}

fn main() {}
