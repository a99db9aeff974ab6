//! Futures from the user's expressions that generated code awaits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// A future of the user. Its type has no bound, because an unmet bound would cause a second
    /// error.
    pub struct Awaiting<F, R> {
        #[pin]
        future: F,
        poll: fn(Pin<&mut F>, &mut Context<'_>) -> Poll<R>,
    }
}

impl<F: Future<Output = R>, R> Awaiting<F, R> {
    /// Wraps a future in a type that is a future without a bound.
    pub(super) fn of(future: F) -> Self {
        Self { future, poll: F::poll }
    }
}

impl<F, R> Future for Awaiting<F, R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        (this.poll)(this.future, context)
    }
}

/// Returns the async closure of `before_retry`. The closure gets its parameter type from this
/// signature.
pub fn async_hook<E, R, F: AsyncFnOnce(&E) -> R>(_: &E, hook: F) -> F {
    hook
}

/// Like [`async_hook`], for a closure that returns a future. The future may borrow the error.
pub fn hook_of_future<'e, E, R, F: FnOnce(&'e E) -> R>(_: &'e E, hook: F) -> F {
    hook
}

/// The return value of `before_retry`.
#[diagnostic::on_unimplemented(
    message = "`before_retry` must return a future of `()`, but this hook returns `{Self}`",
    label = "not a future of `()`",
    note = "write `async |error| …`, or the path of an `async fn` that takes the error by reference",
    note = "to ignore the output of the future, write `async |error| _ = refresh(error).await`",
    note = "for a synchronous hook, use `on_retry`"
)]
pub trait BeforeRetry: Sized {
    /// Returns the future.
    fn awaiting(self) -> Awaiting<Self, ()>;
}

#[diagnostic::do_not_recommend]
impl<F: Future<Output = ()>> BeforeRetry for F {
    fn awaiting(self) -> Awaiting<Self, ()> {
        Awaiting::of(self)
    }
}

/// The value of `stop_on`.
#[diagnostic::on_unimplemented(
    message = "`stop_on` takes a future, not `{Self}`",
    label = "not a future",
    note = "write an expression that creates the future, such as `stop_on = shutdown.cancelled()`; it is evaluated for each wait"
)]
pub trait StopOn: Sized {
    /// Returns the future, whose output is ignored.
    fn awaiting(self) -> Awaiting<Self, ()>;
}

#[diagnostic::do_not_recommend]
impl<F: Future> StopOn for F {
    fn awaiting(self) -> Awaiting<Self, ()> {
        Awaiting { future: self, poll: |future, context| future.poll(context).map(drop) }
    }
}
