//! The timer of a retry sequence.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::clock::{self, Sleep};

pin_project! {
    /// A wait that can be started anew, and its length.
    pub(crate) struct Timer {
        #[pin]
        sleep: Sleep,
        wait: Duration,
    }
}

impl Timer {
    pub(crate) fn start(wait: Duration) -> Self {
        Self { sleep: clock::sleep_until(clock::after(wait)), wait }
    }

    /// Starts another wait.
    pub(crate) fn restart(self: Pin<&mut Self>, wait: Duration) {
        let this = self.project();
        if !wait.is_zero() {
            this.sleep.reset(clock::after(wait));
        }
        *this.wait = wait;
    }

    /// Returns the length of the last wait.
    pub(crate) fn wait(&self) -> Duration {
        self.wait
    }

    pub(crate) fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // The timer was not started for a wait of nothing, and a smol timer that has fired before
        // would stay pending.
        if this.wait.is_zero() {
            return Poll::Ready(());
        }
        this.sleep.poll(context)
    }
}
