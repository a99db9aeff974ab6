//! Each figure of `examples/storm` is within its tolerance of its reference.

// All numbers are far from any limit.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
// Some code is used by the example only.
#![allow(dead_code)]

#[path = "../examples/storm/charts.rs"]
mod charts;
#[path = "../examples/storm/crowd.rs"]
mod crowd;
#[path = "../examples/storm/figures.rs"]
mod figures;
#[path = "../examples/storm/layers.rs"]
mod layers;
#[path = "../examples/storm/normal.rs"]
mod normal;
#[path = "../examples/storm/occ.rs"]
mod occ;
#[path = "../examples/storm/presets.rs"]
mod presets;
#[path = "../examples/storm/queue.rs"]
mod queue;
#[path = "../examples/storm/shares.rs"]
mod shares;

use std::fs;
use std::path::Path;
use std::time::Duration;

use figures::Table;
use retry_utils::{AGGRESSIVE, RetryBudget};

fn holds(table: &Table, rows: usize) {
    assert_eq!(table.rows.len(), rows);
    let off: Vec<_> = table.rows.iter().filter(|row| !row.is_within()).collect();
    assert!(off.is_empty(), "{}: {off:#?}", table.title);
}

#[test]
fn clients_that_write_one_record() {
    holds(&figures::contention(200, &[50, 100]), 20);
    // Fewer, because each takes as long as ten of the others.
    holds(&figures::contention(50, &[190]), 10);
}

#[test]
fn attempts_per_call() {
    holds(&figures::multiplication(), 6);
}

#[test]
fn a_queue_after_an_outage() {
    holds(&figures::recovery(), 7);
}

#[test]
fn retries_bounded_in_each_client() {
    holds(&figures::bounds(), 15);
}

#[test]
fn the_pictures_are_drawn() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let course = || queue::run(&figures::callers(1, None)(100.0), 40, 1);
    let crowd = || crowd::run(1000, Duration::from_secs(1), 500.0, &AGGRESSIVE, None, 40, |_| {});
    let line = |protection| presets::Line {
        preset: "STANDARD",
        protection,
        peak: 0,
        answered: 0.0,
        stable: 150.0,
    };
    let lines = presets::Protection::ALL.map(line);
    charts::schedules(folder).unwrap();
    charts::queues(folder, &["a", "b", "c", "d"].map(|name| (name, course()))).unwrap();
    charts::stability(folder, &lines).unwrap();
    charts::crowds(folder, &["a", "b"].map(|name| (name, crowd()))).unwrap();
    for name in ["presets", "jitter", "queue", "stability", "crowd"] {
        let png = fs::read(folder.join(format!("storm-{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000, "{name}: {} bytes", png.len());
        let svg = fs::read_to_string(folder.join(format!("storm-{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("</text>"), "{name}");
        assert!(!svg.contains("NaN"), "{name}");
    }
}

#[test]
fn a_seed_gives_the_same_again() {
    let once = || {
        let crowd = crowd::run(1000, Duration::from_secs(1), 500.0, &AGGRESSIVE, None, 40, |_| {});
        (crowd.offered, crowd.answered)
    };
    assert_eq!(once(), once());
    let mean = |seed| format!("{:?}", occ::mean(20, occ::Backoff::ALL[3], 5, seed));
    assert_eq!(mean(3), mean(3));
    assert_ne!(mean(3), mean(4));
}

#[test]
fn a_crowd_offers_no_more_than_its_budget_allows() {
    let budget = RetryBudget::new().ratio(0.1).burst(100);
    let run = |budget| {
        let crowd =
            crowd::run(10_000, Duration::from_secs(5), 2500.0, &AGGRESSIVE, budget, 60, |_| {});
        crowd.offered.iter().copied().max().unwrap()
    };
    // Ten thousand clients begin at most two thousand calls per second, and retry at most one call
    // in ten.
    assert!(run(Some(&budget)) < 2600, "{}", run(Some(&budget)));
    assert!(run(None) > 5000, "{}", run(None));
}
