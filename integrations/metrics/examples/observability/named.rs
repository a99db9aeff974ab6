//! Holds the dashboard and the alerts to what the endpoint shows.

use std::collections::BTreeSet;

use retry_utils::observe::metrics;

/// What asks for metrics, with its name.
const QUERIES: [(&str, &str); 2] = [
    ("dashboard.json", include_str!("dashboard.json")),
    ("alerts.yml", include_str!("alerts.yml")),
];

/// Whether the page shows each metric that is asked for; says of each that is missing who asks for it.
pub(crate) fn all_shown(page: &str) -> bool {
    let shown: BTreeSet<_> =
        page.lines().filter(|line| !line.starts_with('#')).flat_map(names).collect();
    let mut complete = true;
    for (file, text) in QUERIES {
        let asked: BTreeSet<_> = names(text).collect();
        println!("{file} asks for {} metrics", asked.len());
        if asked.is_empty() {
            eprintln!("error: {file} asks for no metric: is this the file?");
            complete = false;
        }
        for missing in asked.difference(&shown) {
            eprintln!("error: {file} asks for `{missing}`, which the endpoint does not show");
            complete = false;
        }
    }
    // And the other way round: a metric that nobody looks at has no use, or was forgotten.
    let looked_at: BTreeSet<_> = QUERIES.iter().flat_map(|(_, text)| names(text)).collect();
    for name in metrics::NAMES {
        let is_left_out = RARE.contains(name) || name.starts_with(FLEET);
        if !looked_at.iter().any(|asked| asked.starts_with(name)) && !is_left_out {
            eprintln!("error: nothing asks for `{name}`");
            complete = false;
        }
    }
    complete
}

/// Mistakes of the program rather than of its dependencies; log lines tell of them.
const RARE: [&str; 3] = [
    "retry_utils_circuit_breaker_not_listed_total",
    "retry_utils_circuit_breaker_keys_evicted_total",
    "retry_utils_retry_budget_not_listed_total",
];

/// Metrics of processes that share their breakers, which this example does not.
const FLEET: &str = "retry_utils_fleet_";

/// The names of our metrics in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("retry_utils_"))
}
