//! A breaker from a table.

use serde::de::{Deserialize, Deserializer, Error};

use super::scalar::{Find, Scalar, read, source, table};
use super::words::KindNames;
use crate::breaker::{CircuitBreaker, Settings, Window};
use crate::config::ConfigError;
use crate::name::Name;
use crate::settings::{Key, breaker};

table! { Fields, "a table with the settings of a breaker, such as `name = \"llm-api\"`":
    [name: String]
    failure_threshold, failure_rate: FailureRate, slow_call: SlowCall, recovery_timeout,
    recovery_backoff: RecoveryBackoff, respect_retry_after, success_threshold, half_open_max_calls,
    probe_timeout, trip_on: KindNames, abandoned_after, mode,
}

table! { FailureRate, "a table such as `{ rate = 0.5, min_calls = 10, window = { calls = 100 } }`":
    [rate, window: WindowFields] min_calls,
}

table! { WindowFields, "a table such as `{ calls = 100 }` or `{ time = \"30s\" }`":
    [] calls, time,
}

table! { SlowCall, "a table such as `{ longer_than = \"2s\", rate = 0.5 }`":
    [longer_than] rate,
}

table! { RecoveryBackoff, "a table such as `{ factor = 2.0, max = \"10m\" }`":
    [factor, max]
}

impl Fields {
    fn breaker(self) -> Result<CircuitBreaker, ConfigError> {
        let mut settings = breaker::settings(Settings::DEFAULT, &source(&self)?)?;
        if let Some(names) = self.trip_on.value() {
            settings.trip_on = names.kinds("trip_on")?;
        }
        let name = self.name.into_value().unwrap_or_default();
        breaker::check_name(&name)?;
        Ok(CircuitBreaker::with(Name::Shared(name.into()), settings))
    }
}

/// Reads the settings by the names of the builder's methods, and `name`, which is required. A
/// missing setting has its default. An unknown setting is an error.
///
/// Durations are numbers of seconds (`60`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`,
/// `"1h"`). The rules are those of [`from_env`](Self::from_env): `failure_rate` excludes
/// `failure_threshold`. Its `min_calls` default to 10, or to the calls of the window if those are
/// fewer. `slow_call` needs a `rate` with a `failure_rate`, and must not have one without it. The
/// format must be self-describing, such as TOML or JSON.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::CircuitBreaker;
///
/// let breaker: CircuitBreaker = toml::from_str(
///     r#"
///     name = "llm-api"
///     failure_rate = { rate = 0.5, min_calls = 10, window = { time = "30s" } }
///     slow_call = { longer_than = "2s", rate = 0.8 }
///     recovery_timeout = 10
///     recovery_backoff = { factor = 2.0, max = "10m" }
///     respect_retry_after = "5m"
///     success_threshold = 3
///     half_open_max_calls = 1
///     probe_timeout = "30s"
///     trip_on = ["timeout", "connection", "unavailable"]
///     abandoned_after = "1.5s"
///     mode = "observe"
///     "#,
/// )?;
/// assert_eq!(breaker.name(), "llm-api");
/// assert_eq!(breaker.snapshot().failure_rate, Some(0.5));
/// # Ok::<(), toml::de::Error>(())
/// ```
impl<'de> Deserialize<'de> for CircuitBreaker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Fields, D>(deserializer)?.breaker().map_err(D::Error::custom)
    }
}

/// Reads `{ calls = 100 }` or `{ time = "30s" }`, within the limits.
impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields: WindowFields = read(deserializer)?;
        let source = source(&fields).map_err(D::Error::custom)?;
        let calls = Key { path: "calls", ..breaker::WINDOW_CALLS };
        let time = Key { path: "time", ..breaker::WINDOW_TIME };
        let window = breaker::window(&source, &calls, &time).map_err(D::Error::custom)?;
        let rule =
            "must have `calls`, such as `{ calls = 100 }`, or `time`, such as `{ time = \"30s\" }`";
        let window =
            window.ok_or_else(|| D::Error::custom(ConfigError::new("window", "{}", rule)))?;
        Ok(window.value)
    }
}
