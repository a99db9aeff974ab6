//! Errors of redis.

use std::error::Error;
use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::{FailureKind, Retryable};

/// | error | kind | because |
/// |---|---|---|
/// | `Io` | that of the `io::Error` behind it; `Transient` without one | most often the connection was dropped |
/// | `LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `READONLY` | `Unavailable` | it starts, or fails over |
/// | `BUSY`, `OOM`, `MISCONF`, `NOREPLICAS`, too many clients | `Unavailable` | the server cannot serve anybody now |
/// | no master or replica known to the sentinels | `Unavailable` | it fails over |
/// | no connection to a node of the cluster | `Connection` | no request left |
/// | `TRYAGAIN`, `MOVED`, `ASK` | `Transient` | slots are on their way to another node |
/// | authentication failed, `NOAUTH`, `WRONGPASS`, `NOPERM` | `Unauthorized` | |
/// | `ERR`, `WRONGTYPE`, `EXECABORT`, `NOSCRIPT`, `CROSSSLOT`, `NOTBUSY`, `NOSUB`, wrong settings of the client | `InvalidRequest` | the same command fails again |
/// | a command that gives no such type | `Bug` | |
/// | all others | `Permanent` | nothing says that it passes |
///
/// A pipeline has the kind of its first error.
impl Retryable for RedisError {
    fn failure_kind(&self) -> FailureKind {
        match self.kind() {
            ErrorKind::Io => self
                .source()
                .map(shared)
                .and_then(FailureKind::find::<()>)
                .unwrap_or(FailureKind::Transient),
            ErrorKind::Server(kind) => of_server(kind, self.detail()),
            ErrorKind::Extension => of_code(self.code()),
            ErrorKind::AuthenticationFailed => FailureKind::Unauthorized,
            ErrorKind::MasterNameNotFoundBySentinel | ErrorKind::NoValidReplicasFoundBySentinel => {
                FailureKind::Unavailable
            }
            ErrorKind::ClusterConnectionNotFound => FailureKind::Connection,
            ErrorKind::InvalidClientConfig
            | ErrorKind::EmptySentinelList
            | ErrorKind::RESP3NotSupported => FailureKind::InvalidRequest,
            ErrorKind::UnexpectedReturnType => FailureKind::Bug,
            _ => FailureKind::Permanent,
        }
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

/// Returns the error in the `Arc` that redis gives as its source. The `Arc` itself would skip it:
/// its source is the source of the error.
fn shared<'e>(source: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    match source.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        Some(shared) => &**shared,
        None => source,
    }
}

fn of_server(kind: ServerErrorKind, detail: Option<&str>) -> FailureKind {
    use ServerErrorKind as K;
    match kind {
        K::BusyLoading | K::MasterDown | K::ClusterDown | K::ReadOnly => FailureKind::Unavailable,
        K::TryAgain | K::Moved | K::Ask => FailureKind::Transient,
        K::NoPerm => FailureKind::Unauthorized,
        // The one `ERR` that passes by itself: no connection had a command on it yet.
        K::ResponseError
            if detail.is_some_and(|text| text.starts_with("max number of clients")) =>
        {
            FailureKind::Unavailable
        }
        K::ResponseError | K::ExecAbort | K::NoScript | K::CrossSlot | K::NotBusy | K::NoSub => {
            FailureKind::InvalidRequest
        }
        _ => FailureKind::Permanent,
    }
}

/// The codes that the library has no name for.
fn of_code(code: Option<&str>) -> FailureKind {
    match code {
        Some("BUSY" | "OOM" | "MISCONF" | "NOREPLICAS") => FailureKind::Unavailable,
        Some("NOAUTH" | "WRONGPASS") => FailureKind::Unauthorized,
        Some("WRONGTYPE") => FailureKind::InvalidRequest,
        _ => FailureKind::Permanent,
    }
}
