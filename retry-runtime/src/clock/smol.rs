//! The timer of smol, which works under any executor: a thread of its own drives it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Timer;

/// A timer with the methods of tokio's.
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
