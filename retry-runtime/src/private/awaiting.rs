//! What generated code awaits of the user's expressions.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// A future of the user's. Its type has no bound, because an unmet bound would be a second
    /// error.
    pub struct Awaiting<F, R> {
        #[pin]
        future: F,
        poll: fn(Pin<&mut F>, &mut Context<'_>) -> Poll<R>,
    }
}

impl<F: Future<Output = R>, R> Awaiting<F, R> {
    /// This future, with a type that is a future without a bound.
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

/// Returns an async closure of `before_retry`. It learns the type of its parameter from this
/// signature.
pub fn async_hook<E, R, F: AsyncFnOnce(&E) -> R>(_: &E, hook: F) -> F {
    hook
}

/// [`async_hook`] for a closure that returns a future, which may borrow the error.
pub fn hook_of_future<'e, E, R, F: FnOnce(&'e E) -> R>(_: &'e E, hook: F) -> F {
    hook
}

/// What `before_retry` gives.
#[diagnostic::on_unimplemented(
    message = "`before_retry` is awaited, so the hook gives a future of `()`, but this one gives `{Self}`",
    label = "not a future of `()`",
    note = "write `async |error| …`, or the path of an `async fn` that takes the error by reference",
    note = "to ignore what it gives, write `async |error| _ = refresh(error).await`",
    note = "a hook that is only called is `on_retry`"
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
    message = "`stop_on` takes a future, but this is `{Self}`",
    label = "not a future",
    note = "write the expression that makes the future, such as `stop_on = shutdown.cancelled()`: it is evaluated anew for each wait"
)]
pub trait StopOn: Sized {
    /// Returns the future, without what it gives.
    fn awaiting(self) -> Awaiting<Self, ()>;
}

#[diagnostic::do_not_recommend]
impl<F: Future> StopOn for F {
    fn awaiting(self) -> Awaiting<Self, ()> {
        Awaiting { future: self, poll: |future, context| future.poll(context).map(drop) }
    }
}
