//! Errors of the standard library.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::find::{carried, search};
use super::{FailureKind, RetryHint, Retryable};

/// Classifies an I/O error by its `ErrorKind`:
///
/// | `io::ErrorKind` | kind | because |
/// |---|---|---|
/// | `ConnectionRefused`, `HostUnreachable`, `NetworkUnreachable`, `NetworkDown` | `Connection` | no request was sent |
/// | `TimedOut` | `Timeout` | no answer came in time |
/// | `ConnectionReset`, `ConnectionAborted`, `NotConnected`, `BrokenPipe`, `UnexpectedEof`, `WriteZero` | `Transient` | the peer may have acted on the data that was sent |
/// | `Interrupted`, `WouldBlock`, `ResourceBusy`, `Deadlock`, `StaleNetworkFileHandle`, `ExecutableFileBusy` | `Transient` | the condition is temporary |
/// | `PermissionDenied` | `Unauthorized` | |
/// | `OutOfMemory`, `StorageFull`, `QuotaExceeded`, `FileTooLarge`, `AddrInUse` | `ResourceExhausted` | a resource of this machine ran out |
/// | `NotFound`, `AlreadyExists`, `InvalidInput`, `InvalidFilename`, `AddrNotAvailable`, `NotADirectory`, `IsADirectory`, `DirectoryNotEmpty`, `ReadOnlyFilesystem`, `NotSeekable`, `CrossesDevices`, `TooManyLinks`, `ArgumentListTooLong`, `Unsupported` | `InvalidRequest` | the same call fails again |
/// | `InvalidData` | `Permanent` | an answer came, but it is malformed |
/// | `Other` | the kind of the error inside, or `Permanent` if that is not classified | |
/// | all others | `Permanent` | unknown kinds are not retried |
///
/// A failed name lookup has the kind `Connection`, although it has no stable `ErrorKind`. It is
/// recognized by its text, or by its error number on Windows.
impl Retryable for io::Error {
    fn failure_kind(&self) -> FailureKind {
        match carried(self).and_then(FailureKind::find::<()>) {
            Some(kind) => kind,
            None if is_failed_lookup(self) => FailureKind::Connection,
            None => io_kind(self.kind()),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        carried(self).and_then(search::<()>).and_then(Retryable::retry_after)
    }

    fn retry_hint(&self) -> RetryHint {
        carried(self).and_then(search::<()>).map_or(RetryHint::None, Retryable::retry_hint)
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}

/// Never called, because no such error exists. It allows services that cannot fail, such as axum's
/// routers.
impl Retryable for Infallible {
    fn failure_kind(&self) -> FailureKind {
        match *self {}
    }
}

/// Returns whether a name lookup failed. Std and tokio give this error no stable kind, and an error
/// number only on Windows. Elsewhere only its text identifies it.
fn is_failed_lookup(error: &io::Error) -> bool {
    // WSAHOST_NOT_FOUND, WSATRY_AGAIN, WSANO_RECOVERY, WSANO_DATA (Windows Sockets error codes).
    const OF_WINDOWS: RangeInclusive<i32> = 11001..=11004;
    match error.raw_os_error() {
        // On other systems these numbers have other meanings.
        Some(number) => cfg!(windows) && OF_WINDOWS.contains(&number),
        None => {
            io_kind(error.kind()) == FailureKind::Permanent
                && error.to_string().starts_with("failed to lookup address information")
        }
    }
}

fn io_kind(kind: ErrorKind) -> FailureKind {
    use ErrorKind as K;
    match kind {
        K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown => {
            FailureKind::Connection
        }
        K::TimedOut => FailureKind::Timeout,
        K::ConnectionReset
        | K::ConnectionAborted
        | K::NotConnected
        | K::BrokenPipe
        | K::UnexpectedEof
        | K::WriteZero
        | K::Interrupted
        | K::WouldBlock
        | K::ResourceBusy
        | K::Deadlock
        | K::StaleNetworkFileHandle
        | K::ExecutableFileBusy => FailureKind::Transient,
        K::PermissionDenied => FailureKind::Unauthorized,
        K::OutOfMemory | K::StorageFull | K::QuotaExceeded | K::FileTooLarge | K::AddrInUse => {
            FailureKind::ResourceExhausted
        }
        K::NotFound
        | K::AlreadyExists
        | K::InvalidInput
        | K::AddrNotAvailable
        | K::NotADirectory
        | K::IsADirectory
        | K::DirectoryNotEmpty
        | K::ReadOnlyFilesystem
        | K::NotSeekable
        | K::CrossesDevices
        | K::TooManyLinks
        | K::ArgumentListTooLong
        | K::Unsupported => FailureKind::InvalidRequest,
        // A variant since Rust 1.87.
        kind if kind.to_string() == "invalid filename" => FailureKind::InvalidRequest,
        _ => FailureKind::Permanent,
    }
}
