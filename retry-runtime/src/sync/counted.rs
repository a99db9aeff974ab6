//! An atomic that counts the operations of this thread on it, so that tests can check costs.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64 as Plain, Ordering};

/// The operations of a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) loads: u32,
    pub(crate) stores: u32,
    /// Read-modify-writes, including failed ones.
    pub(crate) updates: u32,
}

thread_local! {
    static STEPS: Cell<Steps> = const { Cell::new(Steps { loads: 0, stores: 0, updates: 0 }) };
}

/// Returns the operations of `act` on this thread.
pub(crate) fn steps(act: impl FnOnce()) -> Steps {
    STEPS.take();
    act();
    STEPS.take()
}

fn step(count: impl FnOnce(&mut Steps)) {
    let mut steps = STEPS.get();
    count(&mut steps);
    STEPS.set(steps);
}

pub(crate) struct AtomicU64(Plain);

impl AtomicU64 {
    pub(crate) const fn new(value: u64) -> Self {
        Self(Plain::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> u64 {
        step(|steps| steps.loads += 1);
        self.0.load(order)
    }

    pub(crate) fn store(&self, value: u64, order: Ordering) {
        step(|steps| steps.stores += 1);
        self.0.store(value, order);
    }

    pub(crate) fn compare_exchange(
        &self,
        from: u64,
        to: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        step(|steps| steps.updates += 1);
        self.0.compare_exchange(from, to, success, failure)
    }

    pub(crate) fn swap(&self, value: u64, order: Ordering) -> u64 {
        step(|steps| steps.updates += 1);
        self.0.swap(value, order)
    }

    pub(crate) fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        step(|steps| steps.updates += 1);
        self.0.fetch_add(value, order)
    }

    pub(crate) fn fetch_max(&self, value: u64, order: Ordering) -> u64 {
        step(|steps| steps.updates += 1);
        self.0.fetch_max(value, order)
    }

    pub(crate) fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        step(|steps| steps.updates += 1);
        self.0.fetch_and(value, order)
    }
}
