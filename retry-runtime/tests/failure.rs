//! Tests of failure kinds, and of the search behind type-erased errors.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::{CircuitOpen, FailureKind, FailureKinds, RetryHint, Retryable, TimedOut};

/// Every kind, in the order of declaration.
const KINDS: [FailureKind; 12] = [
    FailureKind::Timeout,
    FailureKind::Connection,
    FailureKind::Unavailable,
    FailureKind::RateLimited,
    FailureKind::Transient,
    FailureKind::Unauthorized,
    FailureKind::InvalidRequest,
    FailureKind::MidStream,
    FailureKind::ResourceExhausted,
    FailureKind::Bug,
    FailureKind::CircuitOpen,
    FailureKind::Permanent,
];

const WAIT: Duration = Duration::from_secs(7);

/// An error that is classified and has a hint.
#[derive(Debug)]
struct SlowDown;

impl Retryable for SlowDown {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::RateLimited
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(WAIT)
    }
}

/// A classified error without a hint.
#[derive(Debug)]
struct Refused;

impl Retryable for Refused {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unauthorized
    }
}

/// An unclassified error, optionally with a cause.
#[derive(Debug, Default)]
struct Opaque(Option<Box<dyn Error + Send + Sync>>);

impl Opaque {
    fn over(cause: impl Error + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(cause)))
    }
}

