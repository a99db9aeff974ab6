//! The settings that may change while calls are made.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Settings, thousandths};
use crate::budget::BudgetOverride;
use crate::budget::tokens::{TOKEN, Tokens};

/// The settings that a budget was built with, and the current values of those that may change.
///
/// All loads and stores are relaxed: each number is within its limits whatever the others are, and
/// whoever reads the balance caps it. The list's lock keeps two changes apart. The atomics are
/// std's under the model checker too: the steps that it explores are those of the balance.
#[derive(Debug)]
pub(in crate::budget) struct CurrentSettings {
    built: Settings,
    ratio: AtomicU32,
    burst: AtomicU32,
    min_per_second: AtomicU32,
}

impl CurrentSettings {
    #[inline]
    pub(in crate::budget) const fn new(built: Settings) -> Self {
        Self {
            ratio: AtomicU32::new(built.ratio),
            burst: AtomicU32::new(built.burst),
            min_per_second: AtomicU32::new(built.min_per_second),
            built,
        }
    }

    #[inline]
    pub(in crate::budget) const fn built(&self) -> &Settings {
        &self.built
    }

    /// Replaces what may change by these values, which keep the rules.
    pub(in crate::budget) fn change(&self, to: &BudgetOverride) {
        let Settings { ratio, burst, min_per_second, .. } = self.built;
        let to_ratio = to.ratio.and_then(|ratio| thousandths(ratio).ok());
        self.ratio.store(to_ratio.unwrap_or(ratio), Ordering::Relaxed);
        self.burst.store(to.burst.unwrap_or(burst), Ordering::Relaxed);
        let to_min_per_second = to.min_per_second.unwrap_or(min_per_second);
        self.min_per_second.store(to_min_per_second, Ordering::Relaxed);
    }

    /// Returns what a call deposits, in thousandths.
    #[inline]
    pub(in crate::budget) fn ratio(&self) -> u32 {
        self.ratio.load(Ordering::Relaxed)
    }

    #[inline]
    pub(in crate::budget) fn burst(&self) -> u32 {
        self.burst.load(Ordering::Relaxed)
    }

    /// Returns the most that the budget holds, in thousandths.
    #[inline]
    pub(in crate::budget) fn limit(&self) -> u32 {
        self.burst() * TOKEN
    }

    #[inline]
    pub(in crate::budget) fn min_per_second(&self) -> u32 {
        self.min_per_second.load(Ordering::Relaxed)
    }

    /// Returns what the budget holds after a reset.
    #[inline]
    pub(in crate::budget) fn first(&self) -> Tokens {
        let burst = self.burst();
        Tokens::new(self.built.initial.unwrap_or(burst).min(burst) * TOKEN)
    }
}
