//! smol's timer, which works under any executor because it has its own thread.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Timer;

/// A timer with the interface of tokio's.
pub(crate) struct Sleep(Timer);

pub(crate) fn sleep_until(at: Instant) -> Sleep {
    Sleep(Timer::at(at))
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}
