//! gRPC statuses.

mod details;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::find::{chain, hint_behind};
use super::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};
use crate::http::retry_after;

/// Classifies the statuses of each enabled version.
macro_rules! classify {
    ($($feature:literal => $tonic:ident;)*) => {$(
        /// A status that tonic made from a local failure has the kind of that failure: `Connection`
        /// if nothing listened, `Timeout` for the client's own timeout (which tonic reports as
        /// `Cancelled`). A status from the server is classified by its code. The reasons are those
        /// of gRPC's page "Status codes and their use in gRPC".
        ///
        /// | code | kind | because |
        /// |---|---|---|
        /// | `Unavailable` | `Unavailable` | "most likely a transient condition"; the only code for which retrying just the call is advised |
        /// | `DeadlineExceeded` | `Timeout` | it may still have completed |
        /// | `ResourceExhausted` | `RateLimited` | the server's quota, not ours |
        /// | `Aborted` | `Transient` | a conflict, such as one of transactions: retry the whole transaction, not the one call |
        /// | `Unauthenticated`, `PermissionDenied` | `Unauthorized` | |
        /// | `InvalidArgument`, `NotFound`, `AlreadyExists`, `FailedPrecondition`, `OutOfRange`, `Unimplemented` | `InvalidRequest` | the same call fails again until something is changed |
        /// | `Cancelled`, `Unknown`, `Internal`, `DataLoss` | `Permanent` | cancelled by the caller, or broken: nothing suggests that it is temporary |
        /// | `Ok` | `Permanent` | it is no failure |
        ///
        /// A used-up daily quota is `ResourceExhausted`, whatever the code: a
        /// `google.rpc.QuotaFailure` in the details with `PerDay` in a `quota_id`.
        ///
        /// The hint is the first of these that is present and valid:
        ///
        /// | from | hint |
        /// |---|---|
        /// | `grpc-retry-pushback-ms` (gRFC A6), 0 or more milliseconds | `AtLeast`; a code that is not retried stays so |
        /// | the same, negative, not a number, or twice | `Never` |
        /// | `google.rpc.RetryInfo` in the details, above 0 and without a daily quota | `AtLeast` |
        /// | the same in the metadata `google.rpc.retryinfo-bin` | `AtLeast` |
        /// | the metadata `retry-after`, as in [HTTP](crate::http::retry_after) | `AtLeast` |
        #[cfg(feature = $feature)]
        impl Retryable for $tonic::Status {
            fn failure_kind(&self) -> FailureKind {
                use $tonic::Code;
                let on_the_way = self.source().and_then(on_the_way::<$tonic::TimeoutExpired>);
                if let Some(kind) = on_the_way {
                    return kind;
                }
                if details::is_quota_per_day(self.details()) {
                    return FailureKind::ResourceExhausted;
                }
                match self.code() {
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
                    Code::Cancelled
                    | Code::Unknown
                    | Code::Internal
                    | Code::DataLoss
                    | Code::Ok => FailureKind::Permanent,
                }
            }

            fn retry_after(&self) -> Option<Duration> {
                self.retry_hint().duration()
            }

            fn retry_hint(&self) -> RetryHint {
                let headers = self.metadata().as_ref();
                if let Some(hint) = pushback(headers) {
                    return hint;
                }
                let own = self.metadata().get_all_bin("google.rpc.retryinfo-bin").iter();
                let own = own.filter_map(|value| details::delay_of(&value.to_bytes().ok()?)).max();
                let info = details::retry_delay(self.details()).or(own);
                // With a daily quota this wait is too short: the quota returns on the next day.
                let info = info.filter(|_| !details::is_quota_per_day(self.details()));
                match info.or_else(|| retry_after(headers)) {
                    Some(wait) => RetryHint::AtLeast(wait),
                    None => hint_behind(self),
                }
            }

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
            }
        }

        /// Becomes a status with the code `Unavailable`. Its source is the rejection, which
        /// classifies it.
        #[cfg(feature = $feature)]
        impl From<CircuitOpen> for $tonic::Status {
            fn from(open: CircuitOpen) -> Self {
                let mut status = Self::unavailable(open.to_string());
                status.set_source(Arc::new(open));
                status
            }
        }

        /// Becomes a status with the code `DeadlineExceeded`. Its source is the timeout, which
        /// classifies it.
        #[cfg(feature = $feature)]
        impl From<TimedOut> for $tonic::Status {
            fn from(timed_out: TimedOut) -> Self {
                let mut status = Self::deadline_exceeded(timed_out.to_string());
                status.set_source(Arc::new(timed_out));
                status
            }
        }
    )*};
}

classify! {
    "tonic" => tonic;
    "tonic-0-13" => tonic_0_13;
}

/// Returns the kind of the failure that kept the server from sending a status. `Expired` is the
/// client's timeout.
fn on_the_way<Expired: Error + 'static>(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    if chain(error).any(<dyn Error>::is::<Expired>) {
        return Some(FailureKind::Timeout);
    }
    FailureKind::find::<()>(error)
}

/// Returns the hint of `grpc-retry-pushback-ms`, if the header is present (gRFC A6, "Pushback").
fn pushback(headers: &HeaderMap) -> Option<RetryHint> {
    let mut values = headers.get_all("grpc-retry-pushback-ms").iter();
    let value = values.next()?.to_str().unwrap_or_default();
    let wait = value.parse::<i32>().ok().filter(|wait| wait.to_string() == value);
    let wait = wait.and_then(|wait| u64::try_from(wait).ok()).filter(|_| values.next().is_none());
    Some(wait.map_or(RetryHint::Never, |wait| RetryHint::AtLeast(Duration::from_millis(wait))))
}
