//! Retry budgets, which bound retries to a share of the calls.

mod builder;
mod keyed;
mod listed;
#[cfg(all(test, retry_utils_shuttle))]
mod models;
mod settings;
mod tokens;

use std::mem::ManuallyDrop;
use std::sync::atomic::AtomicU32;
use std::{fmt, ptr};

pub use keyed::RetryBudgets;
pub use listed::BudgetSnapshot;
pub(crate) use listed::LISTED;
pub use settings::BudgetOverride;
pub(crate) use settings::Settings;

use crate::clock;
#[cfg(feature = "metrics")]
use crate::observe::metrics;
use crate::sync::{AtomicBool, AtomicU64, Ordering};
use tokens::{Floor, TOKEN, Tokens, in_tokens};

/// Bounds retries to a share of calls, so that retries do not prolong an outage.
///
/// Each call deposits `ratio` of a token before its first attempt. Each retry withdraws a whole
/// token. A budget starts with `initial` tokens and never holds more than `burst`. If there is no
/// token, the call ends with the error of its last attempt and the [reason](crate::observe::Reason)
/// `BudgetExhausted`. In the long run, a call therefore makes at most about 1 + `ratio` attempts on
/// average, whatever the policies allow.
///
/// Put the budget in a `static` and name it wherever calls go to the same dependency: in
/// `#[async_retry(STANDARD, budget = LLM)]`, in a [policy](crate::RetryConfig::budget) or in a run.
/// Do not create a budget for each client: it would not bound the retries of many small clients.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{RetryBudget, RetryConfig, STANDARD};
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
/// | `ratio` | 0.1: one retry per ten calls | 0 to 10, in steps of 0.001 |
/// | `burst` | 100 tokens | 1 to 100,000 |
/// | `initial` | as many as `burst` | 0 to `burst` |
/// | `min_per_second` | 0 tokens | 0 to 100,000, at most 1,000 times `burst` |
/// | `name` | none | not empty |
///
/// The default `ratio` is that of the SRE book ("Handling Overload") and of the examples in gRPC's
/// proposal A6. The default `burst` is that of the AWS SDKs.
///
/// # Semantics
///
/// Tokens do not expire. They are counted exactly, in thousandths. Each deposit and each withdrawal
/// is one atomic change, so no token is spent twice.
///
/// The budget is checked last, after the kind of failure, the attempts, hints and the deadline. So
/// no token is spent on a retry that cannot happen. If the call is dropped during the wait before a
/// retry, the token stays spent. With [`Mode::Observe`](crate::Mode::Observe) or
/// [`Mode::Off`](crate::Mode::Off) there are no retries: calls deposit but do not withdraw.
///
/// `min_per_second` is for programs that make so few calls that a share of them is close to zero.
/// The budget gains these tokens in addition to the deposits, from the first withdrawal on, even if
/// that one fails. The gain is added every millisecond and capped at `burst`, so the limit is 1,000
/// times `burst`.
///
/// # Cost
///
/// A deposit takes no lock, allocates nothing and does not read the clock. A withdrawal reads the
/// clock if `min_per_second` is set. The first withdrawal from a budget with a [`name`](Self::name)
/// may take a lock, to list the budget. With the feature `metrics`, each withdrawal from such a
/// budget writes a gauge, which may lock, allocate and read the clock.
pub struct RetryBudget {
    name: Option<&'static str>,
    built: Settings,
    // The current values of the settings that can change.
    //
    // All loads and stores are relaxed. Any mix of old and new values is valid, because the balance
    // is capped whenever it is read. The lock of the list keeps two changes apart. These atomics
    // are std's under the model checker too, which explores only the steps of the balance.
    ratio: AtomicU32,
    burst: AtomicU32,
    min_per_second: AtomicU32,
    /// `true` until the budget is listed.
    unlisted: AtomicBool,
    /// Relaxed throughout: the packed state guards no other data.
    state: AtomicU64,
}

impl RetryBudget {
    /// Creates a budget with the defaults in the table above.
    #[must_use]
    pub const fn new() -> Self {
        Self::with(Settings::DEFAULT)
    }

    const fn with(built: Settings) -> Self {
        Self {
            name: None,
            ratio: AtomicU32::new(built.ratio),
            burst: AtomicU32::new(built.burst),
            min_per_second: AtomicU32::new(built.min_per_second),
            unlisted: AtomicBool::new(true),
            state: AtomicU64::new(built.first().bits()),
            built,
        }
    }

