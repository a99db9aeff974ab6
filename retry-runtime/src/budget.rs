//! Retry budgets: how many retries there may be for so many calls.
//!
//! | file | what |
//! |---|---|
//! | `tokens` | what a budget holds, in one word |
//! | `settings` | what a budget is built with, the limits, and what may change later |
//! | `builder` | the setters, one list for one budget and for many |
//! | `keyed` | many budgets, one per key |
//! | `reconfigure` | other settings while the budget is in use |
//! | `listed` | the budgets that have a name, and the settings for them |
//! | `snapshot` | a listed budget at one moment |

mod builder;
mod keyed;
mod listed;
#[cfg(all(test, retry_utils_shuttle))]
mod models;
mod reconfigure;
mod settings;
mod snapshot;
mod tokens;

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ptr;

pub use keyed::RetryBudgets;
pub(crate) use listed::{configure, list, listed, unused_overrides};
pub use reconfigure::BudgetOverride;
pub(crate) use settings::Settings;
pub use snapshot::BudgetSnapshot;

use crate::clock;
#[cfg(feature = "metrics")]
use crate::observe::metrics;
use crate::sync::{AtomicBool, AtomicU64, Ordering};
use settings::CurrentSettings;
use tokens::{Floor, Tokens, in_tokens};

/// Bounds retries to a share of calls, so that an outage is not kept alive by them.
///
/// Each series of attempts puts `ratio` of a token in, whether it succeeds or not, and each retry takes a whole one out.
/// There are never more than `burst` tokens, and at the start there are `initial`. Where there is no token left the series
/// ends with the error of its last attempt, and [`Event::GaveUp`] says [`BudgetExhausted`](crate::observe::Reason). So the
/// dependency never gets much more than 1 + `ratio` times the calls, whatever the policies say.
///
/// Put it in a `static` and name it wherever calls go to the same dependency: by `#[async_retry(STANDARD, budget = LLM)]`,
/// in a policy ([`RetryConfig::budget`]), or in a run. It is one budget for all of them; a budget per client does not bound
/// what many small clients do.
///
/// ```
/// use retry_runtime::{RetryBudget, RetryConfig, STANDARD};
///
/// static LLM: RetryBudget = RetryBudget::new().ratio(0.1).burst(20);
/// const POLICY: RetryConfig = STANDARD.budget(&LLM);
///
/// for _ in 0..20 {
///     assert!(LLM.try_withdraw());
/// }
/// assert!(!LLM.try_withdraw());
/// # let _ = POLICY;
/// ```
///
/// # Default
///
/// | setting | default | limits |
/// |---|---|---|
/// | `ratio` | 0.1: a retry for ten calls | 0 to 10, in steps of 0.001 |
/// | `burst` | 100 tokens | 1 to 100,000 |
/// | `initial` | as many as `burst` | 0 to `burst` |
/// | `min_per_second` | 0 tokens | 0 to 100,000 |
/// | `name` | none | not empty |
///
/// A tenth is what the SRE book ("Handling Overload") has as the budget of a client, and gRPC's proposal A6 in its
/// examples; a hundred retries are what the AWS SDKs hold.
///
/// # Semantics
///
/// Tokens don't expire. They are counted in thousandths, exactly, and each step is one atomic change of one word: no token
/// is spent twice, whatever the number of threads. The token is asked for last, after the kind of failure, the attempts,
/// hints and the deadline, so that none is spent on a retry that can't happen; but it is spent where the caller leaves during
/// the wait. [`Mode::Observe`](crate::Mode::Observe) and
/// [`Mode::Off`](crate::Mode::Off) take none, for they make no retries; their calls put in as all others do.
///
/// `min_per_second` is for callers of few calls, whose share would be next to nothing. It counts from the first retry that
/// asked for a token, and is worked out when one is asked for.
///
/// # Cost
///
/// Without a budget a call that succeeds costs nothing more. With one, a
/// series that begins costs a load while there are `burst` tokens, as there are when all is well, and a compare-exchange
/// else. No lock and no allocation; the clock is read for `min_per_second` alone, when a token is asked for.
///
/// A budget with a `name` takes a lock at its first withdrawal, which lists it. With the feature
/// `metrics` each of its withdrawals takes one, for the gauge.
///
/// [`Event::GaveUp`]: crate::observe::Event::GaveUp
/// [`RetryConfig::budget`]: crate::RetryConfig::budget
pub struct RetryBudget {
    name: Option<&'static str>,
    settings: CurrentSettings,
    /// Nobody has tried to list it.
    unlisted: AtomicBool,
    /// Relaxed throughout: the word is all there is to know, and nothing else is published by it.
    word: AtomicU64,
}

