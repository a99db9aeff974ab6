//! Counts the calls and outcomes of a contestant, for [`check`](crate::check). Without the feature
//! `counted`, nothing is counted.

/// Calls and outcomes since the driver began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of runs of the protected call.
    pub calls: u64,
    /// The number of `Ok` outcomes that the driver saw.
    pub successes: u64,
    /// The number of `Err` outcomes that the driver saw.
    pub failures: u64,
}

#[cfg(feature = "counted")]
mod counting {
    use super::Tally;
    use std::cell::Cell;

    thread_local! {
        static TALLY: Cell<Tally> = const { Cell::new(Tally { calls: 0, successes: 0, failures: 0 }) };
    }

    fn change(change: impl FnOnce(&mut Tally)) {
        let mut tally = TALLY.get();
        change(&mut tally);
        TALLY.set(tally);
    }

    pub(crate) fn began() {
        TALLY.set(Tally::default());
    }

    pub(crate) fn called() {
        change(|tally| tally.calls += 1);
    }

    pub(crate) fn ended<T, E>(outcome: &Result<T, E>) {
        change(|tally| match outcome {
            Ok(_) => tally.successes += 1,
            Err(_) => tally.failures += 1,
        });
    }

    /// Returns the tally of this thread since a driver last began.
    #[must_use]
    pub fn taken() -> Tally {
        TALLY.get()
    }
}

#[cfg(feature = "counted")]
pub use counting::taken;
#[cfg(feature = "counted")]
pub(crate) use counting::{began, called, ended};

#[cfg(not(feature = "counted"))]
mod nothing {
    #[inline]
    pub(crate) fn began() {}
    #[inline]
    pub(crate) fn called() {}
    #[inline]
    pub(crate) fn ended<T, E>(_: &Result<T, E>) {}
}

#[cfg(not(feature = "counted"))]
pub(crate) use nothing::{began, called, ended};
