//! gRPC statuses.

use std::error::Error;
use std::iter;
use std::time::Duration;

use tonic::{Code, Status, TimeoutExpired};

use super::{FailureKind, Retryable};

/// A status that tonic made from a failure on the way has the kind of that failure: `Connection` if
/// nothing listened, `Timeout` for the client's own timeout (which tonic reports as `Cancelled`).
/// One that the server sent goes by its code. The reasons are those of gRPC's page "Status codes
/// and their use in gRPC".
///
/// | code | kind | because |
/// |---|---|---|
/// | `Unavailable` | `Unavailable` | "most likely a transient condition"; the one code that the call alone may be retried for |
/// | `DeadlineExceeded` | `Timeout` | it may still have completed |
/// | `ResourceExhausted` | `RateLimited` | the server's quota, not ours |
/// | `Aborted` | `Transient` | a conflict, such as one of transactions: retry the whole transaction, not the one call |
/// | `Unauthenticated`, `PermissionDenied` | `Unauthorized` | |
/// | `InvalidArgument`, `NotFound`, `AlreadyExists`, `FailedPrecondition`, `OutOfRange`, `Unimplemented` | `InvalidRequest` | the same call fails again until somebody changes something |
/// | `Cancelled`, `Unknown`, `Internal`, `DataLoss` | `Permanent` | cancelled by the caller, or broken: nothing says that it passes |
/// | `Ok` | `Permanent` | it is no failure |
///
/// `grpc-retry-pushback-ms` is the hint (gRFC A6): the wait in milliseconds. A negative or
/// unreadable one says not to retry. The hint is then longer than any `max_retry_after` allows,
/// which ends the retry sequence.
impl Retryable for Status {
    fn failure_kind(&self) -> FailureKind {
        self.source().and_then(on_the_way).unwrap_or_else(|| of_code(self.code()))
    }

    fn retry_after(&self) -> Option<Duration> {
        let pushback = self.metadata().get("grpc-retry-pushback-ms")?;
        let wait = pushback.to_str().ok().and_then(|text| text.parse().ok());
        Some(wait.map_or(Duration::MAX, Duration::from_millis))
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

/// Returns the kind of the failure because of which the server sent no status.
fn on_the_way(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    let mut chain = iter::successors(Some(error), |error| (*error).source());
    if chain.any(<dyn Error>::is::<TimeoutExpired>) {
        return Some(FailureKind::Timeout);
    }
    FailureKind::find::<()>(error)
}

const fn of_code(code: Code) -> FailureKind {
    match code {
        Code::Unavailable => FailureKind::Unavailable,
        Code::DeadlineExceeded => FailureKind::Timeout,
        Code::ResourceExhausted => FailureKind::RateLimited,
        Code::Aborted => FailureKind::Transient,
        Code::Unauthenticated | Code::PermissionDenied => FailureKind::Unauthorized,
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => FailureKind::InvalidRequest,
        Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss | Code::Ok => {
            FailureKind::Permanent
        }
    }
}
