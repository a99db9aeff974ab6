use retry_utils::async_retry;

#[async_retry]
macro_rules! call {
    () => {};
}

fn main() {
    call!();
}