    /// Sets the name under which [`registry::budgets`](crate::registry::budgets) lists the budget.
    /// Default: none.
    ///
    /// A budget in a `static` is listed at the first failure that needs a token from it. This
    /// requires that `#[async_retry]` names it by a path, or that a policy or
    /// [`Retries`](crate::Retries) uses it. Otherwise, or to list it earlier, call
    /// [`registry::add_budget`](crate::registry::add_budget).
    ///
    /// # Panics
    ///
    /// If the name is empty; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn name(mut self, name: &'static str) -> Self {
        assert!(
            !name.is_empty(),
            "`name` must not be empty: leave it out for a budget without one"
        );
        self.name = Some(name);
        self
    }

    pub(crate) const fn built(&self) -> Settings {
        self.built
    }

    /// Replaces the settings, and the initial balance.
    const fn with_settings(self, settings: Settings) -> Self {
        let mut new = Self::with(settings);
        new.name = self.name;
        // Not dropped: the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = ManuallyDrop::new(self);
        new
    }

    /// Deposits `ratio` of a token for one call. Retried functions do this themselves, once per
    /// call.
    #[inline]
    pub fn deposit(&self) {
        // A full budget is not written, so its cache line stays shared.
        self.update(|held| (held.with(self.ratio.load(Ordering::Relaxed), self.limit()), ()));
    }

    /// Withdraws a token. Returns whether there was one. Retried functions do this themselves.
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

    /// [`try_withdraw`](Self::try_withdraw) at a time that is only read if it is needed.
    pub(crate) fn withdraw(&self, now: impl FnOnce() -> u64) -> bool {
        let floor = self.floor(now);
        self.update(|held| {
            let paid = self.paid(held, floor);
            match paid.less_one() {
                Some(less) => (less, true),
                // The first withdrawal starts the time of `min_per_second`. Later ones keep it.
                None => (if held.is_paid() { held } else { paid }, false),
            }
        })
    }

    /// Resets the balance to its initial value, for example between tests, or for an operator who
    /// allows retries again.
    pub fn reset(&self) {
        self.state.store(self.settings().first().bits(), Ordering::Relaxed);
    }

    /// Returns the number of tokens in the budget.
    #[must_use]
    pub fn balance(&self) -> f64 {
        in_tokens(self.paid(self.held(), self.floor(clock::millis)).thousandths)
    }

    /// Returns the current settings.
    fn settings(&self) -> Settings {
        Settings {
            ratio: self.ratio.load(Ordering::Relaxed),
            burst: self.burst.load(Ordering::Relaxed),
            min_per_second: self.min_per_second.load(Ordering::Relaxed),
            ..self.built
        }
    }

    /// Returns the maximum balance, in thousandths.
    #[inline]
    fn limit(&self) -> u32 {
        self.burst.load(Ordering::Relaxed) * TOKEN
    }

    /// Returns the balance, without any gain from `min_per_second` that is not paid yet.
    fn held(&self) -> Tokens {
        Tokens::from_bits(self.state.load(Ordering::Relaxed))
    }

    /// Returns the gain without calls, if there is one.
    fn floor(&self, now: impl FnOnce() -> u64) -> Option<Floor> {
        let per_second = self.min_per_second.load(Ordering::Relaxed);
        (per_second > 0).then(|| Floor { per_second, now: now() })
    }

    /// Returns the tokens with the gain from `min_per_second`. They are capped, because a deposit
    /// that began before `burst` was lowered may have ended after it.
    fn paid(&self, tokens: Tokens, floor: Option<Floor>) -> Tokens {
        let limit = self.limit();
        floor.map_or(tokens, |floor| tokens.paid(floor, limit)).capped(limit)
    }

    /// Applies an override to the settings that the budget was built with. If they do not fit
    /// together, nothing changes: the override was configured before the budget was listed.
    fn change(&self, to: &BudgetOverride) {
        let Ok(to) = self.built.changed(to) else { return };
        // The gain from `min_per_second` up to now is paid at the old rate.
        let floor = Floor { per_second: self.settings().min_per_second, now: clock::millis() };
        self.update(|held| (if held.is_paid() { self.paid(held, Some(floor)) } else { held }, ()));
        self.ratio.store(to.ratio, Ordering::Relaxed);
        self.burst.store(to.burst, Ordering::Relaxed);
        self.min_per_second.store(to.min_per_second, Ordering::Relaxed);
        self.update(|held| (held.capped(self.limit()), ()));
    }

    /// Replaces the balance with what `step` returns. Returns the result of the last step.
    #[inline]
    fn update<R>(&self, step: impl Fn(Tokens) -> (Tokens, R)) -> R {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let held = Tokens::from_bits(state);
            let (next, result) = step(held);
            if next == held {
                return result;
            }
            let (from, to) = (state, next.bits());
            match self.state.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return result,
                Err(other) => state = other,
            }
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new()
    }
}

/// Two budgets are equal if they are the same one, because sharing is what matters.
impl PartialEq for RetryBudget {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

#[allow(clippy::missing_fields_in_debug)] // The packed state is shown as what it holds.
impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("RetryBudget");
        if let Some(name) = self.name {
            fields.field("name", &name);
        }
        let shown = self.snapshot();
        fields
            .field("balance", &shown.balance)
            .field("ratio", &shown.ratio)
            .field("burst", &shown.burst)
            .field("min_per_second", &shown.min_per_second)
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
