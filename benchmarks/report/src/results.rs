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

Written by `benchmarks/run`; [README.md](README.md) says what is measured and how, and which contestants are left out of
which scenario. Instruction counts are the first measure: they are the same on every run. Times are the second: medians
over rounds in which all contestants take turns in one process, with the quartiles as noise, and the median ratio to the
plain call of the same round. A count says nothing of how long an instruction takes, so that the order of the two may
differ. Below each table stands who is better than ours, equal or worse: counts and sizes are equal within 5 %, times and
rates where their quartiles overlap.

The protected call is a user's own async function: a borrowed argument, an await in its body, an error type that holds the
rejection of a breaker, and two callers. Every contestant is measured in a function of that shape. Rows that end with
`-bare` are the best case: the library is called in place, without a function of the user's, on a result that is ready. They
are compared with each other alone.

`plain` is the call without protection. `by-hand-…` is code that needs no library. Names that begin with `retry-utils` are
ours: `retry-utils` is the attribute, `-run` and `-call` are the same without one.

";

const ABOUT_TWO_FAILURES: &str = "\
Those without a figure under noop wait for a timer even where the delay is zero. `plain` makes the three calls one after
another, without asking how they ended.

";

const ABOUT_CLOCK: &str = "\
For comparison with the above: several contestants read the clock on each call. Under valgrind a reading is a system call,
whose instructions in the kernel are not counted: in the tables, readings of the clock cost time and nearly no
instructions. No program that is measured has tokio's test clock but that of tryhard, which asks for it.

";

const ABOUT_REJECTING: &str = "\
A rejection reads the clock, so its time says more than its instructions.

";

const ABOUT_KEYED: &str = "\
The keys take turns. `plain` takes the next key too, and looks nothing up. `by-hand-map` is a `HashMap` behind an `RwLock`,
which has no bound.

";

const ABOUT_SET_UPS: &str = "\
Instructions of ours per call, under tokio. `nobody`: no subscriber, and no feature `metrics`. `fmt-info`:
`tracing_subscriber::fmt` at INFO, into a sink. `metrics`: the feature, without a recorder. `prometheus`: with the recorder of
metrics-exporter-prometheus. `prometheus-described`: `describe` was called after that. `both`: the same, and the subscriber. No
other contestant makes events, with the features that it has by default: the lines below the table compare ours in `both` with
what they take anyway.

";

const ABOUT_LISTENED_THREADS: &str = "\
Million calls per second that one breaker rejects while it is open.

";

const ABOUT_WINDOW_TIME: &str = "\
`tower-resilience` keeps every call of the last 10 s and goes through them on each call: its figure grows with the number
of calls that were made before.

";

const ABOUT_WAITING: &str = "\
Nearly all of it is waiting, and tokio's timer, which rounds a wait up to the next millisecond; `again` has a timer of its
own, on a thread whose instructions are counted too.

";

/// Measured by `integrations/corpus`, which is run by hand.
const CORPUS: &str = include_str!("../../corpus.md");

/// The whole file.
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
    text.push_str("The other scenarios. A span has the level INFO, so a subscriber takes it.\n\n");
    text.push_str(&sections::set_ups(figures, false));
    text.push_str(ABOUT_LISTENED_THREADS);
    text.push_str(&sections::listened_threads(figures, Load::Rejecting)?);
    text.push_str("\n## E. One breaker under several threads\n\n");
    text.push_str(
        "Million calls per second of all threads together, its quartiles, and the median ratio to the packed atomic of \
         the same round. With more threads than processors the threads take turns. `nothing-shared` asks no breaker: where \
         its rate does not grow with the threads, the machine gave them no more processors, and no other rate could grow.\n\n",
    );
    for load in Load::ALL {
        text.push_str(match load {
            Load::Healthy => "### Closed, calls succeed\n\n",
            Load::Rejecting => "### Open, calls are rejected\n\n",
        });
        push_charts(&mut text, charts, load.id());
        text.push_str(&sections::threads(figures, load)?);
        text.push('\n');
    }
    text.push_str("## F. Sizes of futures, in bytes\n\n");
    push_charts(&mut text, charts, "sizes");
    text.push_str(&sections::sizes(figures)?);
    text.push_str(
        "\n## G. Allocations per call\n\nThose that are not in the table allocate nothing.\n\n",
    );
    text.push_str(&sections::allocations(figures));
    for (title, table) in &figures.others {
        text.push_str(&format!("\n## H. {title}\n\n"));
        text.push_str(&sections::other(table));
    }
    text.push_str(CORPUS);
    Ok(text)
}

fn push_charts(text: &mut String, charts: &[Chart], section: &str) {
    for chart in charts.iter().filter(|chart| chart.section == section) {
        text.push_str(&format!("![{}](charts/{})\n\n", chart.title, chart.file));
    }
}

/// How far apart the quartiles are, as a share of the median: in the middle of all times without a
/// wait, and at worst.
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
            format!("quartiles {middle} % of the median apart in the middle of all contestants, {most} % at most")
        },
    )
}
