//! What takes the place of settings, from tables.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

use super::scalar::{Scalar, source};
use crate::config::{ConfigError, Mode};
use crate::registry::{BreakerOverride, BudgetOverride, OperationOverride, Overrides};
use crate::settings::{self, retry};

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with the tables `operation`, `breaker` and `budget`, each with a table \
                 for each name"
)]
struct Fields {
    #[serde(default)]
    operation: BTreeMap<String, Operation>,
    #[serde(default)]
    breaker: BTreeMap<String, Breaker>,
    #[serde(default)]
    budget: BTreeMap<String, Budget>,
}

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as `{ max_attempts = 2, mode = \"observe\" }`"
)]
struct Operation {
    max_attempts: Option<Scalar>,
    mode: Option<Scalar>,
}

#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as `{ failure_threshold = 10, mode = \"observe\" }`"
)]
struct Breaker {
    failure_threshold: Option<Scalar>,
    failure_rate: Option<Scalar>,
    recovery_timeout: Option<Scalar>,
    success_threshold: Option<Scalar>,
    mode: Option<Scalar>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as `{ ratio = 0.1, burst = 20 }`")]
struct Budget {
    ratio: Option<Scalar>,
    burst: Option<Scalar>,
    min_per_second: Option<Scalar>,
}

impl Operation {
    fn read(&self) -> Result<OperationOverride, ConfigError> {
        let fields = [("max_attempts", self.max_attempts.as_ref()), ("mode", self.mode.as_ref())];
        let source = source(&fields);
        let attempts = source.read("max_attempts", retry::ATTEMPTS, settings::positive)?;
        let mode = source.read("mode", settings::MODE, |text| Mode::from_str(text).ok())?;
        Ok(OperationOverride {
            max_attempts: attempts.map(|attempts| attempts.value),
            mode: mode.map(|mode| mode.value),
        })
    }
}

impl Breaker {
    fn read(&self) -> Result<BreakerOverride, ConfigError> {
        let fields = [
            ("failure_threshold", self.failure_threshold.as_ref()),
            ("failure_rate", self.failure_rate.as_ref()),
            ("recovery_timeout", self.recovery_timeout.as_ref()),
            ("success_threshold", self.success_threshold.as_ref()),
            ("mode", self.mode.as_ref()),
        ];
        let source = source(&fields);
        let failures = source.read("failure_threshold", settings::COUNT, settings::positive)?;
        let rate = source.read("failure_rate", settings::RATE, settings::decimal)?;
        let timeout = source.read("recovery_timeout", settings::RECOVERY, settings::duration)?;
        let successes = source.read("success_threshold", settings::COUNT, settings::positive)?;
        let mode = source.read("mode", settings::MODE, |text| Mode::from_str(text).ok())?;
        let read = BreakerOverride {
            failure_threshold: failures.map(|failures| failures.value),
            failure_rate: rate.map(|rate| rate.value),
            recovery_timeout: timeout.map(|timeout| timeout.value),
            success_threshold: successes.map(|successes| successes.value),
            mode: mode.map(|mode| mode.value),
        };
        read.check()?;
        Ok(read)
    }
}

impl Budget {
    fn read(&self) -> Result<BudgetOverride, ConfigError> {
        let fields = [
            ("ratio", self.ratio.as_ref()),
            ("burst", self.burst.as_ref()),
            ("min_per_second", self.min_per_second.as_ref()),
        ];
        let source = source(&fields);
        let mut read = BudgetOverride::new();
        let ratio = source.read("ratio", settings::SHARE, settings::decimal)?;
        read.ratio = ratio.map(|ratio| ratio.value);
        let burst = source.read("burst", settings::TOKENS, settings::whole)?;
        read.burst = burst.map(|burst| burst.value);
        let tokens = source.read("min_per_second", settings::TOKENS, settings::whole)?;
        read.min_per_second = tokens.map(|tokens| tokens.value);
        read.check()?;
        Ok(read)
    }
}

impl Fields {
    fn overrides(self) -> Result<Overrides, ConfigError> {
        let mut overrides = Overrides::new();
        for (name, operation) in self.operation {
            let table = format!("operation.{name}");
            let read = operation.read().map_err(|error| error.within(&table))?;
            overrides = overrides.operation(name, read);
        }
        for (name, breaker) in self.breaker {
            let table = format!("breaker.{name}");
            let read = breaker.read().map_err(|error| error.within(&table))?;
            overrides = overrides.breaker(name, read);
        }
        for (name, budget) in self.budget {
            let table = format!("budget.{name}");
            let read = budget.read().map_err(|error| error.within(&table))?;
            overrides = overrides.budget(name, read);
        }
        Ok(overrides)
    }
}

/// The tables `operation`, `breaker` and `budget`, each of which may be missing, with a table for
/// each name. A setting that is missing stays as it was made, one that is unknown is an error.
///
/// Durations are numbers of seconds (`2`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`, `"1h"`). The format has
/// to be one that describes itself, such as TOML or JSON.
impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.overrides().map_err(D::Error::custom)
    }
}
