//! Who is better than retry-utils, equal or worse: by the figures of one table alone.

use scenarios::median::Spread;

use crate::figures::Entry;

/// Counts that differ by less than this share are called equal.
const EQUAL: f64 = 0.05;

/// The sentences below a table. None if retry-utils is not in it.
pub(crate) fn sentences(entries: &[&Entry], ours: &str) -> Option<String> {
    let own = entries.iter().find(|entry| entry.name == ours)?;
    let others: Vec<_> =
        entries.iter().filter(|entry| !entry.is_ours() && entry.name != "plain").collect();
    let mut text = String::new();
    if let Some(count) = own.tokio.instructions {
        let sorted = Sorted::of(others.iter().filter_map(|entry| {
            let its = entry.tokio.instructions?;
            Some((entry.name.as_str(), its < count * (1.0 - EQUAL), its <= count * (1.0 + EQUAL)))
        }));
        text.push_str(&sorted.sentence("Instructions", ours));
    }
    if let Some(nanos) = own.tokio.nanos {
        let sorted = Sorted::of(others.iter().filter_map(|entry| {
            let its = entry.tokio.nanos?;
            let apart = !overlap(its, nanos);
            Some((entry.name.as_str(), apart && its.median < nanos.median, !apart))
        }));
        text.push(' ');
        text.push_str(&sorted.sentence("Time", ours));
    }
    Some(text)
}

/// Whether the middle halves of two samples have a figure in common.
fn overlap(one: Spread, other: Spread) -> bool {
    one.lower <= other.upper && other.lower <= one.upper
}

#[derive(Default)]
struct Sorted<'a> {
    better: Vec<&'a str>,
    equal: Vec<&'a str>,
    worse: Vec<&'a str>,
}

impl<'a> Sorted<'a> {
    /// Of names, whether each is better, and if not whether it is equal.
    fn of(names: impl Iterator<Item = (&'a str, bool, bool)>) -> Self {
        let mut sorted = Self::default();
        for (name, better, equal) in names {
            let list = match (better, equal) {
                (true, _) => &mut sorted.better,
                (false, true) => &mut sorted.equal,
                (false, false) => &mut sorted.worse,
            };
            list.push(name);
        }
        sorted
    }

    fn sentence(&self, of: &str, ours: &str) -> String {
        let listed = |names: &[&str]| {
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        format!(
            "{of} under tokio, against `{ours}`: better: {}; equal: {}; worse: {}.",
            listed(&self.better),
            listed(&self.equal),
            listed(&self.worse)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::sentences;
    use crate::figures::{Entry, Under};
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
        ];
        let entries: Vec<_> = all.iter().collect();
        let said = sentences(&entries, "retry-utils").expect("it is among them");
        assert!(said.contains("better: fewer; equal: as many; worse: more."), "{said}");
    }
}
