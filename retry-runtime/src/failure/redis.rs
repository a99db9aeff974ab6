//! Errors of redis.

use std::error::Error;
use std::io;
use std::sync::Arc;

use super::{CircuitOpen, FailureKind, Retryable, TimedOut};

/// Classifies the errors of each version that is on. In brackets are the kinds that have another
/// name in each version.
macro_rules! classify {
    ($($feature:literal => $redis:ident [$io:ident, $unexpected_type:ident];)*) => {$(
        /// | error | kind | because |
        /// |---|---|---|
        /// | an `io::Error` | its kind; `Transient` without one | most often the connection was dropped |
        /// | `LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `READONLY` | `Unavailable` | it starts, or fails over |
        /// | `BUSY`, `OOM`, `MISCONF`, `NOREPLICAS`, too many clients | `Unavailable` | the server cannot serve anybody now |
        /// | no master or replica known to the sentinels | `Unavailable` | it fails over |
        /// | no connection to a node of the cluster | `Connection` | no request left |
        /// | `TRYAGAIN`, `MOVED`, `ASK` | `Transient` | slots are on their way to another node |
        /// | authentication failed, `NOAUTH`, `WRONGPASS`, `NOPERM` | `Unauthorized` | |
        /// | `ERR`, `WRONGTYPE`, `EXECABORT`, `NOSCRIPT`, `CROSSSLOT`, `NOTBUSY`, wrong settings of the client | `InvalidRequest` | the same command fails again |
        /// | a command that gives no such type | `Bug` | |
        /// | all others | `Permanent` | nothing says that it passes |
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

        /// Is an `io::Error` with the rejection inside, by which it is classified.
        #[cfg(feature = $feature)]
        impl From<CircuitOpen> for $redis::RedisError {
            fn from(open: CircuitOpen) -> Self {
                io::Error::from(open).into()
            }
        }

        /// Is an `io::Error` with the timeout inside, by which it is classified.
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

/// Returns the error in the `Arc` that redis 1 gives as its source. The `Arc` itself would skip it:
/// its source is the source of the error.
fn shared<'e>(source: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    match source.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        Some(shared) => &**shared,
        None => source,
    }
}

/// What the server sends: a code, and a text after it.
fn of_code(code: &str, detail: Option<&str>) -> FailureKind {
    match code {
        "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "READONLY" | "BUSY" | "OOM" | "MISCONF"
        | "NOREPLICAS" => FailureKind::Unavailable,
        // The one `ERR` that passes by itself: no connection had a command on it yet.
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
