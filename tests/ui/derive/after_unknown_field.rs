use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited, after = wiat)]
    Misspelt { wait: Duration },
    #[retry(rate_limited, after = seconds)]
    FarOff { wait: Duration, body: String },
    #[retry(rate_limited, after = 0)]
    NumberOfNamed { wait: Duration },
    #[retry(rate_limited, after = wait)]
    NameInTuple(Duration, String),
    #[retry(rate_limited, after = 1)]
    PastTheEnd(Duration),
    #[retry(rate_limited, after = wait)]
    Unit,
}

fn main() {}
