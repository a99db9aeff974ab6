//! Compares retry-utils with other contestants: better, equal or worse, by the figures of one table
//! alone.

use scenarios::contestant::{is_bare, is_ours};
use scenarios::median::Spread;
use scenarios::timing::REFERENCE;

use crate::figures::Entry;

/// Counts that differ by less than this share are equal.
const EQUAL: f64 = 0.05;

/// Compares each contestant of retry-utils with the others of a scenario, as a list. Bare ones are
/// compared with bare ones.
pub(crate) fn of_scenario(entries: &[&Entry]) -> String {
    let mut text = String::new();
    for own in entries.iter().filter(|entry| is_ours(&entry.name)) {
        let others: Vec<_> = others(entries, is_bare(&own.name)).collect();
        if let Some(count) = own.tokio.instructions {
            let sorted = Sorted::of(others.iter().filter_map(|other| {
                Some((other.name.as_str(), by_count(count, other.tokio.instructions?)))
            }));
            text.push_str(&sorted.line(&own.name, "instructions under tokio"));
        }
        if let Some(nanos) = own.tokio.nanos {
            let sorted = Sorted::of(others.iter().filter_map(|other| {
                Some((other.name.as_str(), by_spread(nanos, other.tokio.nanos?)))
            }));
            text.push_str(&sorted.line(&own.name, "time under tokio"));
        }
    }
    text
}

/// Returns the contestants to compare with: all except the plain call, either bare or not.
fn others<'a>(entries: &'a [&Entry], bare: bool) -> impl Iterator<Item = &'a Entry> {
    entries.iter().copied().filter(move |entry| {
        !is_ours(&entry.name) && !entry.name.starts_with(REFERENCE) && is_bare(&entry.name) == bare
    })
}

/// Compares a count of retry-utils with the instructions of the others under tokio.
pub(crate) fn of_count<'a>(ours: f64, entries: &'a [&Entry]) -> Sorted<'a> {
    Sorted::of(
        others(entries, false).filter_map(|other| {
            Some((other.name.as_str(), by_count(ours, other.tokio.instructions?)))
        }),
    )
}

/// The relation of another contestant to retry-utils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Better,
    Equal,
    Worse,
}

/// Compares counts. Fewer are better.
pub(crate) fn by_count(ours: f64, other: f64) -> Standing {
    if other < ours * (1.0 - EQUAL) {
        Standing::Better
    } else if other > ours * (1.0 + EQUAL) {
        Standing::Worse
    } else {
        Standing::Equal
    }
}

/// Compares samples. Less is better, and they are equal if their quartiles overlap.
pub(crate) fn by_spread(ours: Spread, other: Spread) -> Standing {
    if ours.lower <= other.upper && other.lower <= ours.upper {
        Standing::Equal
    } else if other.median < ours.median {
        Standing::Better
    } else {
        Standing::Worse
    }
}

/// Names, sorted by the relation.
#[derive(Default)]
pub(crate) struct Sorted<'a> {
    better: Vec<&'a str>,
    equal: Vec<&'a str>,
    worse: Vec<&'a str>,
}

impl<'a> Sorted<'a> {
    pub(crate) fn of(names: impl Iterator<Item = (&'a str, Standing)>) -> Self {
        let mut sorted = Self::default();
        for (name, standing) in names {
            let list = match standing {
                Standing::Better => &mut sorted.better,
                Standing::Equal => &mut sorted.equal,
                Standing::Worse => &mut sorted.worse,
            };
            list.push(name);
        }
        sorted
    }

    /// Returns an item of a list: the contestant of retry-utils, and the comparison. Empty if there
    /// is no other contestant.
    pub(crate) fn line(&self, ours: &str, what: &str) -> String {
        if [&self.better, &self.equal, &self.worse].into_iter().all(Vec::is_empty) {
            return String::new();
        }
        let listed = |names: &[&str]| {
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        format!(
            "- compared with `{ours}`, {what}: better: {}; equal: {}; worse: {}\n",
            listed(&self.better),
            listed(&self.equal),
            listed(&self.worse)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, by_spread, of_scenario};
    use crate::figures::{Entry, Under};
    use scenarios::median::Spread;
    use scenarios::scenario::Scenario;

    #[test]
    fn counts_are_better_equal_or_worse() {
        let entry = |name: &str, instructions| Entry {
            scenario: Scenario::Healthy,
            name: name.to_owned(),
            noop: Under::default(),
            tokio: Under { instructions: Some(instructions), ..Under::default() },
        };
        let all = [
            entry("retry-utils", 100.0),
            entry("fewer", 90.0),
            entry("as many", 104.0),
            entry("more", 110.0),
            entry("plain", 1.0),
            entry("fewer-bare", 1.0),
        ];
        let entries: Vec<_> = all.iter().collect();
        assert_eq!(of_scenario(&entries[..1]), "");
        let said = of_scenario(&entries);
        assert!(said.contains("better: fewer; equal: as many; worse: more\n"), "{said}");
    }

    #[test]
    fn times_are_equal_where_their_quartiles_overlap() {
        let spread = |lower: f64| Spread { lower, median: lower + 1.0, upper: lower + 2.0 };
        let found = [1.0, 4.0, 6.0, 9.0].map(|lower| by_spread(spread(5.0), spread(lower)));
        assert_eq!(found, [Standing::Better, Standing::Equal, Standing::Equal, Standing::Worse]);
    }
}
