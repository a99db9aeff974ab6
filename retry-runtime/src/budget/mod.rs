//! Retry budgets: how many retries there may be for so many calls.
//!
//! | file | what |
//! |---|---|
//! | `tokens` | what a budget holds, in one word |
//! | `keyed` | many budgets, one per key |

mod keyed;
#[cfg(all(test, retry_utils_shuttle))]
mod models;
mod tokens;

use std::fmt;
use std::ptr;

pub use keyed::RetryBudgets;

use crate::clock;
use crate::sync::{AtomicU64, Ordering};
use tokens::{Floor, MOST, TOKEN, Tokens};

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
/// [`Event::GaveUp`]: crate::observe::Event::GaveUp
/// [`RetryConfig::budget`]: crate::RetryConfig::budget
pub struct RetryBudget {
    settings: Settings,
    /// Relaxed throughout: the word is all there is to know, and nothing else is published by it.
    word: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Settings {
    /// In thousandths of a token.
    ratio: u32,
    burst: u32,
    initial: Option<u32>,
    min_per_second: u32,
}

impl Settings {
    const DEFAULT: Self = Self { ratio: 100, burst: 100, initial: None, min_per_second: 0 };

    #[track_caller]
    const fn with_ratio(self, ratio: f64) -> Self {
        // Written so that it is false for what is no number.
        assert!(ratio >= 0.0 && ratio <= 10.0, "{}", RATIO);
        let exact = ratio * 1000.0;
        // It is from 0 to 10,000.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let thousandths = (exact + 0.5) as u32;
        let off = exact - thousandths as f64;
        assert!(off < 1e-6 && off > -1e-6, "{}", RATIO);
        Self { ratio: thousandths, ..self }
    }

    #[track_caller]
    const fn with_burst(self, burst: u32) -> Self {
        assert!(0 < burst && burst <= MOST, "{}", BURST);
        if let Some(initial) = self.initial {
            assert!(initial <= burst, "{}", INITIAL);
        }
        Self { burst, ..self }
    }

    #[track_caller]
    const fn with_initial(self, initial: u32) -> Self {
        assert!(initial <= self.burst, "{}", INITIAL);
        Self { initial: Some(initial), ..self }
    }

    #[track_caller]
    const fn with_min_per_second(self, tokens: u32) -> Self {
        assert!(tokens <= MOST, "{}", MIN_PER_SECOND);
        Self { min_per_second: tokens, ..self }
    }

    /// The most that there may be, in thousandths.
    const fn limit(self) -> u32 {
        self.burst * TOKEN
    }

    const fn first(self) -> Tokens {
        Tokens::new(match self.initial {
            Some(initial) => initial * TOKEN,
            None => self.limit(),
        })
    }
}

const RATIO: &str =
    "`ratio` must be from 0 to 10, in steps of 0.001: 0.1 lets one call of ten be retried";
const BURST: &str = "`burst` must be from 1 to 100,000 tokens: as many retries may come at once";
const INITIAL: &str =
    "`initial` must not be above `burst`: set `burst` first, whose default is 100";
const MIN_PER_SECOND: &str = "`min_per_second` must be from 0 to 100,000 tokens";

impl RetryBudget {
    /// A budget with the defaults in the table above.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self::with(Settings::DEFAULT)
    }

    #[inline]
    const fn with(settings: Settings) -> Self {
        Self { settings, word: AtomicU64::new(settings.first().bits()) }
    }

    /// What a series puts in, in tokens: the share of calls that may be retried. Default 0.1.
    ///
    /// # Panics
    ///
    /// Outside 0 to 10, or between two thousandths; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn ratio(self, ratio: f64) -> Self {
        let settings = self.settings.with_ratio(ratio);
        self.replaced(settings)
    }

    /// How many tokens there may be at most, and so how many retries at once. Default 100.
    ///
    /// # Panics
    ///
    /// Outside 1 to 100,000, and below `initial`; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn burst(self, tokens: u32) -> Self {
        let settings = self.settings.with_burst(tokens);
        self.replaced(settings)
    }

    /// How many tokens there are before the first call. Default: as many as `burst`.
    ///
    /// # Panics
    ///
    /// Above `burst`; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn initial(self, tokens: u32) -> Self {
        let settings = self.settings.with_initial(tokens);
        self.replaced(settings)
    }

    /// How many tokens come each second by themselves. Default 0.
    ///
    /// # Panics
    ///
    /// Above 100,000; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn min_per_second(self, tokens: u32) -> Self {
        let settings = self.settings.with_min_per_second(tokens);
        self.replaced(settings)
    }

    #[inline]
    const fn replaced(self, settings: Settings) -> Self {
        // Not dropped, since the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = std::mem::ManuallyDrop::new(self);
        Self::with(settings)
    }

    /// Puts in what a call is worth. A retried function does it by itself, once for each series.
    #[inline]
    pub fn deposit(&self) {
        let limit = self.settings.limit();
        let mut word = self.word.load(Ordering::Relaxed);
        // Full, as it is when all is well: no write, and so no line that goes from thread to thread.
        while Tokens::from_bits(word).thousandths < limit {
            let tokens = Tokens::from_bits(word);
            let more = tokens.with(self.settings.ratio, limit);
            if more == tokens {
                return;
            }
            match self.exchange(word, more) {
                Ok(()) => return,
                Err(other) => word = other,
            }
        }
    }

    /// Takes a token, if there is one: whether a retry may be made. A retried function does it by itself.
    #[must_use = "without a token no retry may be made"]
    pub fn try_withdraw(&self) -> bool {
        self.withdraw(clock::millis)
    }

    /// [`try_withdraw`](Self::try_withdraw), at a time that is asked for where it matters.
    pub(crate) fn withdraw(&self, now: impl FnOnce() -> u64) -> bool {
        let floor = self.floor(now);
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let tokens = Tokens::from_bits(word);
            let paid = self.paid(tokens, floor);
            let withdrawn = paid.less_one();
            // Where there is none, the floor begins to count with the first who asks; else it is paid to the next.
            let next = withdrawn.unwrap_or(if tokens.is_paid() { tokens } else { paid });
            if next == tokens {
                return false;
            }
            match self.exchange(word, next) {
                Ok(()) => return withdrawn.is_some(),
                Err(other) => word = other,
            }
        }
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
        f64::from(self.paid(tokens, self.floor(clock::millis)).thousandths) / f64::from(TOKEN)
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
        let per_second = self.settings.min_per_second;
        (per_second > 0).then(|| Floor { per_second, now: now() })
    }

    #[inline]
    fn paid(&self, tokens: Tokens, floor: Option<Floor>) -> Tokens {
        floor.map_or(tokens, |floor| tokens.paid(floor, self.settings.limit()))
    }

    #[inline]
    fn exchange(&self, from: u64, to: Tokens) -> Result<(), u64> {
        self.word.compare_exchange(from, to.bits(), Ordering::Relaxed, Ordering::Relaxed).map(drop)
    }
}

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
        let Settings { ratio, burst, min_per_second, .. } = self.settings;
        f.debug_struct("RetryBudget")
            .field("balance", &self.balance())
            .field("ratio", &(f64::from(ratio) / f64::from(TOKEN)))
            .field("burst", &burst)
            .field("min_per_second", &min_per_second)
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
