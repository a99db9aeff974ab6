//! Events that somebody outside could cause without end.

use std::sync::{Mutex, PoisonError};

use super::reason::NotListed;
use crate::name::{self, Named};
use crate::sync::{AtomicU64, Ordering};

/// The time between two reports, in nanoseconds.
const INTERVAL: u64 = 1_000_000_000;

/// Lets at most one report a second pass.
pub(crate) struct Reports {
    /// When the last one passed, 0 if none has.
    passed_at: AtomicU64,
    /// How many have not passed since.
    left_out: AtomicU64,
}

impl Reports {
    pub(crate) const fn new() -> Self {
        Self { passed_at: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Returns how many reports did not pass since the last one, if this one passes.
    ///
    /// Relaxed: the two numbers guard nothing. Of several threads in one second, the
    /// compare-exchange lets one pass. One that is counted too late for its report is in the next.
    pub(crate) fn pass(&self, now: u64) -> Option<u64> {
        let last = self.passed_at.load(Ordering::Relaxed);
        // A thread may have read the clock a little earlier than the last one, and a test clock may
        // go back by far.
        let is_due = last == 0 || now.abs_diff(last) >= INTERVAL;
        let passes = || {
            self.passed_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        if is_due && passes() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// Names of which each is reported once.
///
/// Names may come from data and be long, so only the first characters of each are kept. Names that
/// have these in common count as one.
pub(crate) struct Reported(Mutex<Named<()>>);

impl Reported {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Named::new()))
    }

    /// Returns the name to report, unless that was done before. It is `other` once [`name::MOST`]
    /// names have been reported.
    pub(crate) fn first<'n>(&self, name: &'n str) -> Option<&'n str> {
        let kept = |name: &'n str| name::start(name, name::SHOWN);
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_further = reported.is_full() && reported.get(kept(name)).is_none();
        let name = if is_further { "other" } else { name };
        if reported.get(kept(name)).is_some() {
            return None;
        }
        reported.insert(kept(name).to_owned(), ());
        Some(name)
    }
}

/// The names that a full list has refused. It refuses a name each time that it is asked for, and
/// reports it once.
pub(crate) struct Refused(Reported);

impl Refused {
    pub(crate) const fn new() -> Self {
        Self(Reported::new())
    }

    /// Returns the name to report for this reason, unless that was done before.
    pub(crate) fn reported<'n>(&self, name: &'n str, reason: NotListed) -> Option<&'n str> {
        if reason == NotListed::Full { self.0.first(name) } else { Some(name) }
    }
}
