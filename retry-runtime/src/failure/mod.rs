//! What kind of failure an error is, and which kinds a policy or a breaker acts on.
//!
//! Each program has a few of the types here as errors: what is said of the others, it does not compile. So these
//! functions are `#[inline]` where they are small, and generic where they are not, which makes one copy per crate.

#[cfg(feature = "anyhow")]
mod anyhow;
mod find;
mod hint;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "hyper")]
mod hyper;
mod kinds;
mod own;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "sqlx")]
mod sqlx;
mod std_errors;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tonic")]
mod tonic;

use std::fmt;
use std::time::Duration;

pub use find::KnownErrors;
pub use hint::Hint;
pub use kinds::FailureKinds;
pub use own::{CircuitOpen, TimedOut};

/// What kind of failure an error is.
///
/// The first five kinds are *transient*: the same call may succeed a moment later. The others are
/// *permanent*: repeating the call repeats the failure, or does harm. [`FailureKinds::TRANSIENT`]
/// is the set of the first five, and the default of [`RetryConfig::retry_on`].
///
/// | kind | retried by default | to a breaker, by default |
/// |---|---|---|
/// | `Timeout`, `Connection`, `Unavailable`, `RateLimited`, `Transient` | yes | a failure |
/// | `MidStream` | no | a failure |
/// | `Unauthorized`, `InvalidRequest`, `Permanent` | no | a success: the dependency answered |
/// | `ResourceExhausted`, `Bug`, `CircuitOpen` | no | neutral: it says nothing of the dependency |
///
/// What is retried and what is not are the lists of the Python module `retry_utils`. No error type has a kind by default:
/// one that nobody classified is refused by the compiler, and is `Permanent` behind a `dyn Error`.
///
/// Non-exhaustive: a `match` needs a wildcard arm.
///
/// [`RetryConfig::retry_on`]: crate::RetryConfig::retry_on
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No answer in time. The server may have acted on the request.
    Timeout,
    /// It failed before a request could be sent: refused, unreachable, name not resolved, TLS
    /// handshake. The one kind that is safe to retry for any request.
    Connection,
    /// The server said that it cannot serve now: overloaded, restarting, a gateway without a backend.
    Unavailable,
    /// The server asked for fewer requests. Its hint, if any, is in [`Retryable::retry_after`].
    RateLimited,
    /// Any other failure that may pass by itself: a connection reset in the middle, an interrupted call.
    Transient,
    /// The caller is not allowed to: missing, wrong or expired credentials.
    Unauthorized,
    /// The request itself is wrong and stays wrong.
    InvalidRequest,
    /// A stream broke after its first items were delivered: a retry would deliver them twice.
    MidStream,
    /// Something on our own side ran out: memory, disk, file handles, a quota.
    ResourceExhausted,
    /// A defect in the program. Retrying hides it.
    Bug,
    /// A circuit breaker rejected the call: retrying would only ask it again.
    CircuitOpen,
    /// Any other failure that does not pass by itself.
    Permanent,
}

impl FailureKind {
    /// Every kind, in the order of declaration.
    pub(crate) const LIST: [Self; 12] = [
        Self::Timeout,
        Self::Connection,
        Self::Unavailable,
        Self::RateLimited,
        Self::Transient,
        Self::Unauthorized,
        Self::InvalidRequest,
        Self::MidStream,
        Self::ResourceExhausted,
        Self::Bug,
        Self::CircuitOpen,
        Self::Permanent,
    ];

    /// The kind in the spelling of log lines, metrics and `#[retry(…)]`: `rate_limited`.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Unavailable => "unavailable",
            Self::RateLimited => "rate_limited",
            Self::Transient => "transient",
            Self::Unauthorized => "unauthorized",
            Self::InvalidRequest => "invalid_request",
            Self::MidStream => "mid_stream",
            Self::ResourceExhausted => "resource_exhausted",
            Self::Bug => "bug",
            Self::CircuitOpen => "circuit_open",
            Self::Permanent => "permanent",
        }
    }
}

impl fmt::Display for FailureKind {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error that knows what kind of failure it is.
///
/// Derive it with `#[derive(Retryable)]`, or write it by hand. There is no default for an error
/// type that nobody classified: `#[async_retry]` and `#[circuit_breaker]` refuse it at compile time.
///
/// Implemented here for [`std::io::Error`] (each `ErrorKind` stands in a table, see the
/// implementation), [`tokio::time::error::Elapsed`](::tokio::time::error::Elapsed),
/// [`tokio::task::JoinError`](::tokio::task::JoinError), [`TimedOut`],
/// [`CircuitOpen`], `dyn Error` (see [`FailureKind::find`]) and references, boxes and `Arc`s of
/// what implements it; and, with the features of their names, for the errors of `anyhow`, `hyper` (and
/// hyper-util's client), `redis`, `reqwest`, `sqlx` and `tonic`, and the status codes of `http`.
///
/// ```
/// use retry_runtime::{FailureKind, Retryable};
/// use std::time::Duration;
///
/// enum LlmError { TimedOut, SlowDown { wait: Duration }, BadPrompt }
///
/// impl Retryable for LlmError {
///     fn failure_kind(&self) -> FailureKind {
///         match self {
///             Self::TimedOut => FailureKind::Timeout,
///             Self::SlowDown { .. } => FailureKind::RateLimited,
///             Self::BadPrompt => FailureKind::InvalidRequest,
///         }
///     }
///     fn retry_after(&self) -> Option<Duration> {
///         if let Self::SlowDown { wait } = self { Some(*wait) } else { None }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which of its failures are worth a retry",
    label = "this error type is not `Retryable`",
    note = "classify it once: `#[derive(Retryable)]` with a `#[retry(…)]` on each variant, or `impl Retryable`",
    note = "or decide per function: `retry_if = |error| …` in `#[async_retry]`, `failure_if = |error| …` in `#[circuit_breaker]`"
)]
pub trait Retryable {
    /// The kind of this failure; decides whether it is retried and whether a breaker counts it.
    fn failure_kind(&self) -> FailureKind;

    /// How long the other side asked us to wait, such as HTTP's `Retry-After`. Default: `None`.
    ///
    /// A floor for the next wait: it is never undercut, and jitter comes on top.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: Retryable + ?Sized> Retryable for $pointer {
                    fn failure_kind(&self) -> FailureKind {
                (**self).failure_kind()
            }
                    fn retry_after(&self) -> Option<Duration> {
                (**self).retry_after()
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);
