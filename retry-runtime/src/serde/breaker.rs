//! A breaker from a table.

use serde::de::{Deserialize, Deserializer, Error};

use super::scalar::{Scalar, source};
use super::words::KindNames;
use crate::breaker::{CircuitBreaker, Settings, Window};
use crate::config::ConfigError;
use crate::name::Name;
use crate::settings::{Key, breaker};

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with the settings of a breaker, such as `name = \"llm-api\"`"
)]
struct Fields {
    name: String,
    failure_threshold: Option<Scalar>,
    failure_rate: Option<FailureRate>,
    slow_call: Option<SlowCall>,
    recovery_timeout: Option<Scalar>,
    recovery_backoff: Option<RecoveryBackoff>,
    success_threshold: Option<Scalar>,
    half_open_max_calls: Option<Scalar>,
    probe_timeout: Option<Scalar>,
    trip_on: Option<KindNames>,
    abandoned_after: Option<Scalar>,
    mode: Option<Scalar>,
}

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as `{ rate = 0.5, min_calls = 10, window = { calls = 100 } }`"
)]
struct FailureRate {
    rate: Scalar,
    min_calls: Option<Scalar>,
    window: WindowFields,
}

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as `{ calls = 100 }` or `{ time = \"30s\" }`"
)]
struct WindowFields {
    calls: Option<Scalar>,
    time: Option<Scalar>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as `{ longer_than = \"2s\", rate = 0.5 }`")]
struct SlowCall {
    longer_than: Scalar,
    rate: Option<Scalar>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as `{ factor = 2.0, max = \"10m\" }`")]
struct RecoveryBackoff {
    factor: Scalar,
    max: Scalar,
}

impl Fields {
    fn breaker(self) -> Result<CircuitBreaker, ConfigError> {
        let rate = self.failure_rate.as_ref();
        let slow = self.slow_call.as_ref();
        let backoff = self.recovery_backoff.as_ref();
        let fields = [
            ("failure_threshold", self.failure_threshold.as_ref()),
            ("failure_rate.rate", rate.map(|rate| &rate.rate)),
            ("failure_rate.min_calls", rate.and_then(|rate| rate.min_calls.as_ref())),
            ("failure_rate.window.calls", rate.and_then(|rate| rate.window.calls.as_ref())),
            ("failure_rate.window.time", rate.and_then(|rate| rate.window.time.as_ref())),
            ("slow_call.longer_than", slow.map(|slow| &slow.longer_than)),
            ("slow_call.rate", slow.and_then(|slow| slow.rate.as_ref())),
            ("recovery_timeout", self.recovery_timeout.as_ref()),
            ("recovery_backoff.factor", backoff.map(|backoff| &backoff.factor)),
            ("recovery_backoff.max", backoff.map(|backoff| &backoff.max)),
            ("success_threshold", self.success_threshold.as_ref()),
            ("half_open_max_calls", self.half_open_max_calls.as_ref()),
            ("probe_timeout", self.probe_timeout.as_ref()),
            ("abandoned_after", self.abandoned_after.as_ref()),
            ("mode", self.mode.as_ref()),
        ];
        let mut settings = breaker::settings(Settings::DEFAULT, &source(&fields))?;
        if let Some(names) = self.trip_on {
            settings.trip_on = names.kinds("trip_on")?;
        }
        if self.name.trim().is_empty() {
            let rule =
                "must not be empty: errors, events and the registry tell breakers apart by it";
            return Err(ConfigError::new("name", self.name, rule));
        }
        Ok(CircuitBreaker::with(Name::Shared(self.name.into()), settings))
    }
}

/// Reads the settings by the names of the builder's methods, and `name`, which is required. A
/// missing setting has its default; an unknown one is an error.
///
/// Durations are numbers of seconds (`60`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`,
/// `"1h"`). The rules are those of [`from_env`](Self::from_env): `failure_rate` excludes
/// `failure_threshold`. Its `min_calls` are 10 unless given, or the calls of the window if those
/// are fewer. `slow_call` has a `rate` exactly if there is a `failure_rate`. The format must be
/// self-describing, such as TOML or JSON.
///
/// ```
/// use retry_runtime::CircuitBreaker;
///
/// let breaker: CircuitBreaker = toml::from_str(
///     r#"
///     name = "llm-api"
///     failure_rate = { rate = 0.5, min_calls = 10, window = { time = "30s" } }
///     slow_call = { longer_than = "2s", rate = 0.8 }
///     recovery_timeout = 10
///     recovery_backoff = { factor = 2.0, max = "10m" }
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
        Fields::deserialize(deserializer)?.breaker().map_err(D::Error::custom)
    }
}

/// Reads `{ calls = 100 }` or `{ time = "30s" }`, within the limits.
impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WindowFields { calls, time } = WindowFields::deserialize(deserializer)?;
        let fields = [("calls", calls.as_ref()), ("time", time.as_ref())];
        let calls = Key { path: "calls", ..breaker::WINDOW_CALLS };
        let time = Key { path: "time", ..breaker::WINDOW_TIME };
        let window = breaker::window(&source(&fields), &calls, &time).map_err(D::Error::custom)?;
        let rule =
            "must have `calls`, such as `{ calls = 100 }`, or `time`, such as `{ time = \"30s\" }`";
        let window =
            window.ok_or_else(|| D::Error::custom(ConfigError::new("window", "{}", rule)))?;
        Ok(window.value)
    }
}
