//! Policies and breakers from environment variables.

use std::borrow::Cow;
use std::env;
use std::ffi::OsString;

use crate::breaker::{CircuitBreaker, CircuitBreakers, Settings};
use crate::config::{ConfigError, RetryConfig};
use crate::name::Name;
use crate::observe;
use crate::settings::variables::{CIRCUIT_BREAKER, Family, RETRY};
use crate::settings::{Source, breaker, retry};

/// The variables of a process: all names, and a lookup of one value.
pub(crate) struct Variables<'a> {
    pub(crate) names: Vec<OsString>,
    pub(crate) lookup: Box<dyn Fn(String) -> Option<OsString> + 'a>,
}

impl Variables<'_> {
    fn of_this_process() -> Self {
        let names = env::vars_os().map(|(name, _)| name).collect();
        Self { names, lookup: Box::new(env::var_os) }
    }
}

impl<'a> Variables<'a> {
    /// Checks all names that look like ours, then returns the settings.
    pub(crate) fn without_prefix(self, family: &Family) -> Result<Source<'a>, ConfigError> {
        self.under("", family)
    }

    /// Like `without_prefix`, with a prefix. The prefix must be one that a variable can have.
    pub(crate) fn prefixed(
        self,
        prefix: &'a str,
        family: &Family,
    ) -> Result<Source<'a>, ConfigError> {
        let rule = if prefix.trim().is_empty() {
            "must not be empty: for variables without a prefix, call `from_env` or `with_env`"
        } else if prefix.contains(['=', '\0']) {
            "must not contain `=` or a zero byte, which no variable name can contain"
        } else {
            return self.under(prefix, family);
        };
        Err(ConfigError::new("prefix", prefix, rule))
    }

    fn under(self, prefix: &'a str, family: &Family) -> Result<Source<'a>, ConfigError> {
        family.check(prefix, self.names, observe::unknown_variable)?;
        Ok(Source::new(Some(prefix), self.lookup))
    }
}

