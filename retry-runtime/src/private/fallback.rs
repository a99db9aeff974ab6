//! Support for `fallback` in generated code.

use std::future::Future;

use super::awaiting::Awaiting;
use crate::failure::CircuitOpen;

/// The return value of a fallback: the outcome, or a future of it.
#[diagnostic::on_unimplemented(
    message = "the fallback returns `{Self}`, but the function returns `{R}`",
    label = "expected the return type of the function, or a future of it",
    note = "a fallback takes a `CircuitOpen` and returns what the function returns, or a future of that"
)]
pub trait FallBack<R, M>: Sized {
    /// The type of the future, or a placeholder without one.
    type Deferred;

    /// Returns the outcome, or the future of it.
    ///
    /// The two cases are not unified into one future. Such a future would hold the outcome across
    /// an `await`, and would be `Send` only if the outcome is.
    ///
    /// # Errors
    ///
    /// The future, if the fallback is asynchronous.
    fn split(self) -> Result<R, Awaiting<Self::Deferred, R>>;
}

/// Marks a fallback that returns the outcome itself.
pub struct Now;

/// Marks a fallback that returns a future.
pub struct Later;

#[diagnostic::do_not_recommend]
impl<R> FallBack<R, Now> for R {
    type Deferred = ();

    fn split(self) -> Result<R, Awaiting<(), R>> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, F: Future<Output = R>> FallBack<R, Later> for F {
    type Deferred = F;

    fn split(self) -> Result<R, Awaiting<F, R>> {
        Err(Awaiting::of(self))
    }
}

/// Calls a fallback. Its closure learns the type of its parameter from this signature.
#[cold]
pub fn call_fallback<F, O>(fallback: F, open: impl Into<CircuitOpen>) -> O
where
    F: FnOnce(CircuitOpen) -> O,
{
    fallback(open.into())
}
