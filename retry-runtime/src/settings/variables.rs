//! The names of environment variables: ours, and those that are probably meant to be ours.
//!
//! The environment also holds the variables of other software. So without a prefix, only a name
//! that is close to one of ours is an error. A prefix belongs to the program, so any unknown name
//! under it is an error.

use std::ffi::OsString;

use super::source::prefixed;
use super::{breaker, retry};
use crate::config::ConfigError;
use crate::name;

/// The variables of policies, or of breakers.
pub(crate) struct Family {
    /// The common start of all names, after the prefix of the program.
    start: &'static str,
    /// The names of each setting.
    settings: &'static [&'static [&'static str]],
    /// The start of the names of our other crates, without `start`. They have no prefix.
    other_crates: &'static [&'static str],
    /// Settings, each with other terms that people write for it, without `start`.
    synonyms: &'static [(Meant, &'static [&'static str])],
}

/// The setting that an unknown name probably means.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meant {
    /// The setting with this variable.
    Variable(&'static str),
    /// The setting with this path in a file. It has no variable.
    NoVariable(&'static str),
}

use Meant::{NoVariable, Variable};

// A term is listed if nearly every user of it means this setting: the names in other resilience
// libraries, and in our code and files. Terms that are equally common in other software, such as
// `COUNT`, `INTERVAL` or `LIMIT`, are not listed.

#[rustfmt::skip] // One setting, one row.
pub(crate) static RETRY: Family = Family {
    start: "RETRY_",
    settings: retry::VARIABLES,
    other_crates: &["FLEET_"],
    synonyms: &[
        (Variable("RETRY_MAX_ATTEMPTS"), &["ATTEMPTS", "MAX_RETRIES", "MAX_TRIES", "RETRIES", "TRIES"]),
        (Variable("RETRY_BASE_DELAY"), &["DELAY", "INITIAL_DELAY", "MIN_DELAY"]),
        (Variable("RETRY_MAX_DELAY"), &["DELAY_MAX", "MAX_BACKOFF", "MAX_WAIT"]),
        (Variable("RETRY_MODE"), &["DISABLED", "ENABLED"]),
        (NoVariable("exponential_base"), &["EXPONENTIAL_BASE"]),
        (NoVariable("jitter"), &["JITTER"]),
        (NoVariable("retry_on"), &["ON", "RETRY_ON"]),
        (NoVariable("max_retry_after"), &["MAX_RETRY_AFTER"]),
    ],
};

#[rustfmt::skip] // One setting, one row.
pub(crate) static CIRCUIT_BREAKER: Family = Family {
    start: "CIRCUIT_BREAKER_",
    settings: breaker::VARIABLES,
    other_crates: &[],
    synonyms: &[
        (Variable("CIRCUIT_BREAKER_THRESHOLD"), &["ERROR_THRESHOLD", "FAILURES", "FAIL_MAX", "MAX_FAILURES"]),
        (Variable("CIRCUIT_BREAKER_FAILURE_RATE"), &["ERROR_RATE", "FAILURE_RATE_RATE", "FAILURE_RATE_THRESHOLD", "FAILURE_RATIO"]),
        (Variable("CIRCUIT_BREAKER_MIN_CALLS"), &["FAILURE_RATE_MIN_CALLS", "MINIMUM_CALLS", "MINIMUM_NUMBER_OF_CALLS", "MIN_REQUESTS", "VOLUME_THRESHOLD"]),
        (Variable("CIRCUIT_BREAKER_WINDOW_CALLS"), &["FAILURE_RATE_WINDOW_CALLS", "SLIDING_WINDOW_SIZE", "WINDOW", "WINDOW_SIZE"]),
        (Variable("CIRCUIT_BREAKER_WINDOW_TIME"), &["FAILURE_RATE_WINDOW_TIME", "WINDOW_DURATION"]),
        (Variable("CIRCUIT_BREAKER_SLOW_CALL"), &["SLOW_CALL_DURATION", "SLOW_CALL_DURATION_THRESHOLD", "SLOW_CALL_LONGER_THAN"]),
        (Variable("CIRCUIT_BREAKER_SLOW_CALL_RATE"), &["SLOW_CALL_RATE_THRESHOLD"]),
        (Variable("CIRCUIT_BREAKER_SUCCESS_THRESHOLD"), &["SUCCESSES"]),
        (Variable("CIRCUIT_BREAKER_HALF_OPEN_MAX_CALLS"), &["HALF_OPEN_CALLS", "HALF_OPEN_MAX_REQUESTS", "MAX_PROBES", "PROBES"]),
        (Variable("CIRCUIT_BREAKER_PROBE_TIMEOUT"), &["HALF_OPEN_TIMEOUT"]),
        (Variable("CIRCUIT_BREAKER_TIMEOUT"), &["COOLDOWN", "OPEN_DURATION", "OPEN_TIMEOUT", "RECOVERY_TIME", "RESET_TIMEOUT", "SLEEP_WINDOW"]),
        (Variable("CIRCUIT_BREAKER_RECOVERY_FACTOR"), &["RECOVERY_BACKOFF", "RECOVERY_BACKOFF_FACTOR"]),
        (Variable("CIRCUIT_BREAKER_RECOVERY_MAX"), &["RECOVERY_BACKOFF_MAX"]),
        (Variable("CIRCUIT_BREAKER_MODE"), &["DISABLED", "ENABLED"]),
        (NoVariable("name"), &["NAME"]),
        (NoVariable("trip_on"), &["TRIP_ON"]),
        (NoVariable("max_keys"), &["MAX_KEYS"]),
    ],
};

/// Units that people put into a name. Here the unit belongs into the value: `500ms`.
const UNITS: &[&str] =
    &["_MS", "_MILLIS", "_MILLISECONDS", "_S", "_SEC", "_SECS", "_SECONDS", "_MINUTES"];

/// The maximum edit distance from one of our names for a name that is probably meant to be it.
const NEAR: usize = 2;

impl Family {
    /// Checks the names of all variables of the process. `ignored` is called with each name that
    /// begins like ours and probably belongs to other software.
    ///
    /// # Errors
    ///
    /// The first name that is not ours: without a prefix, one close to ours; with a prefix, any
    /// name under it. The error shows no value, because it may be a secret of other software.
    pub(crate) fn check(
        &self,
        prefix: &str,
        names: impl IntoIterator<Item = OsString>,
        mut ignored: impl FnMut(&str),
    ) -> Result<(), ConfigError> {
        let start = prefixed(prefix, self.start);
        for name in names {
            if !begins(name.as_encoded_bytes(), start.as_bytes()) {
                continue;
            }
            let name = name.to_string_lossy();
            // `start` ends with an ASCII character, so this is a character boundary.
            let (begin, rest) = name.split_at(start.len());
            if self.is_known(prefix, &start, begin, rest) || is_under_a_longer_prefix(rest) {
                continue;
            }
            let cut = name::start(rest, name::SHOWN);
            let is_whole = cut == rest;
            // A cut name is longer than any of ours, so it is close to none.
            let meant = if is_whole { self.meant(rest) } else { None };
            let shown = format!("{begin}{}", name::shown(rest));
            if prefix.is_empty() && meant.is_none() {
                ignored(&shown);
            } else {
                let rule = self.rule(prefix, cut, meant);
                return Err(ConfigError::new(shown, "…", rule));
            }
        }
        Ok(())
    }

    /// Returns whether a variable is ours. Its name comes in two parts.
    fn is_known(&self, prefix: &str, start: &str, begin: &str, rest: &str) -> bool {
        let is_of_other_crate = |other: &&str| prefix.is_empty() && rest.starts_with(*other);
        is_same(begin, start)
            && (self.words().any(|(word, _)| is_same(word, rest))
                || self.other_crates.iter().any(is_of_other_crate))
    }

    /// Returns the setting that is probably meant, and whether the name contains a unit.
    fn meant(&self, rest: &str) -> Option<(Meant, bool)> {
        let rest = rest.to_ascii_uppercase();
        let named = |written: &str| {
            let synonym = self.synonyms.iter().find(|(_, words)| words.contains(&written));
            let name = || self.words().find(|(word, _)| *word == written);
            synonym.map(|(meant, _)| *meant).or_else(|| Some(Variable(name()?.1)))
        };
        let with_unit = || UNITS.iter().find_map(|unit| named(rest.strip_suffix(unit)?));
        let near = || {
            let length = rest.chars().count();
            // The length is compared first, because the environment may be large.
            let near = self.words().filter(|(word, _)| word.len().abs_diff(length) <= NEAR);
            let near = near.map(|(word, name)| (distance(&rest, word), name));
            let nearest = near.filter(|(distance, _)| *distance <= NEAR).min();
            nearest.map(|(_, name)| Variable(name))
        };
        let named = named(&rest).map(|meant| (meant, false));
        named.or_else(|| Some((with_unit()?, true))).or_else(|| Some((near()?, false)))
    }

    /// Returns the rule that an unknown name breaks.
    fn rule(&self, prefix: &str, rest: &str, meant: Option<(Meant, bool)>) -> String {
        let fix = match meant {
            Some((Variable(name), false)) => format!("did you mean `{}`?", prefixed(prefix, name)),
            Some((Variable(name), true)) => format!(
                "did you mean `{}`, whose value has the unit, such as `500ms`?",
                prefixed(prefix, name)
            ),
            Some((NoVariable(setting), _)) => {
                format!("no variable sets `{setting}`; set it in the program or in a file")
            }
            None => {
                let rest = rest.to_ascii_uppercase();
                let nearest = self.words().min_by_key(|(word, _)| distance(&rest, word));
                let (_, name) = nearest.unwrap_or_default();
                format!("the nearest name is `{}`; rename or unset it", prefixed(prefix, name))
            }
        };
        if prefix.is_empty() {
            let foreign = "if other software reads it, use a prefix with `from_env_prefixed`";
            format!("is unknown: {fix} ({foreign})")
        } else {
            format!("is unknown: {fix}")
        }
    }

    /// Returns all names, each without `start` and in full.
    fn words(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let names = self.settings.iter().flat_map(|names| names.iter());
        names.map(|name| (&name[self.start.len()..], *name))
    }
}

/// Returns whether a name begins with a text, ignoring case.
fn begins(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// Returns whether the system treats both names as the same variable.
fn is_same(one: &str, other: &str) -> bool {
    if cfg!(windows) { one.eq_ignore_ascii_case(other) } else { one == other }
}

/// Returns whether the rest of a name is one of ours, optionally after more of a prefix:
/// `LLM_RETRY_RETRY_MODE` has the prefix `LLM_RETRY`, and does not belong to `LLM`.
fn is_under_a_longer_prefix(rest: &str) -> bool {
    [&RETRY, &CIRCUIT_BREAKER].into_iter().flat_map(Family::words).any(|(_, name)| {
        rest.strip_suffix(name).is_some_and(|more| more.is_empty() || more.ends_with('_'))
    })
}

/// Returns the number of insertions, deletions and replacements between two words (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    // Distances from the current start of `one` to each start of `other`.
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (removed, one) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = removed + 1;
        for (at, other) in other.chars().enumerate() {
            let replaced = before + usize::from(one != other);
            before = row[at + 1];
            row[at + 1] = replaced.min(before + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
