//! How large futures are.

/// What protects the call.
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

/// What the call gets.
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

    /// What it is called in output.
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

    /// What it is called in output.
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
    /// What protects the call.
    pub shape: Shape,
    /// What the call gets.
    pub argument: Argument,
    /// Whose future it is.
    pub name: &'static str,
    /// How large it is, in bytes.
    pub bytes: fn() -> usize,
}

/// A [`Size`]: shape, argument, name, what it sets up, and the future.
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

/// What the protected calls of sizes borrow or consume.
pub type Bytes = [u8; 1024];
