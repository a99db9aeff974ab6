//! The samples and counts of windows, and the size of their memory.

/// The number of words of a window.
pub(super) const WORDS: usize = 56;

/// The number of bits of a generation that form the tag of a window's contents.
pub(in crate::breaker) const TAG_BITS: u32 = 12;

/// The bits of a generation that are its tag.
pub(super) const TAG: u64 = (1 << TAG_BITS) - 1;

/// A call, as windows record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::breaker) struct Sample {
    pub(in crate::breaker) failed: bool,
    pub(in crate::breaker) slow: bool,
}

impl Sample {
    pub(in crate::breaker) const fn is_bad(self) -> bool {
        self.failed || self.slow
    }
}

/// The number of calls, and the number of bad ones among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::breaker) struct Tally {
    pub(in crate::breaker) calls: u64,
    pub(in crate::breaker) failures: u64,
    pub(in crate::breaker) slow: u64,
}
