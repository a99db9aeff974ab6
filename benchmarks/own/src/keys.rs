//! Keys that calls take in turn.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of keys, such as `tenant-17`.
pub(crate) struct Keys<const COUNT: usize> {
    names: LazyLock<Vec<String>>,
    next: AtomicUsize,
}

impl<const COUNT: usize> Keys<COUNT> {
    pub(crate) const fn new() -> Self {
        let names = || (0..COUNT).map(|at| format!("tenant-{at}")).collect();
        Self { names: LazyLock::new(names), next: AtomicUsize::new(0) }
    }

    /// Returns all keys.
    pub(crate) fn all(&self) -> &[String] {
        &self.names
    }

    /// Returns the key of the next call.
    #[inline]
    pub(crate) fn next(&self) -> &str {
        // Only one thread takes keys. A relaxed load and a store cost as much as those of a `Cell`.
        let at = self.next.load(Ordering::Relaxed);
        self.next.store(if at + 1 == COUNT { 0 } else { at + 1 }, Ordering::Relaxed);
        &self.names[at]
    }
}
