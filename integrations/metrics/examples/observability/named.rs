//! Checks the metric names in the dashboard and the alerts against the endpoint.

use std::collections::BTreeSet;

use retry_utils::observe::metrics;

/// The files that use metrics, with their names.
const QUERIES: [(&str, &str); 2] = [
    ("dashboard.json", include_str!("dashboard.json")),
    ("alerts.yml", include_str!("alerts.yml")),
];

/// Returns whether the endpoint exposes each metric that is used. Prints the missing ones.
pub(crate) fn all_shown(page: &str) -> bool {
    let shown: BTreeSet<_> =
        page.lines().filter(|line| !line.starts_with('#')).flat_map(names).collect();
    let mut complete = true;
    for (file, text) in QUERIES {
        let asked: BTreeSet<_> = names(text).collect();
        println!("{file} uses {} metrics", asked.len());
        if asked.is_empty() {
            eprintln!("error: {file} uses no metric: check that it is the right file");
            complete = false;
        }
        for missing in asked.difference(&shown) {
            eprintln!("error: {file} uses `{missing}`, which the endpoint does not expose");
            complete = false;
        }
    }
    // A metric that no file uses may have been forgotten.
    let looked_at: BTreeSet<_> = QUERIES.iter().flat_map(|(_, text)| names(text)).collect();
    for name in metrics::NAMES {
        let is_left_out = RARE.contains(name) || name.starts_with(FLEET);
        if !looked_at.iter().any(|asked| asked.starts_with(name)) && !is_left_out {
            eprintln!("error: no file uses `{name}`");
            complete = false;
        }
    }
    complete
}

/// Errors in the program, not in its dependencies. They are logged.
const RARE: [&str; 3] = [
    "retry_utils_circuit_breaker_not_listed_total",
    "retry_utils_circuit_breaker_keys_evicted_total",
    "retry_utils_retry_budget_not_listed_total",
];

/// The prefix of metrics of a fleet, which this example does not use.
const FLEET: &str = "retry_utils_fleet_";

/// Returns the names of our metrics in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("retry_utils_"))
}
