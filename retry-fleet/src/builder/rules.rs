//! Checks the values of a builder.

use std::collections::BTreeSet;

use retry_runtime::{ConfigError, Mode};

use super::FleetBuilder;
use crate::instance;
use crate::limits::VOTES;
use crate::setup::{Setup, Shared};
use crate::votes::Quorum;

/// The maximum number of bytes of the version.
const LONGEST_VERSION: usize = 32;

impl FleetBuilder {
    /// Returns the checked settings.
    pub(crate) fn setup(&self) -> Result<Setup, ConfigError> {
        let group = self.group.as_deref().unwrap_or_default();
        check_group("group", group)?;
        if let Some(instance) = &self.instance {
            check_instance(instance)?;
        }
        check_version(&self.version)?;
        check_quorum(self.quorum)?;
        check_names(&self.shared)?;
        let host = instance::host();
        Ok(Setup {
            group: group.to_owned(),
            instance: self.instance.clone().unwrap_or_else(|| instance::unique(&host)),
            voter: self.instance.clone().unwrap_or(host),
            version: self.version.clone(),
            quorum: self.quorum,
            shared: self.shared.clone(),
            share_listed: self.share_listed,
            hash_keys: self.hash_keys,
            observes: self.mode == Mode::Observe,
        })
    }
}

/// Checks the name of a group. `place` is the setting for the error.
pub(crate) fn check_group(place: &'static str, group: &str) -> Result<(), ConfigError> {
    let is_valid = (1..=64).contains(&group.len())
        && group.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte));
    let rule = if group.is_empty() {
        "must be set, such as `prod/checkout`"
    } else {
        "must have 1 to 64 letters, digits, `.`, `_`, `/` or `-`"
    };
    rule_holds(is_valid, place, group, rule)
}

fn check_instance(instance: &str) -> Result<(), ConfigError> {
    rule_holds(
        instance::is_valid(instance),
        "instance",
        instance,
        "must have 1 to 64 visible ASCII characters without `{`, `|` and `}`",
    )
}

fn check_version(version: &str) -> Result<(), ConfigError> {
    let is_valid =
        version.len() <= LONGEST_VERSION && version.bytes().all(|byte| byte.is_ascii_graphic());
    rule_holds(is_valid, "version", version, "must have at most 32 visible ASCII characters")
}

fn check_quorum(quorum: Quorum) -> Result<(), ConfigError> {
    let voters = quorum.voters();
    let rule = "must be 1 to 1,000 voters";
    rule_holds((1..=VOTES).contains(&voters), "quorum", &voters.to_string(), rule)
}

fn check_names(shared: &[Shared]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    shared.iter().try_for_each(|shared| {
        let (place, name) = match shared {
            Shared::Breaker(breaker) => ("share", breaker.name()),
            Shared::Keyed(set) => ("share_keyed", set.name()),
        };
        rule_holds(
            !name.is_empty(),
            place,
            name,
            "must not be empty: instances share breakers by name",
        )?;
        let rule = "is the name of two shared breakers: rename or remove one of them";
        rule_holds(names.insert(name), place, name, rule)
    })
}

#[cfg(test)]
mod tests;

fn rule_holds(
    holds: bool,
    place: &'static str,
    value: &str,
    rule: &'static str,
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::new(place, value, rule)) }
}
