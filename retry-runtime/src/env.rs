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

/// The variables of a process: the names of all, and the value of one.
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
    /// Returns the settings, once all names that look like them are known.
    pub(crate) fn without_prefix(self, family: &Family) -> Result<Source<'a>, ConfigError> {
        self.under("", family)
    }

    /// The same with a prefix, which some variable can have.
    pub(crate) fn prefixed(
        self,
        prefix: &'a str,
        family: &Family,
    ) -> Result<Source<'a>, ConfigError> {
        let rule = if prefix.trim().is_empty() {
            "must not be empty: for the variables without a prefix, call the function without one"
        } else if prefix.contains(['=', '\0']) {
            "must not have `=` or a zero byte in it: no variable can"
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

/// Declares the four functions of a type, given its variables, what it is without them, and how
/// they change it.
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
            /// As for [`from_env`](Self::from_env), and an empty prefix. Only your program uses the
            /// prefix, so any unknown variable under it is an error.
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
            /// As for [`from_env_prefixed`](Self::from_env_prefixed), also if a variable does not
            /// suit the rest.
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
    /// The first variable that is wrong or empty: name, value, rule and example. Also a variable
    /// that begins with `RETRY_` and is a misspelling of a known name, such as
    /// `RETRY_MAX_ATTEMTPS`, or another term for one, such as `RETRY_ATTEMPTS`. The value of such a
    /// variable is not shown.
    from_env() = Ok::<_, ConfigError>(Self::new());

    /// Applies the variables of [`from_env`](Self::from_env) that are set, for instance to a policy
    /// from a file.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env), also if a variable does not suit the rest of the
    /// policy.
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
    /// Creates a breaker with the default settings, changed by variables `CIRCUIT_BREAKER_…`.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `…THRESHOLD` | failures in a row that open it | 5 |
    /// | `…FAILURE_RATE` | instead of them, the share of failed calls that opens it, above 0 and at most 1 | failures in a row |
    /// | `…WINDOW_CALLS` | takes the shares over so many calls, 1 to 1024 | none |
    /// | `…WINDOW_TIME` | or over so long, 10 ms to 24 hours | none |
    /// | `…MIN_CALLS` | calls that the window must hold before it opens | 10, or `…WINDOW_CALLS` where that is less |
    /// | `…SLOW_CALL` | a call that takes longer than this is slow | no call is slow |
    /// | `…SLOW_CALL_RATE` | the share of slow calls that opens it, above 0 and at most 1 | see below |
    /// | `…TIMEOUT` | the time that it stays open before it admits a probe | 60 s |
    /// | `…RECOVERY_FACTOR` | the growth of the open phase with each failed recovery, at least 1 | it stays the same |
    /// | `…RECOVERY_MAX` | the longest open phase, from `…TIMEOUT` to 365 days | none |
    /// | `…RESPECT_RETRY_AFTER` | the longest `retry_after` of the opening error that the open phase respects | none is respected |
    /// | `…SUCCESS_THRESHOLD` | successful probes that close it | 2 |
    /// | `…HALF_OPEN_MAX_CALLS` | probes that may be in flight at once, 1 to 16 | `…SUCCESS_THRESHOLD`, at most 16 |
    /// | `…PROBE_TIMEOUT` | the time that a probe keeps its slot without an outcome | the larger of `…TIMEOUT` and 60 s |
    /// | `…ABANDONED_AFTER` | a call that is dropped after this long is a failure | none is |
    /// | `…MODE` | `enforce`, `observe` or `off`, in any case | `enforce` |
    ///
    /// Durations are seconds (`60`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`); shares and
    /// the factor are decimals (`0.5`, `2`). A default applies only where a variable is unset.
    ///
    /// `…FAILURE_RATE` needs exactly one of the two windows, and excludes `…THRESHOLD`. The windows
    /// and `…MIN_CALLS` need `…FAILURE_RATE`; `…RECOVERY_FACTOR` and `…RECOVERY_MAX` need each
    /// other. With `…FAILURE_RATE`, `…SLOW_CALL` needs `…SLOW_CALL_RATE`, since no share suits
    /// every service. Without it each slow call is a failure, and there is no share to set.
    ///
    /// `…THRESHOLD` may also be written `…FAILURE_THRESHOLD`, and `…TIMEOUT` `…RECOVERY_TIMEOUT`.
    /// If both are set, they must have the same value.
    ///
    /// # Errors
    ///
    /// The first variable that is wrong, empty, or without effect: name, value, rule and example.
    /// Also a variable that begins with `CIRCUIT_BREAKER_` and is a misspelling of a known name,
    /// such as `CIRCUIT_BREAKER_TRESHOLD`, or another term for one. The value of such a variable is
    /// not shown. An empty `name` is an error too.
    from_env(name: impl Into<Cow<'static, str>>) = {
        let name = Name::from(name.into());
        breaker::check_name(name.as_str()).map(|()| Self::with(name, Settings::DEFAULT))
    };

    /// Applies the variables of [`from_env`](Self::from_env) that are set.
    ///
    /// What opens a breaker is changed as a whole: `…THRESHOLD` replaces a failure rate and its
    /// window, and `…FAILURE_RATE` the threshold. The result is new: closed, with nothing counted.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env), also if a variable does not suit the rest.
    with_env = |breaker, source| {
        breaker::settings(breaker.built(), source).map(|settings| breaker.with_settings(settings))
    };
}}

from_env! { CircuitBreakers, of CIRCUIT_BREAKER, such as "CIRCUIT_BREAKER_THRESHOLD" {
    /// Creates a set of breakers with the settings that [`CircuitBreaker::from_env`] reads.
    /// `max_keys` has no variable: the number of keys depends on the code.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::from_env`].
    from_env(name: &'static str) = breaker::check_name(name).map(|()| Self::new(name));

    /// Applies the variables that are set, as [`CircuitBreaker::with_env`] does.
    ///
    /// # Errors
    ///
    /// As for [`CircuitBreaker::with_env`].
    with_env = |set, source| {
        breaker::settings(set.built(), source).map(|settings| set.with_settings(settings))
    };
}}

#[cfg(test)]
mod tests;
