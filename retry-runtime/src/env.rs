//! Policies and breakers from environment variables.
//!
//! A default applies only where a variable is unset. One that is set and wrong, or empty, is an error: a service
//! must not come up with other limits than the ones somebody wrote down.

use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::str::FromStr;
use std::time::Duration;

use crate::breaker::{CircuitBreaker, Settings, Violation};
use crate::config::{ConfigError, Mode, RetryConfig};
use crate::name::Name;

impl RetryConfig {
    /// The standard policy, changed by `RETRY_MAX_ATTEMPTS`, `RETRY_BASE_DELAY`, `RETRY_MAX_DELAY` and
    /// `RETRY_MODE`.
    ///
    /// Delays are seconds (`2`, `0.5`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`); modes are `enforce`,
    /// `observe` or `off`, in any case.
    ///
    /// # Errors
    ///
    /// The first variable that is set and wrong, or empty: its name, its value, the rule, and an example.
    pub fn from_env() -> Result<Self, ConfigError> {
        retry_config(&Source::new("", env::var_os))
    }

    /// [`from_env`](Self::from_env) with other names: the prefix `LLM` reads `LLM_RETRY_MAX_ATTEMPTS` and so
    /// on, and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_env_prefixed(prefix: &str) -> Result<Self, ConfigError> {
        retry_config(&Source::new(prefix, env::var_os))
    }
}

impl CircuitBreaker {
    /// A breaker with the default settings, changed by `CIRCUIT_BREAKER_THRESHOLD` (failures),
    /// `CIRCUIT_BREAKER_TIMEOUT` (until recovery is tried), `CIRCUIT_BREAKER_SUCCESS_THRESHOLD` and
    /// `CIRCUIT_BREAKER_MODE`.
    ///
    /// The timeout is in seconds (`60`, `0.5`) or has a unit (`500ms`, `1.5s`, `2m`, `1h`); modes are
    /// `enforce`, `observe` or `off`, in any case.
    ///
    /// # Errors
    ///
    /// The first variable that is set and wrong, or empty: its name, its value, the rule, and an example.
    pub fn from_env(name: impl Into<Cow<'static, str>>) -> Result<Self, ConfigError> {
        circuit_breaker(name.into(), &Source::new("", env::var_os))
    }

    /// [`from_env`](Self::from_env) with other names: the prefix `LLM` reads `LLM_CIRCUIT_BREAKER_THRESHOLD`
    /// and so on, and nothing else.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_env_prefixed(
        name: impl Into<Cow<'static, str>>,
        prefix: &str,
    ) -> Result<Self, ConfigError> {
        circuit_breaker(name.into(), &Source::new(prefix, env::var_os))
    }
}

const ATTEMPTS: &str = "must be a whole number of at least 1 that counts every call, such as `3`";
const COUNT: &str = "must be a whole number from 1 to 65535, such as `5`";
const DELAY: &str = "must be a duration: seconds, such as `2` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
const RECOVERY: &str = "must be a duration from 1 ms to 365 days: seconds, such as `60` or `0.5`, or with a unit, such as `500ms`, `1.5s`, `2m` or `1h`";
const MODE: &str = "must be `enforce`, `observe` or `off`";

fn retry_config<L: Lookup>(source: &Source<'_, L>) -> Result<RetryConfig, ConfigError> {
    let mut config = RetryConfig::new();
    if let Some(attempts) = source.read("RETRY_MAX_ATTEMPTS", ATTEMPTS, positive)? {
        config.max_attempts = attempts.value;
    }
    let base = source.read("RETRY_BASE_DELAY", DELAY, duration)?;
    let max = source.read("RETRY_MAX_DELAY", DELAY, duration)?;
    if let Some(base) = &base {
        config.base_delay = base.value;
    }
    if let Some(max) = &max {
        config.max_delay = max.value;
    }
    if config.max_delay < config.base_delay {
        let (base_delay, max_delay) = (config.base_delay, config.max_delay);
        // Whichever was set is the one to mend; where both were, the maximum, as in `check`.
        return Err(match (max, base) {
            (Some(max), _) => max.error(format!(
                "must not be below the base delay ({base_delay:?}): raise it, or lower {}",
                source.variable("RETRY_BASE_DELAY")
            )),
            (None, Some(base)) => base.error(format!(
                "must not be above the maximum delay ({max_delay:?}): lower it, or raise {}",
                source.variable("RETRY_MAX_DELAY")
            )),
            (None, None) => unreachable!("the defaults keep their own rules"),
        });
    }
    if let Some(mode) = source.read("RETRY_MODE", MODE, mode)? {
        config.mode = mode.value;
    }
    Ok(config)
}

