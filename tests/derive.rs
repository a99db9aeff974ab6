//! `#[derive(Retryable)]` through the public API.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use retry_utils::{CircuitOpen, FailureKind, Retryable};

const WAIT: Duration = Duration::from_secs(7);

/// A renamed facade, as a framework re-exports it.
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
fn each_key_is_the_kind_of_that_name() {
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
        assert_eq!(kind.as_str(), word, "log lines must use the spelling of the attribute");
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

/// Errors of another crate: nothing here is `Retryable`.
mod driver {
    use super::{Duration, FailureKind, WAIT};

    #[derive(Clone, Copy, Debug, thiserror::Error)]
    #[error("driver error {code}")]
    pub(crate) struct Error<T = [u8; 8]> {
        pub(crate) code: u16,
        pub(crate) detail: T,
    }

    pub(crate) const BUSY: Error = Error { code: 503, detail: [0; 8] };
    pub(crate) const REFUSED: Error = Error { code: 403, detail: [0; 8] };

    pub(crate) fn kind<T>(error: &Error<T>) -> FailureKind {
        if error.code == 503 { FailureKind::Unavailable } else { FailureKind::Unauthorized }
    }

    pub(crate) fn wait<T>(error: &Error<T>) -> Option<Duration> {
        (error.code == 503).then_some(WAIT)
    }
}

trait Classify {
    fn kind(&self) -> FailureKind;
}

impl<T> Classify for driver::Error<T> {
    fn kind(&self) -> FailureKind {
        driver::kind(self)
    }
}

#[derive(Debug, thiserror::Error, Retryable)]
enum Foreign {
    #[error(transparent)]
    #[retry(with = driver::kind)]
    Only(#[from] driver::Error),
    #[error("{source}")]
    #[retry(with = crate::driver::kind, after = crate::driver::wait)]
    Source { url: &'static str, source: driver::Error },
    #[error("{1}")]
    #[retry(with = Self::of_io, after = 0)]
    Marked(Duration, #[source] io::Error),
    #[error("{wait:?}")]
    #[retry(with = <driver::Error<u8> as Classify>::kind, after = wait)]
    Generic { wait: Option<Duration>, source: driver::Error<u8> },
    #[error("{0}")]
    #[retry(rate_limited, after = wait_of)]
    Limited(driver::Error),
    #[error("{cause}")]
    #[retry(after = wait_of, with = Classify::kind)]
    MarkWins {
        source_of_wait: u8,
        #[source]
        cause: driver::Error,
    },
    #[error("pair")]
    #[retry(with = first::<u8, io::Error>)]
    Pair { pair: (u8, io::Error) },
    #[error("constant")]
    #[retry(with = ALWAYS_BUG)]
    Constant(driver::Error),
}

const ALWAYS_BUG: fn(&driver::Error) -> FailureKind = |_| FailureKind::Bug;

fn wait_of(error: &driver::Error) -> Option<Duration> {
    driver::wait(error)
}

fn first<A, B: Retryable>(pair: &(A, B)) -> FailureKind {
    pair.1.failure_kind()
}

impl Foreign {
    fn of_io(error: &io::Error) -> FailureKind {
        match error.kind() {
            io::ErrorKind::NotFound => FailureKind::Transient,
            _ => error.failure_kind(),
        }
    }
}

#[derive(Retryable)]
#[retry(with = driver::kind, after = driver::wait)]
struct WrappedForeign(driver::Error);

#[derive(Retryable)]
#[retry(with = driver::kind)]
struct NamedForeign<'a> {
    _url: &'a str,
    source: driver::Error,
}

#[test]
fn with_classifies_a_foreign_error() {
    use driver::{BUSY, REFUSED};
    let answer = |error: &dyn Retryable| (error.failure_kind(), error.retry_after());
    let unavailable = |wait| (FailureKind::Unavailable, wait);

    assert_eq!(answer(&Foreign::from(BUSY)), unavailable(None));
    assert_eq!(answer(&Foreign::from(REFUSED)), (FailureKind::Unauthorized, None));
    assert_eq!(answer(&Foreign::Source { url: "", source: BUSY }), unavailable(Some(WAIT)));
    let refused = Foreign::Source { url: "", source: REFUSED };
    assert_eq!(answer(&refused), (FailureKind::Unauthorized, None));
    let marked = Foreign::Marked(WAIT, io::ErrorKind::NotFound.into());
    assert_eq!(answer(&marked), (FailureKind::Transient, Some(WAIT)));
    let source = driver::Error { code: 503, detail: 1 };
    assert_eq!(answer(&Foreign::Generic { wait: None, source }), unavailable(None));
    assert_eq!(answer(&Foreign::Limited(BUSY)), (FailureKind::RateLimited, Some(WAIT)));
    assert_eq!(answer(&Foreign::Limited(REFUSED)), (FailureKind::RateLimited, None));
    let marked = Foreign::MarkWins { source_of_wait: 0, cause: BUSY };
    assert_eq!(answer(&marked), unavailable(Some(WAIT)));
    let pair = Foreign::Pair { pair: (0, io::ErrorKind::TimedOut.into()) };
    assert_eq!(answer(&pair), (FailureKind::Timeout, None));
    assert_eq!(answer(&Foreign::Constant(BUSY)), (FailureKind::Bug, None));
    assert_eq!(answer(&WrappedForeign(BUSY)), unavailable(Some(WAIT)));
    assert_eq!(answer(&NamedForeign { _url: "", source: BUSY }), unavailable(None));
}

#[derive(Debug, thiserror::Error, Retryable)]
enum Chosen {
    #[error("named")]
    #[retry(transparent)]
    Named { cause: SlowDown, source: io::Error },
    // The explicit mark wins over the name.
    #[error("marked")]
    #[retry(transparent)]
    Marked {
        r#source: Box<str>,
        #[source]
        cause: SlowDown,
    },
    // The field wins over the function of this name.
    #[error("shadowed")]
    #[retry(rate_limited, after = wait_of)]
    Shadowed { wait_of: Duration, source: driver::Error },
}

#[test]
fn the_field_is_the_marked_one_or_the_one_named_source() {
    let slow = SlowDown { wait: WAIT };
    let named = Chosen::Named { cause: slow, source: io::ErrorKind::TimedOut.into() };
    assert_eq!((named.failure_kind(), named.retry_after()), (FailureKind::Timeout, None));
    let slow = SlowDown { wait: WAIT };
    let marked = Chosen::Marked { source: "text".into(), cause: slow };
    assert_eq!(marked.failure_kind(), FailureKind::RateLimited);
    assert_eq!(marked.retry_after(), Some(WAIT));
    let shadowed = Chosen::Shadowed { wait_of: Duration::ZERO, source: driver::BUSY };
    assert_eq!(shadowed.retry_after(), Some(Duration::ZERO));
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
    // `NotRetryable` is only in a classified variant, so it needs no bound.
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

/// Neither `with` nor a function in `after` adds a bound to the type.
#[derive(Retryable)]
enum Unbounded<'a, T, const N: usize>
where
    T: Copy,
{
    #[retry(with = driver::kind, after = driver::wait)]
    Driver(driver::Error<T>),
    #[retry(with = Self::of_any)]
    Any([&'a T; 2]),
    #[retry(timeout, after = wait_of_any)]
    Array { source: [T; N] },
}

impl<T: Copy, const N: usize> Unbounded<'_, T, N> {
    fn of_any(_: &[&T; 2]) -> FailureKind {
        FailureKind::InvalidRequest
    }
}

fn wait_of_any<T>(_: &T) -> Option<Duration> {
    (size_of::<T>() == 0).then_some(WAIT)
}

#[test]
fn functions_add_no_bounds() {
    #[derive(Clone, Copy)]
    struct NotRetryable;
    type Error<'a> = Unbounded<'a, NotRetryable, 1>;

    let driver = Error::Driver(driver::Error { code: 503, detail: NotRetryable });
    assert_eq!(driver.failure_kind(), FailureKind::Unavailable);
    assert_eq!(driver.retry_after(), Some(WAIT));
    assert_eq!(Error::Any([&NotRetryable; 2]).failure_kind(), FailureKind::InvalidRequest);
    assert_eq!(Error::Array { source: [NotRetryable] }.retry_after(), Some(WAIT));
}

#[derive(Retryable)]
enum Never {}

#[derive(Retryable)]
#[expect(non_camel_case_types, reason = "the test is about raw identifiers")]
enum Raw {
    #[retry(timeout)]
    r#type,
    #[retry(rate_limited, after = r#in)]
    r#match { r#in: Duration },
    #[retry(with = r#use::r#fn)]
    r#struct { r#dyn: [u8; 9] },
}

mod r#use {
    pub(crate) fn r#fn(_: &[u8; 9]) -> super::FailureKind {
        super::FailureKind::Bug
    }
}

#[test]
fn odd_shapes_work() {
    fn classified<E: Retryable>() {}
    classified::<Never>();
    assert_eq!(Raw::r#type.failure_kind(), FailureKind::Timeout);
    assert_eq!(Raw::r#match { r#in: WAIT }.retry_after(), Some(WAIT));
    assert_eq!(Raw::r#struct { r#dyn: [0; 9] }.failure_kind(), FailureKind::Bug);
}

#[derive(Retryable)]
enum Configured {
    #[cfg(any())]
    #[retry(no_such_kind)]
    Removed,
    #[cfg(test)]
    #[retry(transparent)]
    OnlyField {
        #[cfg(any())]
        removed: Missing,
        inner: io::Error,
    },
    #[cfg_attr(all(), retry(rate_limited, after = wait))]
    Wait {
        #[cfg(test)]
        wait: Duration,
        #[cfg(any())]
        wait: Missing,
    },
}

#[test]
fn what_cfg_removes_is_not_seen() {
    let inner = Configured::OnlyField { inner: io::ErrorKind::TimedOut.into() };
    assert_eq!(inner.failure_kind(), FailureKind::Timeout);
    assert_eq!(Configured::Wait { wait: WAIT }.retry_after(), Some(WAIT));
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
    #[retry(crate = "crate::reexports::resilience", with = driver::kind, after = driver::wait)]
    struct Foreign(driver::Error);
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
    assert_eq!(Foreign(driver::BUSY).failure_kind(), FailureKind::Unavailable);
    assert_eq!(Foreign(driver::BUSY).retry_after(), Some(WAIT));
}

/// The generated code refers to the items of std and of this library, even if the user's items have
/// the same names.
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
        #[retry(with = function, after = __function)]
        Bug([u8; 9]),
    }

    fn function(_: &[u8; 9]) -> ::retry_utils::FailureKind {
        ::retry_utils::FailureKind::Bug
    }

    fn __function(bytes: &[u8; 9]) -> ::core::option::Option<::core::time::Duration> {
        (bytes[0] == 0).then_some(super::WAIT)
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
    assert_eq!(answer(&Shadowed::Bug([0; 9])), (FailureKind::Bug, Some(WAIT)));
    assert_eq!(answer(&core_error(WAIT)), (FailureKind::Connection, Some(WAIT)));
}

/// A `macro_rules` macro defines the types and gets the keys of `#[retry]` as arguments.
#[test]
fn the_derive_works_inside_macro_rules() {
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

/// Fragments reach the derive in invisible groups.
#[test]
fn the_derive_reads_fragments_of_macro_rules() {
    macro_rules! error {
        ($name:ident<$life:lifetime, $param:ident> { $($variant:ident($ty:ty) by $path:path, $wait:expr;)* }) => {
            #[derive(Retryable)]
            enum $name<$life, $param> {
                $(#[retry(with = $path, after = $wait)] $variant { _value: $ty, source: driver::Error<$param> },)*
                #[retry(with = <driver::Error<u8> as Classify>::kind)]
                Last { _text: &$life str, source: driver::Error<u8> },
            }
        };
        ($name:ident($ty:ty) = $kind:ident, $index:literal, $facade:literal) => {
            #[derive(Retryable)]
            #[retry($kind, after = $index, crate = $facade)]
            struct $name($ty);
        };
        ($name:ident: $ty:ty) => {
            #[derive(Retryable)]
            #[retry(with = <$ty>::kind)]
            struct $name($ty);
        };
    }
    error!(Made<'a, T> {
        Field(Option<Duration>) by driver::kind, _value;
        Function(&'a str) by crate::driver::kind::<T>, driver::wait;
    });
    error!(Literals(Duration) = unavailable, 0, "retry_utils");
    error!(Method: driver::Error<u8>);

    let source = driver::Error { code: 503, detail: 1 };
    let field = Made::Field { _value: Some(Duration::ZERO), source };
    assert_eq!(field.failure_kind(), FailureKind::Unavailable);
    assert_eq!(field.retry_after(), Some(Duration::ZERO));
    assert_eq!(Made::Function { _value: "", source }.retry_after(), Some(WAIT));
    let last: Made<'_, u8> = Made::Last { _text: "", source };
    assert_eq!(last.failure_kind(), FailureKind::Unavailable);
    assert_eq!(Literals(WAIT).retry_after(), Some(WAIT));
    assert_eq!(Method(source).failure_kind(), FailureKind::Unavailable);
}

/// The generated code triggers no lint.
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
        #[expect(dead_code, reason = "it cannot be constructed")]
        #[retry(bug)]
        NeverMade(Infallible),
        #[deprecated = "as an old variant is"]
        #[retry(rate_limited, after = 0)]
        Old(Duration),
        #[retry(with = of_bytes, after = wait_of)]
        Bytes([u8; 9]),
        #[retry(bug)]
        Borrowed(#[expect(dead_code, reason = "only the lifetime matters")] &'a str),
    }

    #[derive(Debug, Retryable)]
    #[retry(timeout, after = 0)]
    struct Late(Duration);

    const fn of_bytes(_: &[u8; 9]) -> FailureKind {
        FailureKind::Bug
    }

    const fn wait_of(bytes: &[u8; 9]) -> Option<Duration> {
        if bytes[0] == 0 { None } else { Some(WAIT) }
    }

    #[test]
    fn kinds_may_repeat() {
        assert_eq!(Quiet::SameArm.failure_kind(), Quiet::SameArmAgain.failure_kind());
        assert_eq!(Quiet::Borrowed("text").failure_kind(), FailureKind::Bug);
        assert_eq!(Quiet::Bytes([0; 9]).retry_after(), None);
        assert_eq!(Late(WAIT).retry_after(), Some(WAIT));
        #[expect(deprecated, reason = "the test uses it")]
        let old = Quiet::Old(WAIT);
        assert_eq!(old.retry_after(), Some(WAIT));
    }
}
