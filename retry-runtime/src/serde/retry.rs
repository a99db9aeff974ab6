//! A retry policy from a table, and back.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

use super::scalar::{Find, Scalar, read, source, table, written};
use super::words::{KindNames, parse};
use crate::backoff::Jitter;
use crate::config::{ConfigError, RetryConfig};
use crate::settings::text::{DURATION, Wrong, decimal, duration};
use crate::settings::{Key, keys, retry};

const BASE_RULE: &str = "must be a number of at least 1, such as `2`, which doubles each delay";

keys! {
    BASE: f64 = "exponential_base", BASE_RULE, decimal;
    JITTER: Jitter = "jitter", Jitter::RULE,
        |text| parse(text, &Jitter::LIST, Jitter::as_str).ok_or(Wrong::Rule);
    MAX_RETRY_AFTER: Duration = "max_retry_after", DURATION, duration;
}

table! { Fields, "a table with the settings of a retry policy, such as `max_attempts = 3`":
    [] max_attempts, base_delay, max_delay, exponential_base, jitter, retry_on: KindNames,
    max_retry_after, mode,
}

impl Fields {
    fn policy(&self) -> Result<RetryConfig, ConfigError> {
        let source = source(self)?;
        let mut policy = retry::policy(RetryConfig::new(), &source)?;
        policy.exponential_base = source.value(&BASE)?.unwrap_or(policy.exponential_base);
        policy.jitter = source.value(&JITTER)?.unwrap_or(policy.jitter);
        if let Some(names) = self.retry_on.value() {
            policy.retry_on = names.kinds("retry_on")?;
        }
        policy.max_retry_after = source.value(&MAX_RETRY_AFTER)?.unwrap_or(policy.max_retry_after);
        policy.check()?;
        Ok(policy)
    }
}

/// Reads the fields by their names. A missing field has its value in [`RetryConfig::new`]. An
/// unknown field is an error.
///
/// Durations are numbers of seconds (`2`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`,
/// `"1h"`). The format must be self-describing, such as TOML or JSON.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{FailureKind, FailureKinds, Jitter, RetryConfig};
/// use std::time::Duration;
///
/// let policy: RetryConfig = toml::from_str(
///     r#"
///     max_attempts = 5
///     base_delay = "200ms"
///     max_delay = 30
///     jitter = "equal"
///     retry_on = ["connection"]
///     "#,
/// )?;
/// let expected = RetryConfig::new()
///     .max_attempts(5)
///     .base_delay(Duration::from_millis(200))
///     .max_delay(Duration::from_secs(30))
///     .jitter(Jitter::Equal)
///     .retry_on(FailureKinds::of(FailureKind::Connection));
/// assert_eq!(policy, expected);
///
/// let error = toml::from_str::<RetryConfig>("max_delay = 0.5").unwrap_err();
/// assert!(error.message().starts_with(r#"max_delay="0.5": must not be below the base delay (1s)"#));
/// # Ok::<(), toml::de::Error>(())
/// ```
impl<'de> Deserialize<'de> for RetryConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Fields, D>(deserializer)?.policy().map_err(D::Error::custom)
    }
}

/// Writes every field except `budget`, so that reading returns the same policy without its budget.
/// A policy that breaks a rule or has a `backoff` function is an error, because it could not be
/// read again.
impl Serialize for RetryConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        if self.backoff.is_some() {
            return Err(S::Error::custom("a policy with a `backoff` function cannot be written"));
        }
        let mut fields = serializer.serialize_struct("RetryConfig", 8)?;
        fields.serialize_field("max_attempts", &self.max_attempts)?;
        fields.serialize_field("base_delay", &written(self.base_delay))?;
        fields.serialize_field("max_delay", &written(self.max_delay))?;
        fields.serialize_field("exponential_base", &self.exponential_base)?;
        fields.serialize_field("jitter", &self.jitter)?;
        fields.serialize_field("retry_on", &self.retry_on)?;
        fields.serialize_field("max_retry_after", &written(self.max_retry_after))?;
        fields.serialize_field("mode", &self.mode)?;
        fields.end()
    }
}
