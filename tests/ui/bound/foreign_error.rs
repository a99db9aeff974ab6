use retry_utils::{CircuitBreaker, STANDARD, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[circuit_breaker(API, failure_if = |_| true)]
#[async_retry(STANDARD, attempt_timeout = "1s", retry_if = |_| true)]
async fn get(client: &reqwest::Client) -> Result<String, reqwest::Error> {
    client.get("https://api.example/").send().await?.text().await
}

fn main() {}
