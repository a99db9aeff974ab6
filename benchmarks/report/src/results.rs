//! The text of `RESULTS.md`.

use std::path::Path;

use scenarios::scenario::Scenario;
use scenarios::shared::Load;

use crate::charts::Chart;
use crate::figures::Figures;
use crate::table::{figure, markdown};
use crate::{machine, sections};

const INTRODUCTION: &str = "\
# Results

`benchmarks/run` writes this file. [README.md](README.md) describes the measurements, and lists
which contestants are left out of which scenario. Instruction counts come first, because they are
the same on every run. Times come second. They are medians over rounds in which all contestants take
turns in one process. The quartiles show the noise, and the ratio is the median ratio to the plain
call of the same round. A count does not include how long an instruction takes, so the two can
differ in order. The lists below each table compare the other contestants with retry-utils. Counts
and sizes are equal within 5 %, times and rates if their quartiles overlap.

The protected call is a user's own async function. It has a borrowed argument, an await in its body,
an error type that holds the rejection of a breaker, and two callers. Every contestant is measured
in such a function. Rows that end with `-bare` are the best case: the library is called directly,
without a user's function, and the result is ready. They are compared only with each other.

`plain` is the call without protection. `by-hand-…` is code without a library. Names that begin with
`retry-utils` belong to retry-utils: `retry-utils` is the attribute, and the rest of a name is the
method or the setting. `-run` and `-call` do the same without the attribute.

";

const ABOUT_TWO_FAILURES: &str = "\
Contestants without a figure under noop wait for a timer even if the delay is zero. `plain` makes
three calls and ignores the first two outcomes.

";

const ABOUT_CLOCK: &str = "\
Several contestants read the clock on each call. Under valgrind a reading is a system call, and
valgrind does not count instructions in the kernel. In the tables, a reading therefore costs time
but nearly no instructions. Only `tryhard` is measured with tokio's test clock, because it enables
that clock.

";

const ABOUT_REJECTING: &str = "\
A rejection reads the clock, so its time is more meaningful than its instructions.

";

const ABOUT_KEYED: &str = "\
The calls take the keys in turn. `plain` also takes a key, but looks nothing up. `by-hand-map` is a
`HashMap` behind an `RwLock`, without a bound.

";

const ABOUT_SET_UPS: &str = "\
Instructions per call of retry-utils, under tokio. `nobody` has no subscriber, and retry-utils is
built without its feature `metrics`. `fmt-info` adds `tracing_subscriber::fmt` at INFO, which writes
to a sink. `metrics` has the feature, but no recorder. `prometheus` adds the recorder of
metrics-exporter-prometheus. `prometheus-described` also calls `describe` after that. `both` adds
the subscriber to it. No other contestant emits events with its default features. Therefore the
lists below the table compare retry-utils in `both` with the others in `nobody`.

";

const ABOUT_SET_UP_THREADS: &str = "\
The same with one and two threads, in the set-ups `nobody`, `prometheus`, `prometheus-described` and
`both`.

";

const ABOUT_THREADS: &str = "\
Million calls per second of all threads together, with their quartiles, and the median ratio to
`by-hand-atomic` in the same round. If there are more threads than processors, the threads take
turns. `nothing-shared` has no breaker. If its rate does not grow with the number of threads, the
machine had no further processors for them, and no other rate can grow.

";

const ABOUT_WINDOW_TIME: &str = "\
`tower-resilience` keeps every call of the last 10 s and goes through them on each call. Its figure
grows with the number of earlier calls.

";

const ABOUT_WAITING: &str = "\
Nearly all of the time is waiting and tokio's timer, which rounds a wait up to the next millisecond.
`again` waits on a separate thread, whose instructions are also counted.

";

/// The results of `integrations/corpus`, which is run by hand.
const CORPUS: &str = include_str!("../../corpus.md");
/// The results of `fleet`, which is run by hand.
const FLEET: &str = include_str!("../../fleet.md");

