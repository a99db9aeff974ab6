//! Overrides of settings, from tables.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::scalar::{Find, Given, Scalar, check_nulls, joined, read, source, table};
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

table! { Fields, "a table with the tables `operation`, `breaker` and `budget`, each with a table for \
    each name":
    [] operation: Tables<Operation>, breaker: Tables<Breaker>, budget: Tables<Budget>,
}

table! { Operation, "a table such as `{ max_attempts = 2, mode = \"observe\" }`":
    [] max_attempts, mode,
}

table! { Breaker, "a table such as `{ failure_threshold = 10, mode = \"observe\" }`":
    []
    failure_threshold, failure_rate, recovery_timeout, respect_retry_after, success_threshold, mode,
}

table! { Budget, "a table such as `{ ratio = 0.1, burst = 20 }`":
    [] ratio, burst, min_per_second,
}

/// The tables of all names, in order: a format may allow a name to occur twice.
struct Tables<T>(Vec<(String, Given<T>)>);

impl<T: Find> Find for Tables<T> {
    fn null(&self) -> Option<String> {
        self.0.iter().find_map(|(name, table)| Some(joined(name, &table.null()?)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tables<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TablesVisitor(PhantomData))
    }
}

struct TablesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TablesVisitor<T> {
    type Value = Tables<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table with a table for each name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tables<T>, A::Error> {
        let mut tables = Vec::new();
        while let Some((name, table)) = map.next_entry::<String, Option<T>>()? {
            tables.push((name, table.map_or(Given::Null, Given::Value)));
        }
        Ok(Tables(tables))
    }
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
        respect_retry_after: source.value(&breaker::RESPECT_RETRY_AFTER)?,
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
    tables: Given<Tables<T>>,
    read: fn(&Source<'_>) -> Result<O, ConfigError>,
) -> Result<Named<O>, ConfigError> {
    let mut tables = tables.into_value().map(|Tables(tables)| tables).unwrap_or_default();
    tables.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut same = tables.iter().zip(tables.iter().skip(1)).filter(|(one, other)| one.0 == other.0);
    if let Some(((name, _), _)) = same.next() {
        let rule = "must not have two tables: join them, or remove one";
        return Err(ConfigError::new(format!("{kind}.{name}"), "duplicate", rule));
    }
    let read = |(name, table): (String, Given<T>)| match source(&table).and_then(|it| read(&it)) {
        Ok(over) => Ok((name, over)),
        Err(error) => Err(error.within(&format!("{kind}.{name}"))),
    };
    tables.into_iter().map(read).collect::<Result<_, _>>().map(Named)
}

impl Fields {
    fn overrides(self) -> Result<Overrides, ConfigError> {
        check_nulls(&self)?;
        let overrides = Overrides {
            operations: each("operation", self.operation, operation)?,
            breakers: each("breaker", self.breaker, breaker)?,
            budgets: each("budget", self.budget, budget)?,
        };
        overrides.check()?;
        Ok(overrides)
    }
}

/// Reads the optional tables `operation`, `breaker` and `budget`, which contain a table for each
/// name. A missing setting stays as it was built, or as in the policy. An unknown setting is an
/// error. So are `null`, an empty name, and a name that occurs twice.
///
/// Durations are numbers of seconds (`2`, `0.5`) or have a unit (`"500ms"`, `"1.5s"`, `"2m"`,
/// `"1h"`). The format must be self-describing, such as TOML or JSON.
impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Fields, D>(deserializer)?.overrides().map_err(D::Error::custom)
    }
}