impl RetryBudget {
    /// A budget with the defaults in the table above.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self::with(Settings::DEFAULT)
    }

    #[inline]
    const fn with(settings: Settings) -> Self {
        Self {
            name: None,
            unlisted: AtomicBool::new(true),
            word: AtomicU64::new(settings.first().bits()),
            settings: CurrentSettings::new(settings),
        }
    }

    /// Gives the budget a name, by which [`registry::budgets`](crate::registry::budgets) shows it.
    /// Default: none.
    ///
    /// A budget in a `static` is listed there by the first failure that asks it for a token, if
    /// `#[async_retry]` names it by a path, a policy has it, or [`Retries`](crate::Retries) use it.
    /// [`registry::add_budget`](crate::registry::add_budget) lists it earlier.
    ///
    /// # Panics
    ///
    /// With an empty name; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn name(mut self, name: &'static str) -> Self {
        assert!(
            !name.is_empty(),
            "`name` must not be empty: leave it out for a budget without one"
        );
        self.name = Some(name);
        self
    }

    const fn built(&self) -> Settings {
        *self.settings.built()
    }

    /// Replaces the settings, and what the budget holds at first.
    #[inline]
    const fn with_settings(mut self, settings: Settings) -> Self {
        let word = AtomicU64::new(settings.first().bits());
        // Not dropped: the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = ManuallyDrop::new(mem::replace(&mut self.word, word));
        self.settings = CurrentSettings::new(settings);
        self
    }

    /// Puts in what a call is worth. A retried function does it by itself, once for each series.
    #[inline]
    pub fn deposit(&self) {
        // Full, as it is when all is well: no write, and so no line that goes from thread to thread.
        self.update(|held| (held.with(self.settings.ratio(), self.settings.limit()), ()));
    }

    /// Takes a token, if there is one: whether a retry may be made. A retried function does it by itself.
    #[must_use = "without a token no retry may be made"]
    pub fn try_withdraw(&self) -> bool {
        let withdrawn = self.withdraw(clock::millis);
        #[cfg(feature = "metrics")]
        self.show_balance();
        withdrawn
    }

    /// Writes the gauge, if the budget has a name.
    #[cfg(feature = "metrics")]
    fn show_balance(&self) {
        if let Some(name) = self.name {
            metrics::show_balance(name, self.balance());
        }
    }

    /// Returns whether the caller is the first, who has to list the budget.
    ///
    /// Relaxed: the flag guards nothing, and of those who clear it one alone has found it set.
    fn take_unlisted(&self) -> bool {
        self.unlisted.swap(false, Ordering::Relaxed)
    }

    /// [`try_withdraw`](Self::try_withdraw), at a time that is asked for where it matters.
    pub(crate) fn withdraw(&self, now: impl FnOnce() -> u64) -> bool {
        let floor = self.floor(now);
        self.update(|held| {
            let paid = self.paid(held, floor);
            match paid.less_one() {
                Some(less) => (less, true),
                // The floor begins to count with the first who asks; else it is paid to the next.
                None => (if held.is_paid() { held } else { paid }, false),
            }
        })
    }

    /// Makes it hold what it held at first: between tests that share one, or by an operator who lets retries through again.
    #[inline]
    pub fn reset(&self) {
        self.word.store(self.settings.first().bits(), Ordering::Relaxed);
    }

    /// How many tokens there are.
    #[must_use]
    pub fn balance(&self) -> f64 {
        let tokens = Tokens::from_bits(self.word.load(Ordering::Relaxed));
        in_tokens(self.paid(tokens, self.floor(clock::millis)).thousandths)
    }

    /// Whether a new one in its place would have no more than it.
    #[inline]
    fn is_replaceable(&self) -> bool {
        self.thousandths() >= self.settings.first().thousandths
    }

    /// How many tokens there are, without what the floor has brought meanwhile.
    #[inline]
    fn thousandths(&self) -> u32 {
        Tokens::from_bits(self.word.load(Ordering::Relaxed)).thousandths
    }

    /// What comes of itself, if anything does.
    #[inline]
    fn floor(&self, now: impl FnOnce() -> u64) -> Option<Floor> {
        let per_second = self.settings.min_per_second();
        (per_second > 0).then(|| Floor { per_second, now: now() })
    }

    /// Returns the tokens with what the floor has brought. They are capped, since a deposit that
    /// began before `burst` was lowered may have ended after it.
    #[inline]
    fn paid(&self, tokens: Tokens, floor: Option<Floor>) -> Tokens {
        let limit = self.settings.limit();
        floor.map_or(tokens, |floor| tokens.paid(floor, limit)).capped(limit)
    }

    /// Replaces the settings that may change by these, which keep the rules.
    fn change(&self, to: &BudgetOverride) {
        // What the floor has brought until now is paid at the old rate.
        let per_second = self.settings.min_per_second();
        let floor = Floor { per_second, now: clock::millis() };
        self.update(|held| (if held.is_paid() { self.paid(held, Some(floor)) } else { held }, ()));
        self.settings.change(to);
        self.update(|held| (held.capped(self.settings.limit()), ()));
    }

    /// Replaces what it holds by what `step` makes of it, and returns what else `step` says.
    #[inline]
    fn update<R>(&self, step: impl Fn(Tokens) -> (Tokens, R)) -> R {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let held = Tokens::from_bits(word);
            let (next, said) = step(held);
            if next == held {
                return said;
            }
            let (from, to) = (word, next.bits());
            match self.word.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return said,
                Err(other) => word = other,
            }
        }
    }
}

