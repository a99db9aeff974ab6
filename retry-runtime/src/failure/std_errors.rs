//! Errors of the standard library.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::find::{carried, search};
use super::{FailureKind, RetryHint, Retryable};

/// | `io::ErrorKind` | kind | because |
/// |---|---|---|
/// | `ConnectionRefused`, `HostUnreachable`, `NetworkUnreachable`, `NetworkDown` | `Connection` | no request left |
/// | `TimedOut` | `Timeout` | no answer |
/// | `ConnectionReset`, `ConnectionAborted`, `NotConnected`, `BrokenPipe`, `UnexpectedEof`, `WriteZero` | `Transient` | the peer may have acted on what was sent |
/// | `Interrupted`, `WouldBlock`, `ResourceBusy`, `Deadlock`, `StaleNetworkFileHandle`, `ExecutableFileBusy` | `Transient` | passes by itself |
/// | `PermissionDenied` | `Unauthorized` | |
/// | `OutOfMemory`, `StorageFull`, `QuotaExceeded`, `FileTooLarge`, `AddrInUse` | `ResourceExhausted` | our own side ran out |
/// | `NotFound`, `AlreadyExists`, `InvalidInput`, `InvalidFilename`, `AddrNotAvailable`, `NotADirectory`, `IsADirectory`, `DirectoryNotEmpty`, `ReadOnlyFilesystem`, `NotSeekable`, `CrossesDevices`, `TooManyLinks`, `ArgumentListTooLong`, `Unsupported` | `InvalidRequest` | the same call fails again |
/// | `InvalidData` | `Permanent` | an answer came, and it is garbage |
/// | a name that could not be looked up, which has no kind of its own | `Connection` | no request left |
/// | `Other` | that of the error inside, else `Permanent` | |
/// | any kind that std adds later | `Permanent` | nothing unknown is retried |
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

/// Never called, since no such error exists. It is for services that cannot fail, such as axum's
/// routers.
impl Retryable for Infallible {
    fn failure_kind(&self) -> FailureKind {
        match *self {}
    }
}

/// Returns whether a name could not be looked up. Std and tokio give that error no kind that can be
/// named, and a number on Windows only. Elsewhere only its text tells.
fn is_failed_lookup(error: &io::Error) -> bool {
    // WSAHOST_NOT_FOUND, WSATRY_AGAIN, WSANO_RECOVERY, WSANO_DATA (Windows Sockets error codes).
    const OF_WINDOWS: RangeInclusive<i32> = 11001..=11004;
    match error.raw_os_error() {
        // Elsewhere these numbers mean nothing.
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
