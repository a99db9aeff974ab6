//! What takes the place of settings, from tables.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

use super::scalar::{Find, Scalar, source, table};
use crate::config::ConfigError;
use crate::name::Named;
use crate::registry::{BreakerOverride, BudgetOverride, OperationOverride, Overrides};
use crate::settings::text::{decimal, whole};
use crate::settings::{Key, Source, breaker, keys, retry};

const SHARE: &str = "must be a number from 0 to 10, in steps of 0.001, such as `0.1`";
const TOKENS: &str = "must be a whole number of at most 100000, such as `20`";

keys! {
    RATIO: f64 = "ratio", SHARE, decimal;
    BURST: u32 = "burst", TOKENS, whole;
    MIN_PER_SECOND: u32 = "min_per_second", TOKENS, whole;
}

#[derive(Default, serde::Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table with the tables `operation`, `breaker` and `budget`, each with a table \
                 for each name"
)]
struct Fields {
    operation: BTreeMap<String, Operation>,
    breaker: BTreeMap<String, Breaker>,
    budget: BTreeMap<String, Budget>,
}

table! { Operation, "a table such as `{ max_attempts = 2, mode = \"observe\" }`":
    max_attempts, mode,
}

table! { Breaker, "a table such as `{ failure_threshold = 10, mode = \"observe\" }`":
    failure_threshold, failure_rate, recovery_timeout, success_threshold, mode,
}

table! { Budget, "a table such as `{ ratio = 0.1, burst = 20 }`":
    ratio, burst, min_per_second,
}

fn operation(source: &Source<'_>) -> Result<OperationOverride, ConfigError> {
    Ok(OperationOverride {
        max_attempts: source.value(&retry::MAX_ATTEMPTS)?,
        mode: source.value(&retry::MODE)?,
    })
}

fn breaker(source: &Source<'_>) -> Result<BreakerOverride, ConfigError> {
    Ok(BreakerOverride {
        failure_threshold: source.value(&breaker::FAILURE_THRESHOLD)?,
        failure_rate: source.value(&Key { path: "failure_rate", ..breaker::FAILURE_RATE })?,
        recovery_timeout: source.value(&breaker::RECOVERY_TIMEOUT)?,
        success_threshold: source.value(&breaker::SUCCESS_THRESHOLD)?,
        mode: source.value(&breaker::MODE)?,
    })
}

fn budget(source: &Source<'_>) -> Result<BudgetOverride, ConfigError> {
    Ok(BudgetOverride {
        ratio: source.value(&RATIO)?,
        burst: source.value(&BURST)?,
        min_per_second: source.value(&MIN_PER_SECOND)?,
    })
}

/// Reads the table of each name, in the order of the names.
fn each<T: Find, O>(
    kind: &str,
    tables: BTreeMap<String, T>,
    read: fn(&Source<'_>) -> Result<O, ConfigError>,
) -> Result<Named<O>, ConfigError> {
    let read = |(name, table): (String, T)| match read(&source(&table)) {
        Ok(over) => Ok((name, over)),
        Err(error) => Err(error.within(&format!("{kind}.{name}"))),
    };
    tables.into_iter().map(read).collect::<Result<_, _>>().map(Named)
}

impl Fields {
    fn overrides(self) -> Result<Overrides, ConfigError> {
        let overrides = Overrides {
            operations: each("operation", self.operation, operation)?,
            breakers: each("breaker", self.breaker, breaker)?,
            budgets: each("budget", self.budget, budget)?,
        };
        overrides.check()?;
        Ok(overrides)
    }
}

/// The tables `operation`, `breaker` and `budget`, each of which may be missing, with a table for
/// each name. A missing setting stays as it was built, or as in the policy. An unknown one is an
/// error.
///
/// Durations are numbers of seconds (`2`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`,
/// `"1h"`). The format must be self-describing, such as TOML or JSON.
impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.overrides().map_err(D::Error::custom)
    }
}