fn circuit_breaker<L: Lookup>(
    name: Cow<'static, str>,
    source: &Source<'_, L>,
) -> Result<CircuitBreaker, ConfigError> {
    let mut settings = Settings::DEFAULT;
    if let Some(failures) = source.read("CIRCUIT_BREAKER_THRESHOLD", COUNT, positive)? {
        settings = failures.accept(COUNT, settings.with_failure_threshold(failures.value))?;
    }
    if let Some(timeout) = source.read("CIRCUIT_BREAKER_TIMEOUT", RECOVERY, duration)? {
        settings = timeout.accept(RECOVERY, settings.with_recovery_timeout(timeout.value))?;
    }
    if let Some(successes) = source.read("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", COUNT, positive)? {
        settings = successes.accept(COUNT, settings.with_success_threshold(successes.value))?;
    }
    if let Some(mode) = source.read("CIRCUIT_BREAKER_MODE", MODE, mode)? {
        settings = settings.with_mode(mode.value);
    }
    Ok(CircuitBreaker::with(Name::from(name), settings))
}

/// Where a variable's value comes from: the environment, or a test.
trait Lookup: Fn(String) -> Option<OsString> {}

impl<F: Fn(String) -> Option<OsString>> Lookup for F {}

/// The variables of one prefix.
struct Source<'a, L> {
    prefix: &'a str,
    lookup: L,
}

/// A variable that was set.
struct Setting<T> {
    variable: String,
    text: String,
    value: T,
}

impl<'a, L: Lookup> Source<'a, L> {
    fn new(prefix: &'a str, lookup: L) -> Self {
        Self { prefix, lookup }
    }

    fn variable(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}_{name}", self.prefix) }
    }

    /// The variable, if it is set. White space around the value is of no account.
    fn read<T>(
        &self,
        name: &str,
        rule: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let variable = self.variable(name);
        let Some(value) = (self.lookup)(variable.clone()) else { return Ok(None) };
        let text = match value.into_string() {
            Ok(text) => text,
            Err(bytes) => {
                let text = bytes.to_string_lossy().into_owned();
                return Err(ConfigError::new(variable, text, format!("is not Unicode: it {rule}")));
            }
        };
        if text.trim().is_empty() {
            let rule = format!("is set but empty: unset it for the default; otherwise it {rule}");
            return Err(ConfigError::new(variable, text, rule));
        }
        match parse(text.trim()) {
            Some(value) => Ok(Some(Setting { variable, text, value })),
            None => Err(ConfigError::new(variable, text, rule)),
        }
    }
}

impl<T> Setting<T> {
    fn error(self, rule: String) -> ConfigError {
        ConfigError::new(self.variable, self.text, rule)
    }

    /// The settings with this value in them, or the rule that it breaks, said of the variable.
    fn accept(
        &self,
        rule: &'static str,
        checked: Result<Settings, Violation>,
    ) -> Result<Settings, ConfigError> {
        checked.map_err(|_| ConfigError::new(self.variable.clone(), self.text.clone(), rule))
    }
}

fn positive(text: &str) -> Option<u32> {
    // `parse` alone would let a plus sign pass.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number > 0)
}

fn mode(text: &str) -> Option<Mode> {
    Mode::from_str(text).ok()
}

/// Seconds, or a number with one of the units ms, s, m, h.
///
/// In whole numbers throughout, so that no value is rounded on its way and none can be infinite, negative or no
/// number. Digits beyond the nanosecond are cut.
fn duration(text: &str) -> Option<Duration> {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start() {
        "ms" => NANOS_PER_SECOND / 1000,
        "" | "s" => NANOS_PER_SECOND,
        "m" => 60 * NANOS_PER_SECOND,
        "h" => 60 * 60 * NANOS_PER_SECOND,
        _ => return None,
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, "0"),
    };
    if fraction.contains('.') {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let nanos = whole
        .parse::<u128>()
        .ok()?
        .checked_mul(unit)?
        .checked_add(fraction.parse::<u128>().ok()? * unit / scale)?;
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND).ok()?;
    let rest = u32::try_from(nanos % NANOS_PER_SECOND).ok()?;
    Some(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests;
