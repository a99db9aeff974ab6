use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited, after)]
    Alone { wait: Duration },
    #[retry(rate_limited, after =)]
    NoValue { wait: Duration },
    #[retry(rate_limited, after = "wait")]
    Quoted { wait: Duration },
    #[retry(rate_limited, after = Duration::from_secs(1))]
    Expression { wait: Duration },
}

fn main() {}
