//! Keys that calls have in turn.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many keys, such as `tenant-17`.
pub(crate) struct Keys<const COUNT: usize> {
    names: LazyLock<Vec<String>>,
    next: AtomicUsize,
}

impl<const COUNT: usize> Keys<COUNT> {
    pub(crate) const fn new() -> Self {
        let names = || (0..COUNT).map(|at| format!("tenant-{at}")).collect();
        Self { names: LazyLock::new(names), next: AtomicUsize::new(0) }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[String] {
        &self.names
    }

    /// Returns the key of the next call. A relaxed load and a store cost what a `Cell` costs.
    #[inline]
    pub(crate) fn next(&self) -> &str {
        let at = self.next.load(Ordering::Relaxed);
        self.next.store(if at + 1 == COUNT { 0 } else { at + 1 }, Ordering::Relaxed);
        &self.names[at]
    }
}
