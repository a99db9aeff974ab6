//! `#[derive(Retryable)]` through the public API.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use retry_utils::{CircuitOpen, FailureKind, Retryable};

const WAIT: Duration = Duration::from_secs(7);

/// A renamed facade, as a framework would re-export it.
mod reexports {
    pub(crate) mod resilience {
        pub(crate) use retry_utils::*;
    }
}

#[derive(Debug, thiserror::Error, Retryable)]
enum EveryKind {
    #[error("timeout")]
    #[retry(timeout)]
    Timeout,
    #[error("connection")]
    #[retry(connection)]
    Connection,
    #[error("unavailable")]
    #[retry(unavailable)]
    Unavailable,
    #[error("rate limited")]
    #[retry(rate_limited)]
    RateLimited,
    #[error("transient")]
    #[retry(transient)]
    Transient,
    #[error("unauthorized")]
    #[retry(unauthorized)]
    Unauthorized,
    #[error("invalid request: {0}")]
    #[retry(invalid_request)]
    InvalidRequest(String),
    #[error("mid-stream after {items} items")]
    #[retry(mid_stream)]
    MidStream { items: usize },
    #[error("out of memory")]
    #[retry(resource_exhausted)]
    ResourceExhausted(),
    #[error("bug")]
    #[retry(bug)]
    Bug {},
    #[error("circuit open")]
    #[retry(circuit_open)]
    CircuitOpen,
    #[error("permanent")]
    #[retry(permanent)]
    Permanent,
}

#[test]
fn each_word_is_the_kind_of_that_name() {
    use EveryKind as E;
    let table = [
        (E::Timeout, FailureKind::Timeout, "timeout"),
        (E::Connection, FailureKind::Connection, "connection"),
        (E::Unavailable, FailureKind::Unavailable, "unavailable"),
        (E::RateLimited, FailureKind::RateLimited, "rate_limited"),
        (E::Transient, FailureKind::Transient, "transient"),
        (E::Unauthorized, FailureKind::Unauthorized, "unauthorized"),
        (E::InvalidRequest("no".into()), FailureKind::InvalidRequest, "invalid_request"),
        (E::MidStream { items: 2 }, FailureKind::MidStream, "mid_stream"),
        (E::ResourceExhausted(), FailureKind::ResourceExhausted, "resource_exhausted"),
        (E::Bug {}, FailureKind::Bug, "bug"),
        (E::CircuitOpen, FailureKind::CircuitOpen, "circuit_open"),
        (E::Permanent, FailureKind::Permanent, "permanent"),
    ];
    for (error, kind, word) in table {
        assert_eq!(error.failure_kind(), kind);
        assert_eq!(kind.as_str(), word, "log lines spell it as the attribute does");
        assert_eq!(error.retry_after(), None);
    }
}

