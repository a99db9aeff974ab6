use retry_utils::async_retry;

#[async_retry]
struct Client;

fn main() {}
