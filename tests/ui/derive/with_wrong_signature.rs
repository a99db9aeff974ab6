use retry_utils::{FailureKind, Retryable};
use std::num::ParseIntError;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(with = of_text)]
    AnotherArgument(ParseIntError),
    #[retry(with = Self::by_value)]
    ByValue(ParseIntError),
    #[retry(with = is_transient)]
    AnotherResult(ParseIntError),
    #[retry(with = missing)]
    Missing(ParseIntError),
    #[retry(rate_limited, after = self::seconds)]
    AnotherWait(ParseIntError),
    #[retry(with = <str as Judge>::judge, after = always)]
    Both(ParseIntError),
    #[retry(with = FailureKind::Timeout)]
    NoFunction(ParseIntError),
    #[retry(rate_limited, after = wait_of)]
    MissingWait { delay: Duration, source: ParseIntError },
}

trait Judge {
    fn judge(&self) -> FailureKind;
}

impl Judge for str {
    fn judge(&self) -> FailureKind {
        FailureKind::Bug
    }
}

impl ApiError {
    fn by_value(_: ParseIntError) -> FailureKind {
        FailureKind::Bug
    }
}

fn of_text(_: &str) -> FailureKind {
    FailureKind::Bug
}

fn is_transient(_: &ParseIntError) -> bool {
    true
}

fn seconds(_: &ParseIntError) -> Option<u64> {
    None
}

fn always(_: &ParseIntError) -> Duration {
    Duration::ZERO
}

fn main() {}