#[derive(Retryable)]
enum Limited {
    #[retry(rate_limited, after = wait)]
    Named { wait: Duration, _body: String },
    #[retry(after = wait, unavailable)]
    NamedOption { wait: Option<Duration> },
    #[retry(rate_limited, after = 0)]
    Tuple(Duration, #[expect(dead_code, reason = "only the other field is read")] u8),
    #[retry(rate_limited)]
    #[retry(after = 1)]
    TupleOption(#[expect(dead_code, reason = "as above")] u8, Option<Duration>),
    #[retry(timeout)]
    NoHint,
}

#[test]
fn a_hint_is_read_from_the_named_field() {
    let named = Limited::Named { wait: WAIT, _body: String::new() };
    assert_eq!((named.failure_kind(), named.retry_after()), (FailureKind::RateLimited, Some(WAIT)));

    let some = Limited::NamedOption { wait: Some(WAIT) };
    assert_eq!((some.failure_kind(), some.retry_after()), (FailureKind::Unavailable, Some(WAIT)));
    assert_eq!(Limited::NamedOption { wait: None }.retry_after(), None);

    assert_eq!(Limited::Tuple(WAIT, 1).retry_after(), Some(WAIT));
    assert_eq!(Limited::Tuple(Duration::ZERO, 1).retry_after(), Some(Duration::ZERO));
    assert_eq!(Limited::TupleOption(1, Some(WAIT)).retry_after(), Some(WAIT));
    assert_eq!(Limited::TupleOption(1, Some(WAIT)).failure_kind(), FailureKind::RateLimited);
    assert_eq!(Limited::TupleOption(1, None).retry_after(), None);
    assert_eq!(Limited::NoHint.retry_after(), None);
}

#[derive(Debug, thiserror::Error, Retryable)]
#[error("slow down")]
#[retry(rate_limited, after = wait)]
struct SlowDown {
    wait: Duration,
}

#[derive(Debug, thiserror::Error, Retryable)]
enum LlmError {
    #[error(transparent)]
    #[retry(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    #[retry(transparent)]
    SlowDown(#[from] SlowDown),
    #[error("{model} failed")]
    #[retry(transparent)]
    Boxed {
        model: &'static str,
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    #[error("shared")]
    #[retry(transparent)]
    Shared(Arc<SlowDown>),
    #[error("only field")]
    #[retry(transparent)]
    Named { inner: Box<SlowDown> },
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[test]
fn transparent_forwards_kind_and_hint() {
    let slow = || SlowDown { wait: WAIT };
    let limited = (FailureKind::RateLimited, Some(WAIT));
    let answer = |error: &LlmError| (error.failure_kind(), error.retry_after());

    assert_eq!(answer(&slow().into()), limited);
    assert_eq!(answer(&LlmError::Shared(Arc::new(slow()))), limited);
    assert_eq!(answer(&LlmError::Named { inner: Box::new(slow()) }), limited);

    let refused = LlmError::from(io::Error::from(io::ErrorKind::ConnectionRefused));
    assert_eq!(answer(&refused), (FailureKind::Connection, None));

    let reset: Box<dyn Error + Send + Sync> =
        io::Error::from(io::ErrorKind::ConnectionReset).into();
    assert_eq!(
        answer(&LlmError::Boxed { model: "small", cause: reset }),
        (FailureKind::Transient, None)
    );
    let unknown = LlmError::Boxed { model: "small", cause: "no idea".into() };
    assert_eq!(answer(&unknown), (FailureKind::Permanent, None));
}

#[tokio::test]
async fn a_join_error_is_a_bug_and_never_retried() {
    #[derive(Debug, thiserror::Error, Retryable)]
    #[error(transparent)]
    #[retry(transparent)]
    struct Joined(#[from] tokio::task::JoinError);

    let panicked = tokio::spawn(async { panic!("in the task") }).await.unwrap_err();
    let task = tokio::spawn(std::future::pending::<()>());
    task.abort();
    let cancelled = task.await.unwrap_err();
    assert!(panicked.is_panic() && cancelled.is_cancelled());
    for error in [panicked, cancelled] {
        assert_eq!(error.failure_kind(), FailureKind::Bug);
        let joined = Joined::from(error);
        assert_eq!((joined.failure_kind(), joined.retry_after()), (FailureKind::Bug, None));
        let erased: Box<dyn Error + Send + Sync> = joined.0.into();
        assert_eq!(FailureKind::find::<()>(&*erased), Some(FailureKind::Bug));
    }
}

#[derive(Retryable)]
#[retry(unauthorized)]
struct Unit;

#[derive(Retryable)]
#[retry(unavailable, after = 1)]
struct Tuple(#[expect(dead_code, reason = "only the wait is read")] u16, Option<Duration>);

#[derive(Retryable)]
#[retry(transparent)]
struct Wrapped(io::Error);

#[derive(Debug, thiserror::Error, Retryable)]
#[error("{context}")]
#[retry(transparent)]
struct WithContext {
    context: &'static str,
    #[source]
    cause: SlowDown,
}

#[test]
fn structs_carry_the_attribute_themselves() {
    assert_eq!(Unit.failure_kind(), FailureKind::Unauthorized);
    assert_eq!(Unit.retry_after(), None);
    assert_eq!(Tuple(503, Some(WAIT)).failure_kind(), FailureKind::Unavailable);
    assert_eq!(Tuple(503, Some(WAIT)).retry_after(), Some(WAIT));
    assert_eq!(Wrapped(io::ErrorKind::TimedOut.into()).failure_kind(), FailureKind::Timeout);
    let error = WithContext { context: "login", cause: SlowDown { wait: WAIT } };
    assert_eq!(error.failure_kind(), FailureKind::RateLimited);
    assert_eq!(error.retry_after(), Some(WAIT));
}

#[derive(Retryable)]
enum Generic<'a, T: ?Sized, E = io::Error, const N: usize = 2>
where
    E: Send,
{
    #[retry(bug)]
    Borrowed(&'a T),
    #[retry(invalid_request)]
    Array([u8; N]),
    #[retry(transparent)]
    Inner(E),
    #[retry(transparent)]
    Chain(Box<Generic<'a, T, E, N>>),
}

#[test]
fn generics_keep_their_bounds() {
    // `NotRetryable` is only in a classified variant, so nothing is asked of it.
    struct NotRetryable;
    fn kind<E: Retryable + Send>(inner: E) -> FailureKind {
        Generic::<NotRetryable, E>::Chain(Box::new(Generic::Inner(inner))).failure_kind()
    }
    assert_eq!(kind(EveryKind::Timeout), FailureKind::Timeout);
    assert_eq!(kind(SlowDown { wait: WAIT }), FailureKind::RateLimited);
    let text = String::from("borrowed");
    assert_eq!(Generic::<str>::Borrowed(&text).failure_kind(), FailureKind::Bug);
    assert_eq!(Generic::<str>::Array([0; 2]).failure_kind(), FailureKind::InvalidRequest);
}

#[derive(Retryable)]
enum Never {}

#[derive(Retryable)]
#[expect(non_camel_case_types, reason = "raw identifiers are the point")]
enum Raw {
    #[retry(timeout)]
    r#type,
    #[retry(rate_limited, after = r#in)]
    r#match { r#in: Duration },
}

#[test]
fn odd_shapes_work() {
    fn classified<E: Retryable>() {}
    classified::<Never>();
    assert_eq!(Raw::r#type.failure_kind(), FailureKind::Timeout);
    assert_eq!(Raw::r#match { r#in: WAIT }.retry_after(), Some(WAIT));
}

#[test]
fn a_renamed_facade_is_found() {
    use crate::reexports::resilience;

    #[derive(resilience::Retryable)]
    #[retry(crate = "crate::reexports::resilience")]
    enum Outer<E> {
        #[retry(unavailable, after = 0)]
        Unavailable(Duration),
        #[retry(transparent)]
        Inner(E),
    }
    #[derive(resilience::Retryable)]
    #[retry(timeout, crate = "crate::reexports::resilience")]
    struct Late;
    #[derive(resilience::Retryable)]
    #[retry(crate = "crate::reexports::resilience")]
    #[retry(bug)]
    struct Defect;

    assert_eq!(Outer::<Late>::Unavailable(WAIT).retry_after(), Some(WAIT));
    assert_eq!(Outer::Inner(Late).failure_kind(), FailureKind::Timeout);
    assert_eq!(Defect.failure_kind(), FailureKind::Bug);
}

/// Whatever a user calls his own things, the generated code means std's and ours.
mod shadowed {
    #![expect(
        dead_code,
        non_upper_case_globals,
        non_camel_case_types,
        reason = "names that stand in the way of careless generated code"
    )]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod retry_utils {}
    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Duration;
    pub(super) struct Into;
    pub(super) struct FailureKind;
    pub(super) trait Retryable {
        fn failure_kind(&self);
        fn retry_after(&self);
    }
    impl<T> Retryable for T {
        fn failure_kind(&self) {}
        fn retry_after(&self) {}
    }
    const field: u8 = 1;
    const wait: u8 = 2;

    #[derive(::retry_utils::Retryable)]
    pub(super) enum Shadowed {
        #[retry(timeout)]
        None,
        #[retry(rate_limited, after = wait)]
        Some { wait: ::std::time::Duration },
        #[retry(rate_limited, after = field)]
        Ok { field: ::core::option::Option<::core::time::Duration> },
        #[retry(transparent)]
        Err(::std::io::Error),
    }

    #[derive(::retry_utils::Retryable)]
    #[retry(connection, after = 0)]
    pub(super) struct core_error(pub(super) ::std::time::Duration);
}

#[test]
fn shadowed_names_are_harmless() {
    use shadowed::{Shadowed, core_error};
    let answer = |error: &dyn Retryable| (error.failure_kind(), error.retry_after());
    assert_eq!(answer(&Shadowed::None), (FailureKind::Timeout, None));
    assert_eq!(answer(&Shadowed::Some { wait: WAIT }), (FailureKind::RateLimited, Some(WAIT)));
    assert_eq!(answer(&Shadowed::Ok { field: Some(WAIT) }), (FailureKind::RateLimited, Some(WAIT)));
    let inner = io::ErrorKind::TimedOut.into();
    assert_eq!(answer(&Shadowed::Err(inner)), (FailureKind::Timeout, None));
    assert_eq!(answer(&core_error(WAIT)), (FailureKind::Connection, Some(WAIT)));
}

/// Types that a `macro_rules` macro writes, with the words of `#[retry]` passed in.
#[test]
fn it_works_inside_macro_rules() {
    macro_rules! error {
        ($name:ident { $($variant:ident($ty:ty) = $kind:ident $(, after = $member:tt)?;)* }) => {
            #[derive(Retryable)]
            enum $name {
                $(#[retry($kind $(, after = $member)?)] $variant($ty),)*
            }
        };
    }
    error!(Made {
        Slow(Duration) = rate_limited, after = 0;
        Inner(io::Error) = transparent;
    });
    assert_eq!(Made::Slow(WAIT).retry_after(), Some(WAIT));
    let inner = io::ErrorKind::TimedOut.into();
    assert_eq!(Made::Inner(inner).failure_kind(), FailureKind::Timeout);
}

/// Nothing that the derive writes is the user's to lint.
mod quiet {
    #![deny(
        deprecated,
        unused_qualifications,
        unreachable_patterns,
        single_use_lifetimes,
        clippy::all,
        clippy::pedantic,
        clippy::nursery
    )]

    use super::{Duration, FailureKind, Retryable, WAIT};
    use std::convert::Infallible;

    #[derive(Debug, Retryable)]
    enum Quiet<'a> {
        #[retry(timeout)]
        SameArm,
        #[retry(timeout)]
        SameArmAgain,
        #[expect(dead_code, reason = "it cannot be made")]
        #[retry(bug)]
        NeverMade(Infallible),
        #[deprecated = "as an old variant is"]
        #[retry(rate_limited, after = 0)]
        Old(Duration),
        #[retry(bug)]
        Borrowed(#[expect(dead_code, reason = "only the lifetime matters")] &'a str),
    }

    #[test]
    fn kinds_may_repeat() {
        assert_eq!(Quiet::SameArm.failure_kind(), Quiet::SameArmAgain.failure_kind());
        assert_eq!(Quiet::Borrowed("text").failure_kind(), FailureKind::Bug);
        #[expect(deprecated, reason = "the use of it is the test's own")]
        let old = Quiet::Old(WAIT);
        assert_eq!(old.retry_after(), Some(WAIT));
    }
}
