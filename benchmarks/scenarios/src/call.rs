//! The calls that are protected: as little work as the compiler can be kept from doing beforehand, so that what is
//! measured is the protection.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::tally;

/// The error of a protected call. Each crate has its own, made by [`failed!`](crate::failed), since the traits that
/// it needs are foreign here; the calls are generic in it and otherwise the same code for all.
pub trait Failure {
    /// The dependency did not answer.
    fn down() -> Self;
}

/// Defines `Failed { Down, Open }` where it stands, with what every library asks of an error.
#[macro_export]
macro_rules! failed {
    () => {
        /// The error of a protected call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Failed {
            /// The dependency did not answer.
            Down,
            /// The breaker did not let the call pass.
            Open,
        }

        impl ::std::fmt::Display for Failed {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(match self {
                    Self::Down => "down",
                    Self::Open => "open",
                })
            }
        }

        impl ::std::error::Error for Failed {}

        impl $crate::Failure for Failed {
            #[inline]
            fn down() -> Self {
                Self::Down
            }
        }
    };
}

/// Succeeds, which the compiler cannot know.
///
/// # Errors
///
/// Never.
#[inline]
pub fn answer<E: Failure>() -> Result<u64, E> {
    tally::called();
    let value = black_box(7);
    if value == 0 { Err(E::down()) } else { Ok(value) }
}

/// Succeeds, and reads a borrowed argument.
///
/// # Errors
///
/// If the name is empty.
#[inline]
pub fn greet<E: Failure>(name: &str) -> Result<u64, E> {
    tally::called();
    let length = black_box(name).len();
    if length == 0 { Err(E::down()) } else { Ok(length as u64) }
}

/// Fails, which the compiler cannot know.
///
/// # Errors
///
/// Always.
#[inline]
pub fn refused<E: Failure>() -> Result<u64, E> {
    tally::called();
    let value = black_box(0);
    if value == 0 { Err(E::down()) } else { Ok(value) }
}

/// The state of [`flaky`]: how often it failed since it last succeeded.
///
/// Loads and stores that are relaxed are those of a `Cell`, and it may stand in a `static`, which some libraries ask
/// of what a call borrows.
#[derive(Debug, Default)]
pub struct Flaky(AtomicU32);

impl Flaky {
    /// Has not failed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }
}

/// Fails twice, then succeeds, over and over.
///
/// # Errors
///
/// Two times out of three.
#[inline]
pub fn flaky<E: Failure>(state: &Flaky) -> Result<u64, E> {
    tally::called();
    let failures = state.0.load(Ordering::Relaxed);
    if failures < 2 {
        state.0.store(failures + 1, Ordering::Relaxed);
        Err(E::down())
    } else {
        state.0.store(0, Ordering::Relaxed);
        Ok(u64::from(failures))
    }
}
