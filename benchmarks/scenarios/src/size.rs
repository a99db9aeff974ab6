//! Sizes of futures.

use std::convert::identity;

use crate::call::{Answer, Failure, value};

/// The protection of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Plain,
    /// A retry.
    Retry,
    /// A breaker.
    Breaker,
    /// A breaker around a retry.
    Both,
}

/// The argument of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// An array of 1 KiB, borrowed.
    Borrowed,
    /// An array of 1 KiB that the call consumes: each attempt gets a copy.
    Cloned,
}

impl Shape {
    /// All.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Retry, Self::Breaker, Self::Both];

    /// Returns the name in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Retry => "retry",
            Self::Breaker => "breaker",
            Self::Both => "both",
        }
    }
}

impl Argument {
    /// All.
    pub const ALL: [Self; 3] = [Self::None, Self::Borrowed, Self::Cloned];

    /// Returns the name in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Borrowed => "borrowed",
            Self::Cloned => "cloned",
        }
    }
}

/// The future of one protected call.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The protection of the call.
    pub shape: Shape,
    /// The argument of the call.
    pub argument: Argument,
    /// The name of the contestant.
    pub name: &'static str,
    /// Returns the size in bytes.
    pub bytes: fn() -> usize,
}

/// Defines a [`Size`]: shape, argument, name, statements before the future, and the future.
#[macro_export]
macro_rules! size {
    ($shape:ident, $argument:ident, $name:expr, { $($setup:tt)* }, $future:expr $(,)?) => {{
        fn bytes() -> usize {
            $($setup)*
            let future = $future;
            ::std::mem::size_of_val(&future)
        }
        $crate::size::Size {
            shape: $crate::size::Shape::$shape,
            argument: $crate::size::Argument::$argument,
            name: $name,
            bytes,
        }
    }};
}

/// The argument of the calls below.
pub type Bytes = [u8; 1024];

/// An argument.
pub const BYTES: Bytes = [0; 1024];

/// Suspends once, so the future around it keeps the values that it needs afterwards.
pub async fn pause() {
    tokio::task::yield_now().await;
}

/// Returns an answer that depends on the argument.
///
/// # Errors
///
/// Never.
pub fn answer<E: Failure>(byte: u8) -> Result<Answer, E> {
    let Answer { tokens } = value::answers()?;
    Ok(Answer { tokens: tokens + u64::from(byte) })
}

/// A call without an argument.
///
/// # Errors
///
/// Never.
pub async fn nothing<F: Failure, E: From<F>>() -> Result<Answer, E> {
    pause().await;
    value::answers::<F>().map_err(E::from)
}

/// A call that borrows its argument.
///
/// # Errors
///
/// Never.
pub async fn borrowed<F: Failure, E: From<F>>(bytes: &Bytes) -> Result<Answer, E> {
    pause().await;
    answer::<F>(bytes[0]).map_err(E::from)
}

/// A call that consumes its argument.
///
/// # Errors
///
/// Never.
#[allow(clippy::large_types_passed_by_value, reason = "its effect on a future is measured")]
pub async fn consumed<F: Failure, E: From<F>>(bytes: Bytes) -> Result<Answer, E> {
    pause().await;
    let consumed = identity(bytes);
    answer::<F>(consumed[0]).map_err(E::from)
}