builder::setters!(RetryBudget);

impl Default for RetryBudget {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// Two are equal if they are one: what counts is which calls share it.
impl PartialEq for RetryBudget {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

#[allow(clippy::missing_fields_in_debug)] // The word is shown as what it says.
impl fmt::Debug for RetryBudget {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("RetryBudget");
        if let Some(name) = self.name {
            fields.field("name", &name);
        }
        fields
            .field("balance", &self.balance())
            .field("ratio", &in_tokens(self.settings.ratio()))
            .field("burst", &self.settings.burst())
            .field("min_per_second", &self.settings.min_per_second())
            .finish()
    }
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests {
    use super::*;
    use crate::sync::counted::{Steps, steps};

    #[test]
    fn a_full_budget_costs_a_load_and_each_change_one_update() {
        let budget = RetryBudget::new().ratio(0.5).burst(1);
        assert_eq!(steps(|| budget.deposit()), Steps { loads: 1, stores: 0, updates: 0 });
        let withdrawn = steps(|| assert!(budget.try_withdraw()));
        assert_eq!(withdrawn, Steps { loads: 1, stores: 0, updates: 1 });
        let refused = steps(|| assert!(!budget.try_withdraw()));
        assert_eq!(refused, Steps { loads: 1, stores: 0, updates: 0 });
        assert_eq!(steps(|| budget.deposit()), Steps { loads: 1, stores: 0, updates: 1 });
    }

    #[test]
    fn the_clock_is_read_for_a_floor_alone() {
        let no_clock = || panic!("the clock is read");
        assert!(RetryBudget::new().withdraw(no_clock));
        assert!(!RetryBudget::new().initial(0).withdraw(no_clock));
    }
}