impl Error for Opaque {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// A classified error whose cause has another kind.
#[derive(Debug)]
struct Outer(io::Error);

impl Retryable for Outer {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Bug
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Error for SlowDown {}
impl Error for Refused {}

macro_rules! display {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
display!(SlowDown Refused Opaque Outer);

fn answer(error: &dyn Retryable) -> (FailureKind, Option<Duration>) {
    (error.failure_kind(), error.retry_after())
}

/// The 39 stable kinds of `io::ErrorKind`, each with a reason.
#[test]
fn every_io_error_kind_has_its_place() {
    let table: &[(FailureKind, &[ErrorKind])] = &[
        // No request was sent, so a retry is safe for any request.
        (
            FailureKind::Connection,
            &[
                ErrorKind::ConnectionRefused,
                ErrorKind::HostUnreachable,
                ErrorKind::NetworkUnreachable,
                ErrorKind::NetworkDown,
            ],
        ),
        (FailureKind::Timeout, &[ErrorKind::TimedOut]),
        // The peer may have acted on what was sent.
        (
            FailureKind::Transient,
            &[
                ErrorKind::ConnectionReset,
                ErrorKind::ConnectionAborted,
                ErrorKind::NotConnected,
                ErrorKind::BrokenPipe,
                ErrorKind::UnexpectedEof,
                ErrorKind::WriteZero,
            ],
        ),
        // The condition is temporary.
        (
            FailureKind::Transient,
            &[
                ErrorKind::Interrupted,
                ErrorKind::WouldBlock,
                ErrorKind::ResourceBusy,
                ErrorKind::Deadlock,
                ErrorKind::StaleNetworkFileHandle,
                ErrorKind::ExecutableFileBusy,
            ],
        ),
        (FailureKind::Unauthorized, &[ErrorKind::PermissionDenied]),
        // A resource of this machine ran out.
        (
            FailureKind::ResourceExhausted,
            &[
                ErrorKind::OutOfMemory,
                ErrorKind::StorageFull,
                ErrorKind::QuotaExceeded,
                ErrorKind::FileTooLarge,
                ErrorKind::AddrInUse,
            ],
        ),
        // The same call fails again.
        (
            FailureKind::InvalidRequest,
            &[
                ErrorKind::NotFound,
                ErrorKind::AlreadyExists,
                ErrorKind::InvalidInput,
                ErrorKind::InvalidFilename,
                ErrorKind::AddrNotAvailable,
                ErrorKind::NotADirectory,
                ErrorKind::IsADirectory,
                ErrorKind::DirectoryNotEmpty,
                ErrorKind::ReadOnlyFilesystem,
                ErrorKind::NotSeekable,
                ErrorKind::CrossesDevices,
                ErrorKind::TooManyLinks,
                ErrorKind::ArgumentListTooLong,
                ErrorKind::Unsupported,
            ],
        ),
        // An answer came, but it is malformed.
        (FailureKind::Permanent, &[ErrorKind::InvalidData]),
        // There is no inner error to classify it.
        (FailureKind::Permanent, &[ErrorKind::Other]),
    ];
    let mut seen = Vec::new();
    for (kind, io_kinds) in table {
        for io_kind in *io_kinds {
            assert_eq!(answer(&io::Error::from(*io_kind)), (*kind, None), "{io_kind:?}");
            assert!(!seen.contains(io_kind), "{io_kind:?} stands twice");
            seen.push(*io_kind);
        }
    }
    assert_eq!(seen.len(), 39);
}

#[test]
fn an_io_error_without_a_stable_kind_is_permanent() {
    let uncategorized = io::Error::from_raw_os_error(i32::MAX);
    assert_eq!(uncategorized.failure_kind(), FailureKind::Permanent);
}

#[test]
fn an_io_error_of_a_kind_is_of_that_kind_whatever_it_carries() {
    let refused = io::Error::new(ErrorKind::ConnectionRefused, Opaque::over(elapsed_io()));
    assert_eq!(answer(&refused), (FailureKind::Connection, None));
    let garbage = io::Error::new(ErrorKind::InvalidData, elapsed_io());
    assert_eq!(garbage.failure_kind(), FailureKind::Permanent);
}

fn elapsed_io() -> io::Error {
    ErrorKind::TimedOut.into()
}

#[test]
fn io_error_other_is_what_it_carries() {
    assert_eq!(io::Error::other(elapsed_io()).failure_kind(), FailureKind::Timeout);
    let nested = io::Error::other(io::Error::other(Opaque::over(elapsed_io())));
    assert_eq!(nested.failure_kind(), FailureKind::Timeout);
    assert_eq!(io::Error::other("text").failure_kind(), FailureKind::Permanent);
    assert_eq!(io::Error::other(Opaque::default()).failure_kind(), FailureKind::Permanent);
    // A user's type is found only if it is searched for.
    assert_eq!(answer(&io::Error::other(SlowDown)), (FailureKind::Permanent, None));
}

#[tokio::test(start_paused = true)]
async fn elapsed_is_a_timeout_wherever_it_stands() {
    let elapsed = || tokio::time::timeout(WAIT, std::future::pending::<()>());
    let direct = elapsed().await.unwrap_err();
    assert_eq!(answer(&direct), (FailureKind::Timeout, None));
    assert_eq!(FailureKind::find::<()>(&direct), Some(FailureKind::Timeout));

    // tokio's own conversion, and a manual one.
    assert_eq!(io::Error::from(direct).failure_kind(), FailureKind::Timeout);
    let carried = io::Error::other(elapsed().await.unwrap_err());
    assert_eq!(carried.failure_kind(), FailureKind::Timeout);
    let boxed: Box<dyn Error + Send + Sync> = Box::new(Opaque::over(carried));
    assert_eq!(boxed.failure_kind(), FailureKind::Timeout);
}

type Both = (Refused, SlowDown);

#[test]
fn find_looks_for_the_given_types_and_the_known_ones() {
    assert_eq!(FailureKind::find::<()>(&SlowDown), None);
    assert_eq!(FailureKind::find::<(SlowDown,)>(&SlowDown), Some(FailureKind::RateLimited));
    assert_eq!(FailureKind::find::<(Refused,)>(&SlowDown), None);
    assert_eq!(FailureKind::find::<Both>(&SlowDown), Some(FailureKind::RateLimited));
    assert_eq!(FailureKind::find::<Both>(&Refused), Some(FailureKind::Unauthorized));
    assert_eq!(FailureKind::find::<Both>(&elapsed_io()), Some(FailureKind::Timeout));
    assert_eq!(FailureKind::find::<Both>(&Opaque::default()), None);
}

#[test]
fn find_takes_eight_types() {
    type Eight = (Outer, Outer, Outer, Outer, Outer, Outer, Refused, SlowDown);
    let error = Opaque::over(SlowDown);
    assert_eq!(FailureKind::find::<Eight>(&error), Some(FailureKind::RateLimited));
}

#[test]
fn find_follows_the_sources_to_the_outermost_match() {
    let deep = Opaque::over(Opaque::over(Opaque::over(SlowDown)));
    assert_eq!(FailureKind::find::<(SlowDown,)>(&deep), Some(FailureKind::RateLimited));
    assert_eq!(FailureKind::find::<()>(&deep), None);

    let outer = Opaque::over(Outer(elapsed_io()));
    assert_eq!(FailureKind::find::<(Outer,)>(&outer), Some(FailureKind::Bug));
    assert_eq!(FailureKind::find::<()>(&outer), Some(FailureKind::Timeout), "Outer is passed over");
}

#[test]
fn find_looks_inside_an_io_error_that_source_skips() {
    // The `source` of an `io::Error` is the source of its inner error, not the inner error.
    let carried = Opaque::over(io::Error::other(SlowDown));
    assert_eq!(FailureKind::find::<(SlowDown,)>(&carried), Some(FailureKind::RateLimited));
    let deeper = io::Error::other(Opaque::over(io::Error::other(SlowDown)));
    assert_eq!(FailureKind::find::<(SlowDown,)>(&deeper), Some(FailureKind::RateLimited));
    // The inner error is unknown, so the `io::Error` itself is the match.
    let unknown = Opaque::over(io::Error::other("text"));
    assert_eq!(FailureKind::find::<(SlowDown,)>(&unknown), Some(FailureKind::Permanent));
}

#[test]
fn boxed_errors_are_searched_for_the_known_types() {
    let known = || Opaque::over(Opaque::over(io::Error::from(ErrorKind::ConnectionRefused)));
    let sendable: Box<dyn Error + Send + Sync> = Box::new(known());
    assert_eq!(answer(&sendable), (FailureKind::Connection, None));
    let only_sent: Box<dyn Error + Send> = Box::new(known());
    assert_eq!(answer(&only_sent), (FailureKind::Connection, None));
    let local: Box<dyn Error> = Box::new(known());
    assert_eq!(answer(&local), (FailureKind::Connection, None));
    let shared: Arc<dyn Error + Send + Sync> = Arc::new(known());
    assert_eq!(answer(&shared), (FailureKind::Connection, None));
    let borrowed: &(dyn Error + 'static) = &known();
    assert_eq!(answer(&borrowed), (FailureKind::Connection, None));
}

#[test]
fn boxed_errors_of_no_known_type_are_permanent() {
    let text: Box<dyn Error + Send + Sync> = "text".into();
    assert_eq!(answer(&text), (FailureKind::Permanent, None));
    let only_sent: Box<dyn Error + Send> = Box::new(SlowDown);
    assert_eq!(answer(&only_sent), (FailureKind::Permanent, None));
    let local: Box<dyn Error> = "text".into();
    assert_eq!(answer(&local), (FailureKind::Permanent, None));
    // `SlowDown` is `Retryable`, but the search does not include it.
    let unknown: Box<dyn Error + Send + Sync> = Box::new(SlowDown);
    assert_eq!(answer(&unknown), (FailureKind::Permanent, None));
}

#[test]
fn pointers_forward_kind_and_hint() {
    let expected = (FailureKind::RateLimited, Some(WAIT));
    assert_eq!(answer(&SlowDown), expected);
    assert_eq!(answer(&&&SlowDown), expected);
    assert_eq!(answer(&Box::new(SlowDown)), expected);
    assert_eq!(answer(&Arc::new(SlowDown)), expected);
    assert_eq!(answer(&Box::new(Arc::new(&SlowDown))), expected);
    let dynamic: Box<dyn Retryable> = Box::new(SlowDown);
    assert_eq!(answer(&dynamic), expected);
}

#[test]
fn a_hint_is_none_unless_the_error_says_otherwise() {
    assert_eq!(Refused.retry_after(), None);
}

#[test]
fn our_own_errors_are_errors_that_travel() {
    fn travels<E: Error + Retryable + Clone + Eq + Send + Sync + 'static>() {}
    travels::<TimedOut>();
    travels::<CircuitOpen>();
}

#[test]
fn kinds_are_spelled_in_snake_case() {
    let words = KINDS.map(FailureKind::as_str);
    assert_eq!(
        words,
        [
            "timeout",
            "connection",
            "unavailable",
            "rate_limited",
            "transient",
            "unauthorized",
            "invalid_request",
            "mid_stream",
            "resource_exhausted",
            "bug",
            "circuit_open",
            "permanent",
        ]
    );
    assert_eq!(
        format!("[{:>8}] [{:<5}]", FailureKind::Timeout, FailureKind::Bug),
        "[ timeout] [bug  ]"
    );
}

const NAMED: FailureKinds = FailureKinds::of(FailureKind::Connection).with(FailureKind::Bug);
const LESS: FailureKinds = FailureKinds::ALL.without(FailureKind::Bug);
const HAS_BUG: bool = NAMED.contains(FailureKind::Bug) && !LESS.contains(FailureKind::Bug);

#[test]
fn sets_are_built_in_constants() {
    const { assert!(HAS_BUG) };
    assert_eq!(FailureKinds::NONE.with(FailureKind::Bug).with(FailureKind::Connection), NAMED);
    assert_eq!(format!("{NAMED:?}"), "{Connection, Bug}");
    assert_eq!(format!("{:?}", FailureKinds::NONE), "{}");
}

#[test]
fn the_named_sets_hold_what_they_say() {
    for (index, kind) in KINDS.into_iter().enumerate() {
        assert!(FailureKinds::ALL.contains(kind));
        assert!(!FailureKinds::NONE.contains(kind));
        assert_eq!(FailureKinds::TRANSIENT.contains(kind), index < 5, "{kind}");
    }
    let all = KINDS.into_iter().fold(FailureKinds::NONE, FailureKinds::with);
    assert_eq!(all, FailureKinds::ALL);
    let none = KINDS.into_iter().fold(FailureKinds::ALL, FailureKinds::without);
    assert_eq!(none, FailureKinds::NONE);
}

/// Compares all 4,096 sets with a plain list of kinds.
#[test]
fn set_algebra_holds_for_every_set() {
    for bits in 0..1_u32 << KINDS.len() {
        let member = |index: usize| bits & (1 << index) != 0;
        let chosen = || KINDS.into_iter().enumerate().filter(|(index, _)| member(*index));
        let set = chosen().fold(FailureKinds::NONE, |set, (_, kind)| set.with(kind));
        for (index, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(set.contains(kind), member(index));
            assert!(set.with(kind).contains(kind));
            assert!(!set.without(kind).contains(kind));
            let untouched = if member(index) { set.with(kind) } else { set.without(kind) };
            assert_eq!(untouched, set);
        }
    }
}

#[test]
fn a_name_that_cannot_be_looked_up_is_a_failed_connection() {
    use std::net::ToSocketAddrs;

    // A name in a reserved domain, which never exists (RFC 6761, 6.4).
    let error = ("no-such-host.invalid", 80).to_socket_addrs().map(drop).unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection, "{error}");
}

#[test]
fn a_hint_is_at_least_what_retry_after_returns_unless_the_error_says_more() {
    #[derive(Debug)]
    struct After(Option<Duration>);

    impl Retryable for After {
        fn failure_kind(&self) -> FailureKind {
            FailureKind::RateLimited
        }

        fn retry_after(&self) -> Option<Duration> {
            self.0
        }
    }

    assert_eq!(After(None).retry_hint(), RetryHint::None);
    let second = Duration::from_secs(1);
    assert_eq!(After(Some(second)).retry_hint(), RetryHint::AtLeast(second));
    assert_eq!(Refused.retry_hint(), RetryHint::None);
    let durations = [RetryHint::None, RetryHint::AtLeast(second), RetryHint::Soft(second)];
    assert_eq!(durations.map(RetryHint::duration), [None, Some(second), Some(second)]);
    assert_eq!(RetryHint::Never.duration(), None);
}

#[test]
fn pointers_forward_the_hint() {
    struct Never;

    impl Retryable for Never {
        fn failure_kind(&self) -> FailureKind {
            FailureKind::Transient
        }

        fn retry_hint(&self) -> RetryHint {
            RetryHint::Never
        }
    }

    let boxed: Box<dyn Retryable> = Box::new(Never);
    for hint in [(&&Never).retry_hint(), boxed.retry_hint(), Arc::new(Never).retry_hint()] {
        assert_eq!(hint, RetryHint::Never);
    }
}

#[test]
fn a_chain_of_sources_without_an_end_is_searched_to_some_depth() {
    #[derive(Debug)]
    struct Circle;

    impl fmt::Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("circle")
        }
    }

    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Self)
        }
    }

    let boxed: Box<dyn Error + Send + Sync> = Box::new(Circle);
    assert_eq!(boxed.failure_kind(), FailureKind::Permanent);
    assert_eq!(boxed.retry_hint(), RetryHint::None);
}
