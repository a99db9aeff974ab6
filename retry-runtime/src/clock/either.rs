//! tokio's timer inside its runtime, and smol's everywhere else.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::time::{self, Instant};

use super::smol;

pin_project! {
    /// A timer whose kind is chosen on creation.
    #[project = Project]
    pub(crate) enum Sleep {
        Tokio { #[pin] sleep: time::Sleep },
        Smol { #[pin] sleep: smol::Sleep },
    }
}

pub(crate) fn sleep_until(at: Instant) -> Sleep {
    if Handle::try_current().is_ok() {
        Sleep::Tokio { sleep: time::sleep_until(at) }
    } else {
        Sleep::Smol { sleep: smol::sleep_until(at.into_std()) }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.project() {
            Project::Tokio { sleep } => sleep.poll(context),
            Project::Smol { sleep } => sleep.poll(context),
        }
    }
}
