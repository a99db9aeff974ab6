//! Errors of sqlx, and the codes of the three databases that it supports.

use std::fmt::Display;
use std::time::Duration;

use super::tls::connect_kind;
use super::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// Classifies the errors of each enabled version.
macro_rules! classify {
    ($($feature:literal => $sqlx:ident;)*) => {$(
        /// An error from the database is classified by its code: see the tables in the guide.
        ///
        /// | error | kind | because |
        /// |---|---|---|
        /// | `Database` | that of its code | the code is the database's answer |
        /// | `Io` | that of the `io::Error` | |
        /// | `Tls` because of a certificate, or a port without TLS | `Permanent` | the same handshake fails again |
        /// | other `Tls` | `Connection` | no request was sent |
        /// | `PoolTimedOut` | `ResourceExhausted` | our own connections ran out, and another caller in the queue does not help |
        /// | `BeginFailed` | `Transient` | the connection was in an unexpected state |
        /// | `RowNotFound` | `InvalidRequest` | the database answered, and will answer the same |
        /// | `Configuration`, `InvalidArgument` | `InvalidRequest` | |
        /// | `ColumnNotFound`, `ColumnIndexOutOfBounds`, `ColumnDecode`, `Decode`, `Encode`, `TypeNotFound`, `AnyDriverError`, `InvalidSavePointStatement` | `Bug` | code and schema do not match |
        /// | `Protocol`, `PoolClosed`, `WorkerCrashed`, `Migrate`, and variants that sqlx adds later | `Permanent` | nothing suggests that it is temporary |
        #[cfg(feature = $feature)]
        impl Retryable for $sqlx::Error {
            fn failure_kind(&self) -> FailureKind {
                match self {
                    Self::Database(error) => of_database(error.code().as_deref(), error),
                    Self::Io(error) => error.failure_kind(),
                    Self::Tls(error) => connect_kind(&**error),
                    Self::PoolTimedOut => FailureKind::ResourceExhausted,
                    Self::BeginFailed => FailureKind::Transient,
                    Self::RowNotFound
                    | Self::Configuration(_)
                    | Self::InvalidArgument(_) => FailureKind::InvalidRequest,
                    Self::ColumnNotFound(_)
                    | Self::ColumnIndexOutOfBounds { .. }
                    | Self::ColumnDecode { .. }
                    | Self::Decode(_)
                    | Self::Encode(_)
                    | Self::TypeNotFound { .. }
                    | Self::AnyDriverError(_)
                    | Self::InvalidSavePointStatement => FailureKind::Bug,
                    _ => FailureKind::Permanent,
                }
            }

            fn retry_after(&self) -> Option<Duration> {
                if let Self::Io(error) = self { error.retry_after() } else { None }
            }

            fn retry_hint(&self) -> RetryHint {
                if let Self::Io(error) = self { error.retry_hint() } else { RetryHint::None }
            }

            fn as_error(&self) -> Option<&dyn std::error::Error> {
                Some(self)
            }
        }

        /// Becomes an `Io` error with the rejection inside, which classifies it.
        #[cfg(feature = $feature)]
        impl From<CircuitOpen> for $sqlx::Error {
            fn from(open: CircuitOpen) -> Self {
                Self::Io(open.into())
            }
        }

        /// Becomes an `Io` error with the timeout inside, which classifies it.
        #[cfg(feature = $feature)]
        impl From<TimedOut> for $sqlx::Error {
            fn from(timed_out: TimedOut) -> Self {
                Self::Io(timed_out.into())
            }
        }
    )*};
}

classify! {
    "sqlx" => sqlx;
    "sqlx-0-8" => sqlx_0_8;
}

fn of_database(code: Option<&str>, error: &dyn Display) -> FailureKind {
    let Some(code) = code else { return FailureKind::Permanent };
    // SQLite's codes are numbers of up to four digits. All others have five characters (ISO/IEC
    // 9075).
    if code.len() < 5 {
        return code.parse().map_or(FailureKind::Permanent, sqlite);
    }
    mysql_number(error, code).and_then(mysql).unwrap_or_else(|| sqlstate(code))
}

/// Returns the number of a `MySQL` error. It is more specific than the code: half of the errors
/// share `HY000`.
///
/// The number is parsed from the start of the text, because the type that has it belongs to the
/// driver, which the user chooses.
fn mysql_number(error: &dyn Display, code: &str) -> Option<u16> {
    let text = error.to_string();
    let (number, rest) = text.split_once(' ')?;
    let rest = rest.strip_prefix('(')?.strip_prefix(code)?;
    if rest.starts_with("): ") { number.parse().ok() } else { None }
}

fn mysql(number: u16) -> Option<FailureKind> {
    Some(match number {
        // Lock wait timeout exceeded; deadlock; a lock that `NOWAIT` does not wait for.
        1205 | 1213 | 3572 => FailureKind::Transient,
        // Maximum execution time exceeded, in `MySQL` and in `MariaDB`.
        3024 | 1969 => FailureKind::Timeout,
        // Disk full; out of memory; shutting down; a cluster node that is not ready; too many
        // connections of one user.
        1021 | 1037 | 1038 | 1041 | 1047 | 1053 | 1203 => FailureKind::Unavailable,
        // A user's limit per hour.
        1226 => FailureKind::RateLimited,
        // Privileges for a database, a command, a column or an operation; an expired password.
        1044 | 1142 | 1143 | 1227 | 1820 | 1862 => FailureKind::Unauthorized,
        // Read-only.
        1290 | 1836 => FailureKind::InvalidRequest,
        _ => return None,
    })
}

/// The codes of `PostgreSQL`, and the standard codes that `MySQL` uses.
fn sqlstate(code: &str) -> FailureKind {
    match (code.get(..2).unwrap_or_default(), code) {
        (_, "57P01" | "57P02" | "57P03" | "58030") | ("53", _) => FailureKind::Unavailable,
        (_, "57014" | "25P04") => FailureKind::Timeout,
        (_, "08001" | "08004") => FailureKind::Connection,
        (_, "42501") | ("28", _) => FailureKind::Unauthorized,
        (_, "08P01") => FailureKind::Permanent,
        (_, "40002") => FailureKind::InvalidRequest,
        (_, "55P03" | "55006" | "57P05" | "25P03") | ("40" | "08", _) => FailureKind::Transient,
        (
            "02" | "0A" | "20" | "21" | "22" | "23" | "24" | "25" | "26" | "2B" | "2D" | "34"
            | "38" | "39" | "3B" | "3D" | "3F" | "42" | "44" | "54" | "55" | "P0",
            _,
        ) => FailureKind::InvalidRequest,
        _ => FailureKind::Permanent,
    }
}

/// The result codes of `SQLite`. The lower byte of an extended code is the code that it refines.
fn sqlite(code: u32) -> FailureKind {
    match code & 0xFF {
        // Busy, locked, locking protocol, schema changed.
        5 | 6 | 15 | 17 => FailureKind::Transient,
        // Out of memory, disk full.
        7 | 13 => FailureKind::ResourceExhausted,
        // Permission denied, authorization denied.
        3 | 23 => FailureKind::Unauthorized,
        // Error in the SQL, read-only, too big, constraint, mismatch, out of range.
        1 | 8 | 18 | 19 | 20 | 25 => FailureKind::InvalidRequest,
        // Misuse of the library.
        21 => FailureKind::Bug,
        _ => FailureKind::Permanent,
    }
}