/// Returns the whole file.
pub(crate) fn text(
    figures: &Figures,
    charts: &[Chart],
    root: &Path,
    measurements: &Path,
) -> Result<String, String> {
    if figures.entries.is_empty() {
        return Err(format!("{}: nothing was measured", measurements.display()));
    }
    let mut text = String::from(INTRODUCTION);
    text.push_str("## Measured on\n\n");
    let noise = vec!["Noise of times without a wait".to_owned(), noise(figures)];
    let facts: Vec<_> = figures.machine.rows.iter().cloned().chain([noise]).collect();
    text.push_str(&markdown(&["what", "which"], &facts).replace("---:", "---"));
    text.push_str("\nVersions: ");
    let versions: Vec<_> = machine::versions(root)?
        .into_iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    text.push_str(&format!("{}.\n\n", versions.join(", ")));
    for scenario in Scenario::ALL {
        text.push_str(&format!("## {}\n\n", scenario.title()));
        text.push_str(match scenario {
            Scenario::TwoFailures => ABOUT_TWO_FAILURES,
            Scenario::TwoFailuresWaiting => ABOUT_WAITING,
            Scenario::WindowTime => ABOUT_WINDOW_TIME,
            Scenario::Rejecting => ABOUT_REJECTING,
            Scenario::Keyed1 => ABOUT_KEYED,
            Scenario::Clock => ABOUT_CLOCK,
            _ => "",
        });
        push_charts(&mut text, charts, scenario.id());
        text.push_str(&sections::scenario(figures, scenario));
    }
    text.push_str("## With a subscriber and a recorder\n\n");
    text.push_str(ABOUT_SET_UPS);
    text.push_str(&sections::set_ups(figures, true));
    text.push_str("The other scenarios. A subscriber at INFO receives the spans of `span`.\n\n");
    text.push_str(&sections::set_ups(figures, false));
    text.push_str("## E. One breaker under several threads\n\n");
    text.push_str(ABOUT_THREADS);
    for load in Load::ALL {
        text.push_str(match load {
            Load::Healthy => "### Closed, calls succeed\n\n",
            Load::Rejecting => "### Open, calls are rejected\n\n",
        });
        push_charts(&mut text, charts, load.id());
        text.push_str(&sections::threads(figures, load)?);
        text.push('\n');
    }
    text.push_str("### Open, calls are rejected, with a recorder\n\n");
    text.push_str(ABOUT_SET_UP_THREADS);
    text.push_str(&sections::set_up_threads(figures, Load::Rejecting)?);
    text.push('\n');
    text.push_str("## F. Sizes of futures, in bytes\n\n");
    push_charts(&mut text, charts, "sizes");
    text.push_str(&sections::sizes(figures)?);
    text.push_str(
        "\n## G. Allocations per call\n\nContestants that are not in the table allocate nothing.\n\n",
    );
    text.push_str(&sections::allocations(figures));
    for (title, table) in &figures.others {
        text.push_str(&format!("\n## H. {title}\n\n"));
        text.push_str(&sections::other(table));
    }
    text.push_str(CORPUS);
    text.push_str(FLEET);
    Ok(text)
}

fn push_charts(text: &mut String, charts: &[Chart], section: &str) {
    for chart in charts.iter().filter(|chart| chart.section == section) {
        text.push_str(&format!("![{}](charts/{})\n\n", chart.title, chart.file));
    }
}

/// Returns the distance of the quartiles as a share of the median: the median of all times without
/// a wait, and the maximum.
fn noise(figures: &Figures) -> String {
    let mut shares: Vec<f64> = figures
        .entries
        .iter()
        .filter(|entry| entry.noop.nanos.is_some())
        .flat_map(|entry| [entry.noop.nanos, entry.tokio.nanos])
        .flatten()
        .filter(|spread| spread.median > 0.0)
        .map(|spread| (spread.upper - spread.lower) / spread.median * 100.0)
        .collect();
    shares.sort_by(f64::total_cmp);
    let (middle, most) = (shares.get(shares.len() / 2), shares.last());
    middle.zip(most).map_or_else(
        || "unknown".to_owned(),
        |(middle, most)| {
            let (middle, most) = (figure(*middle), figure(*most));
            format!("quartiles {middle} % of the median apart (median of all contestants), {most} % at most")
        },
    )
}
