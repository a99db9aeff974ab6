//! The settings of a budget with their limits, and overrides while it is in use.

use super::tokens::{MOST, STEPS_PER_SECOND, TOKEN, Tokens};
use crate::setters::{Rule, overridable};

overridable! {
    /// Settings that replace those that a budget was built with, while it is in use.
    ///
    /// A setting that is `None` stays as the budget was built. The limits are those of the budget's
    /// setters, except that `burst` may be below `initial`. Tokens above a new `burst` are lost.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::RetryBudget;
    /// use retry_utils::registry::{self, BudgetOverride, Overrides};
    ///
    /// static LLM: RetryBudget = RetryBudget::new().name("llm");
    ///
    /// registry::configure(Overrides::new().budget("llm", BudgetOverride::new().burst(20)))?;
    /// registry::add_budget(&LLM)?;
    /// assert_eq!(LLM.balance(), 20.0);
    ///
    /// registry::configure(Overrides::new())?; // 100 again, as calls deposit them
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    BudgetOverride, else "as it was built" {
        /// The deposit of each call, in tokens. 0 to 10, in steps of 0.001.
        ratio: f64,
        /// The maximum number of tokens. 1 to 100,000.
        burst: u32,
        /// The number of tokens that the budget gains per second without any call. 0 to 100,000,
        /// and at most 1,000 times `burst`.
        min_per_second: u32,
    }
}

/// The settings that a budget is built with. The setters never break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// In thousandths of a token.
    pub(super) ratio: u32,
    pub(super) burst: u32,
    pub(super) initial: Option<u32>,
    pub(super) min_per_second: u32,
}

impl Settings {
    pub(crate) const DEFAULT: Self =
        Self { ratio: 100, burst: 100, initial: None, min_per_second: 0 };

    pub(crate) const fn with_ratio(mut self, ratio: f64) -> Result<Self, Rule> {
        let Some(ratio) = thousandths(ratio) else {
            return Err(
                "`ratio` must be from 0 to 10, in steps of 0.001: 0.1 lets one call of ten be retried",
            );
        };
        self.ratio = ratio;
        Ok(self)
    }

    pub(crate) const fn with_burst(mut self, burst: u32) -> Result<Self, Rule> {
        if burst == 0 || burst > MOST {
            return Err(
                "`burst` must be from 1 to 100,000 tokens: it limits how many retries can come at once",
            );
        }
        self.burst = burst;
        match self.checked_initial() {
            Ok(settings) => settings.checked_floor(),
            Err(rule) => Err(rule),
        }
    }

    pub(crate) const fn with_initial(mut self, initial: u32) -> Result<Self, Rule> {
        self.initial = Some(initial);
        self.checked_initial()
    }

    const fn checked_initial(self) -> Result<Self, Rule> {
        match self.initial {
            Some(initial) if initial > self.burst => {
                Err("`initial` must not be above `burst`: set `burst` first, whose default is 100")
            }
            _ => Ok(self),
        }
    }

    pub(crate) const fn with_min_per_second(mut self, tokens: u32) -> Result<Self, Rule> {
        if tokens > MOST {
            return Err(
                "`min_per_second` must be from 0 to 100,000 tokens: lower it, or set 0 for none",
            );
        }
        self.min_per_second = tokens;
        self.checked_floor()
    }

    /// Each step pays `min_per_second / STEPS_PER_SECOND`. Anything above `burst` would be lost.
    const fn checked_floor(self) -> Result<Self, Rule> {
        if self.min_per_second > self.burst * STEPS_PER_SECOND {
            return Err(
                "`min_per_second` must not be above 1,000 times `burst`: tokens are added every millisecond, and a budget holds at most `burst`; lower it, or raise `burst`",
            );
        }
        Ok(self)
    }

    /// Returns the initial balance.
    pub(super) const fn first(&self) -> Tokens {
        Tokens::new(match self.initial {
            Some(initial) if initial < self.burst => initial * TOKEN,
            _ => self.burst * TOKEN,
        })
    }

    /// Applies an override. On an error, returns the setting that breaks a rule, its value and the
    /// rule.
    pub(crate) fn changed(self, to: &BudgetOverride) -> Result<Self, (&'static str, String, Rule)> {
        // `burst` may be below the former `initial`. A floor that is replaced imposes no limit.
        let min_per_second = if to.min_per_second.is_some() { 0 } else { self.min_per_second };
        let mut settings = Self { initial: None, min_per_second, ..self };
        if let Some(ratio) = to.ratio {
            let broken = |rule| ("ratio", ratio.to_string(), rule);
            settings = settings.with_ratio(ratio).map_err(broken)?;
        }
        if let Some(burst) = to.burst {
            let broken = |rule| ("burst", burst.to_string(), rule);
            settings = settings.with_burst(burst).map_err(broken)?;
        }
        if let Some(tokens) = to.min_per_second {
            let broken = |rule| ("min_per_second", tokens.to_string(), rule);
            settings = settings.with_min_per_second(tokens).map_err(broken)?;
        }
        Ok(Self { initial: self.initial, ..settings })
    }
}

/// Converts a ratio into thousandths. `None` if it is outside the limits or between two
/// thousandths.
const fn thousandths(ratio: f64) -> Option<u32> {
    let exact = ratio * 1000.0;
    // A value that is returned is from 0 to 10,000.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let thousandths = (exact + 0.5) as u32;
    let off = exact - thousandths as f64;
    // A ratio that is rounded to zero would never add a token.
    let is_exact = off.abs() <= 1e-6 && (thousandths > 0 || ratio == 0.0);
    // False for NaN.
    if ratio >= 0.0 && ratio <= 10.0 && is_exact { Some(thousandths) } else { None }
}
