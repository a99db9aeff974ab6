//! Errors of redis.

use std::error::Error;
use std::io;
use std::sync::Arc;

use super::{CircuitOpen, FailureKind, Retryable, TimedOut};

/// Classifies the errors of each enabled version. The brackets contain the kinds whose names differ
/// between versions.
macro_rules! classify {
    ($($feature:literal => $redis:ident [$io:ident, $unexpected_type:ident];)*) => {$(
        /// | error | kind | because |
        /// |---|---|---|
        /// | an `io::Error` | its kind; `Transient` without one | most often the connection was dropped |
        /// | `LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `READONLY` | `Unavailable` | the server starts or fails over |
        /// | `BUSY`, `OOM`, `MISCONF`, `NOREPLICAS`, too many clients | `Unavailable` | the server cannot serve any request now |
        /// | no master or replica known to the sentinels | `Unavailable` | the server fails over |
        /// | no connection to a node of the cluster | `Connection` | no request was sent |
        /// | `TRYAGAIN`, `MOVED`, `ASK` | `Transient` | slots are moving to another node |
        /// | authentication failed, `NOAUTH`, `WRONGPASS`, `NOPERM` | `Unauthorized` | |
        /// | `ERR`, `WRONGTYPE`, `EXECABORT`, `NOSCRIPT`, `CROSSSLOT`, `NOTBUSY`, wrong settings of the client | `InvalidRequest` | the same command fails again |
        /// | a reply of another type than the code expects | `Bug` | |
        /// | all others | `Permanent` | nothing suggests that it is temporary |
        ///
        /// A pipeline has the kind of its first error.
        #[cfg(feature = $feature)]
        impl Retryable for $redis::RedisError {
            fn failure_kind(&self) -> FailureKind {
                use $redis::ErrorKind;
                if let Some(code) = self.code() {
                    return of_code(code, self.detail());
                }
                match self.kind() {
                    ErrorKind::$io => self
                        .source()
                        .map(shared)
                        .and_then(FailureKind::find::<()>)
                        .unwrap_or(FailureKind::Transient),
                    ErrorKind::AuthenticationFailed => FailureKind::Unauthorized,
                    ErrorKind::MasterNameNotFoundBySentinel
                    | ErrorKind::NoValidReplicasFoundBySentinel => FailureKind::Unavailable,
                    ErrorKind::ClusterConnectionNotFound => FailureKind::Connection,
                    ErrorKind::InvalidClientConfig
                    | ErrorKind::EmptySentinelList
                    | ErrorKind::RESP3NotSupported => FailureKind::InvalidRequest,
                    ErrorKind::$unexpected_type => FailureKind::Bug,
                    _ => FailureKind::Permanent,
                }
            }

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
            }
        }

        /// Becomes an `io::Error` with the rejection inside, which classifies it.
        #[cfg(feature = $feature)]
        impl From<CircuitOpen> for $redis::RedisError {
            fn from(open: CircuitOpen) -> Self {
                io::Error::from(open).into()
            }
        }

        /// Becomes an `io::Error` with the timeout inside, which classifies it.
        #[cfg(feature = $feature)]
        impl From<TimedOut> for $redis::RedisError {
            fn from(timed_out: TimedOut) -> Self {
                io::Error::from(timed_out).into()
            }
        }
    )*};
}

classify! {
    "redis" => redis [Io, UnexpectedReturnType];
    "redis-0-32" => redis_0_32 [IoError, TypeError];
}

/// Returns the error in the `Arc` that redis 1 returns as its source. The source of the `Arc`
/// itself is the source of the inner error, so a search would skip that error.
fn shared<'e>(source: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    match source.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        Some(shared) => &**shared,
        None => source,
    }
}

/// Classifies an error from the server by its code and the text after it.
fn of_code(code: &str, detail: Option<&str>) -> FailureKind {
    match code {
        "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "READONLY" | "BUSY" | "OOM" | "MISCONF"
        | "NOREPLICAS" => FailureKind::Unavailable,
        // The only temporary `ERR`: the server closes a new connection before any command.
        "ERR" if detail.is_some_and(|text| text.starts_with("max number of clients")) => {
            FailureKind::Unavailable
        }
        "TRYAGAIN" | "MOVED" | "ASK" => FailureKind::Transient,
        "NOAUTH" | "WRONGPASS" | "NOPERM" => FailureKind::Unauthorized,
        "ERR" | "WRONGTYPE" | "EXECABORT" | "NOSCRIPT" | "CROSSSLOT" | "NOTBUSY" => {
            FailureKind::InvalidRequest
        }
        _ => FailureKind::Permanent,
    }
}
