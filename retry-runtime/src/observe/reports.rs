//! Limits for events that outside input can cause without end.

use std::sync::{Mutex, PoisonError};

use super::reason::NotListed;
use crate::name::{self, Named};
use crate::sync::{AtomicU64, Ordering};

/// The time between two reports, in nanoseconds.
const INTERVAL: u64 = 1_000_000_000;

/// A limit of one report per second.
pub(crate) struct Reports {
    /// The time of the last report that passed; 0 if none has.
    passed_at: AtomicU64,
    /// The number of reports left out since then.
    left_out: AtomicU64,
}

impl Reports {
    pub(crate) const fn new() -> Self {
        Self { passed_at: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Returns the number of reports left out since the last one, or `None` if this report must be
    /// left out, too.
    ///
    /// Relaxed: the two numbers guard no other data. If several threads report within one second,
    /// the compare-exchange lets one pass. A report that is counted too late for the current number
    /// is part of the next one.
    pub(crate) fn pass(&self, now: u64) -> Option<u64> {
        let last = self.passed_at.load(Ordering::Relaxed);
        // `last` may be slightly later than `now` if another thread read the clock in between. A
        // test clock may jump back by a lot.
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

/// A set of names that are reported once each.
///
/// Names may come from data and be long, so only their first characters are kept. Names with the
/// same first characters count as one.
pub(crate) struct Reported(Mutex<Named<()>>);

impl Reported {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Named::new()))
    }

    /// Returns the name to report, or `None` if it has been reported. Returns `other`, once, when
    /// [`name::MOST`] names have been reported.
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

/// The names that a full list has refused. A name may be refused many times, but is reported once.
pub(crate) struct Refused(Reported);

impl Refused {
    pub(crate) const fn new() -> Self {
        Self(Reported::new())
    }

    /// Returns the name to report for this reason, or `None` if it has been reported.
    pub(crate) fn reported<'n>(&self, name: &'n str, reason: NotListed) -> Option<&'n str> {
        if reason == NotListed::Full { self.0.first(name) } else { Some(name) }
    }
}
