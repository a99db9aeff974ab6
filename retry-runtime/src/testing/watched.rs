//! A future with something that applies during its polls and its drop.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Something that applies to a thread from `enter` until its guard is dropped.
pub trait Entered {
    #[doc(hidden)]
    type Guard;

    #[doc(hidden)]
    fn enter(&self) -> Self::Guard;
}

pin_project! {
    /// A future during whose polls and drop something of this module applies, on any thread. From
    /// [`Testing::run`](super::Testing::run) and [`Recorder::watch`](super::Recorder::watch).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Watched<W, F>
    where
        W: Entered,
    {
        what: W,
        // `None` only while this is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<W: Entered, F> PinnedDrop for Watched<W, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _guard = this.what.enter();
            this.future.set(None);
        }
    }
}

impl<W: Entered, F> Watched<W, F> {
    pub(super) fn new(what: W, future: F) -> Self {
        Self { what, future: Some(future) }
    }
}

impl<W: Entered, F: Future> Future for Watched<W, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _guard = this.what.enter();
        this.future.as_pin_mut().map_or(Poll::Pending, |future| future.poll(context))
    }
}
