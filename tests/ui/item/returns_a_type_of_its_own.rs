use retry_utils::async_retry;

struct Answer;

#[async_retry]
async fn call() -> Answer {
    Answer
}

fn main() {}