/// Declares the four functions of a type, given its variables, its value without them, and the
/// function that applies them.
macro_rules! from_env {
    ($type:ident, of $family:ident, such as $example:literal {
        $(#[$from_env:meta])* from_env($($name:ident: $of:ty)?) = $new:expr;
        $(#[$with_env:meta])* with_env = $changed:expr;
    }) => {
        impl $type {
            $(#[$from_env])*
            pub fn from_env($($name: $of)?) -> Result<Self, ConfigError> {
                $new?.with_env()
            }

            #[doc = concat!(
                "Like [`from_env`](Self::from_env), with a prefix: `LLM` reads only `LLM_",
                $example, "` and so on.",
            )]
            ///
            /// # Errors
            ///
            /// Those of [`from_env`](Self::from_env), and an invalid prefix. Only your program uses
            /// the prefix, so any unknown variable under it is an error.
            pub fn from_env_prefixed($($name: $of,)? prefix: &str) -> Result<Self, ConfigError> {
                $new?.with_env_prefixed(prefix)
            }

            $(#[$with_env])*
            pub fn with_env(self) -> Result<Self, ConfigError> {
                self.changed_by(&Variables::of_this_process().without_prefix(&$family)?)
            }

            /// Applies the variables of [`from_env_prefixed`](Self::from_env_prefixed) that are
            /// set.
            ///
            /// # Errors
            ///
            /// Those of [`from_env_prefixed`](Self::from_env_prefixed), and a variable that does
            /// not fit the other settings.
            pub fn with_env_prefixed(self, prefix: &str) -> Result<Self, ConfigError> {
                self.changed_by(&Variables::of_this_process().prefixed(prefix, &$family)?)
            }

            pub(crate) fn changed_by(self, source: &Source<'_>) -> Result<Self, ConfigError> {
                let changed: fn(Self, &Source<'_>) -> Result<Self, ConfigError> = $changed;
                changed(self, source)
            }
        }
    };
}

from_env! { RetryConfig, of RETRY, such as "RETRY_MAX_ATTEMPTS" {
    /// Returns the standard policy, changed by environment variables.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `RETRY_MAX_ATTEMPTS` | calls in all, not retries | 3 |
    /// | `RETRY_BASE_DELAY` | the delay after the first failed attempt | 1 s |
    /// | `RETRY_MAX_DELAY` | the longest computed delay | 10 s |
    /// | `RETRY_MODE` | `enforce`, `observe` or `off`, in any case | `enforce` |
    ///
    /// Delays are seconds (`2`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`). A default
    /// applies only where a variable is unset.
    ///
    /// # Errors
    ///
    /// The first variable that is invalid or empty, with its name and value, the rule, and an
    /// example. Also a variable that begins with `RETRY_` and misspells a known name, such as
    /// `RETRY_MAX_ATTEMTPS`, or uses another term for one, such as `RETRY_ATTEMPTS`. The error does
    /// not show the value of such a variable.
    from_env() = Ok::<_, ConfigError>(Self::new());

    /// Applies the variables of [`from_env`](Self::from_env) that are set, for example to a policy
    /// from a file.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env), and a variable that does not fit the other settings
    /// of the policy.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::AGGRESSIVE;
    ///
    /// let policy = AGGRESSIVE.with_env()?;
    /// assert_eq!(policy.max_attempts, 5); // unless RETRY_MAX_ATTEMPTS is set
    /// # Ok::<(), retry_utils::ConfigError>(())
    /// ```
    with_env = retry::policy;
}}

from_env! { CircuitBreaker, of CIRCUIT_BREAKER, such as "CIRCUIT_BREAKER_THRESHOLD" {
    /// Creates a breaker with the default settings, changed by the variables `CIRCUIT_BREAKER_…`.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `…THRESHOLD` | failures in a row that open it | 5 |
    /// | `…FAILURE_RATE` | share of failed calls that opens it, above 0 and at most 1; replaces `…THRESHOLD` | failures in a row |
    /// | `…WINDOW_CALLS` | number of calls over which shares are computed, 1 to 1024 | none |
    /// | `…WINDOW_TIME` | time over which shares are computed, 10 ms to 24 hours | none |
    /// | `…MIN_CALLS` | calls that the window must hold before it opens | 10, or `…WINDOW_CALLS` if that is less |
    /// | `…SLOW_CALL` | a call that takes longer is slow | no call is slow |
    /// | `…SLOW_CALL_RATE` | share of slow calls that opens it, above 0 and at most 1 | see below |
    /// | `…TIMEOUT` | time that it stays open before it admits a probe | 60 s |
    /// | `…RECOVERY_FACTOR` | growth of the open phase with each failed recovery, at least 1 | it stays the same |
    /// | `…RECOVERY_MAX` | longest open phase, from `…TIMEOUT` to 365 days | none |
    /// | `…RESPECT_RETRY_AFTER` | longest `retry_after` of the opening error that the open phase respects | none is respected |
    /// | `…SUCCESS_THRESHOLD` | successful probes that close it | 2 |
    /// | `…HALF_OPEN_MAX_CALLS` | probes that may be in flight simultaneously, 1 to 16 | `…SUCCESS_THRESHOLD`, at most 16 |
    /// | `…PROBE_TIMEOUT` | time that a probe keeps its slot without an outcome | the larger of `…TIMEOUT` and 60 s |
    /// | `…ABANDONED_AFTER` | a call that is dropped after this time is a failure | none is |
    /// | `…MODE` | `enforce`, `observe` or `off`, in any case | `enforce` |
    ///
    /// Durations are seconds (`60`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`); shares and
    /// the factor are decimals (`0.5`, `2`). A default applies only where a variable is unset.
    ///
    /// `…FAILURE_RATE` needs exactly one of the two windows, and excludes `…THRESHOLD`. The windows
    /// and `…MIN_CALLS` need `…FAILURE_RATE`. `…RECOVERY_FACTOR` and `…RECOVERY_MAX` need each
    /// other. With `…FAILURE_RATE`, `…SLOW_CALL` needs `…SLOW_CALL_RATE`, because no default suits
    /// every service. Without it, each slow call is a failure, and `…SLOW_CALL_RATE` is not
    /// allowed.
    ///
    /// `…FAILURE_THRESHOLD` is another name of `…THRESHOLD`, and `…RECOVERY_TIMEOUT` of `…TIMEOUT`.
    /// If both names are set, they must have the same value.
    ///
    /// # Errors
    ///
    /// The first variable that is invalid, empty or without effect, with its name and value, the
    /// rule, and an example. Also a variable that begins with `CIRCUIT_BREAKER_` and misspells a
    /// known name, such as `CIRCUIT_BREAKER_TRESHOLD`, or uses another term for one. The error does
    /// not show the value of such a variable. An empty `name` is also an error.
    from_env(name: impl Into<Cow<'static, str>>) = {
        let name = Name::from(name.into());
        breaker::check_name(name.as_str()).map(|()| Self::with(name, Settings::DEFAULT))
    };

    /// Applies the variables of [`from_env`](Self::from_env) that are set.
    ///
    /// The opening rule is replaced as a unit: `…THRESHOLD` replaces a failure rate and its window,
    /// and `…FAILURE_RATE` replaces the threshold. The returned breaker is closed and has counted
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env), and a variable that does not fit the other settings.
    with_env = |breaker, source| {
        breaker::settings(breaker.built(), source).map(|settings| breaker.with_settings(settings))
    };
}}

from_env! { CircuitBreakers, of CIRCUIT_BREAKER, such as "CIRCUIT_BREAKER_THRESHOLD" {
    /// Creates a set of breakers with the settings that [`CircuitBreaker::from_env`] reads.
    /// `max_keys` has no variable, because the number of keys depends on the code.
    ///
    /// # Errors
    ///
    /// Those of [`CircuitBreaker::from_env`].
    from_env(name: &'static str) = breaker::check_name(name).map(|()| Self::new(name));

    /// Applies the variables that are set, like [`CircuitBreaker::with_env`].
    ///
    /// # Errors
    ///
    /// Those of [`CircuitBreaker::with_env`].
    with_env = |set, source| {
        breaker::settings(set.built(), source).map(|settings| set.with_settings(settings))
    };
}}

#[cfg(test)]
mod tests;
