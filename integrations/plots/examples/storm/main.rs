//! What retries do to a dependency in trouble, in figures: `cargo run --release --example storm` in
//! `integrations`.
//!
//! A simulation in virtual time of the very code that an annotated function runs. Each figure that others have published,
//! or that a published model gives, stands beside ours; `tests/storm.rs` holds them to each other.
//!
//! | file | what |
//! |---|---|
//! | `occ.rs` | clients that write one record |
//! | `layers.rs` | retries of retries |
//! | `queue.rs` | a server with a queue, after an outage |
//! | `shares.rs` | a token bucket or a breaker in each client |
//! | `crowd.rs` | a million clients |
//! | `figures.rs` | the figures, published and ours |
//! | `presets.rs` | what our presets come to |
//! | `charts.rs` | the pictures, which go to `docs/` or to the folder that is named |
//! | `normal.rs` | random numbers |

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // Far from any limit.

mod charts;
mod crowd;
mod figures;
mod layers;
mod normal;
mod occ;
mod presets;
mod queue;
mod shares;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crowd::Crowd;
use figures::{Source, Table};
use indicatif::{ProgressBar, ProgressStyle};
use presets::{Beside, Line};
use queue::Course;
use retry_utils::{AGGRESSIVE, FailureKinds, RetryBudget};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let folder = std::env::args_os().nth(1).map_or(own, PathBuf::from);
    if !folder.is_dir() {
        let mend = "name a folder that is there, or none for `docs`";
        return Err(format!("{}: is no folder: {mend}", folder.display()).into());
    }
    let began = Instant::now();
    let mut all_within = true;
    for make in [
        figures::multiplication,
        || figures::contention(100, &[50, 100, 190]),
        figures::recovery,
        figures::bounds,
    ] {
        let table = make();
        print(&table);
        all_within &= table.rows.iter().all(figures::Row::is_within);
    }
    let lines = presets::in_the_queue();
    print_presets(&lines);
    let crowds = million();
    charts::schedules(&folder)?;
    charts::queues(&folder, &courses())?;
    charts::stability(&folder, &lines)?;
    charts::crowds(&folder, &crowds)?;
    println!("\nPictures: {}/storm-*.svg and .png", folder.display());
    println!("{:.1} s in all", began.elapsed().as_secs_f64());
    Ok(if all_within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Two and a half minutes of the queue, under callers who come at 220 calls a second.
fn courses() -> [(&'static str, Course); 4] {
    let one_retry = queue::at_once(1);
    let run = |beside: Beside| queue::run(&beside.callers(&one_retry, 220.0), 150, 1);
    let none = Beside::Nothing.callers(&queue::at_once(0), 220.0);
    [
        ("No retry", queue::run(&none, 150, 1)),
        ("One retry, immediately", run(Beside::Nothing)),
        ("One retry, with a budget of 10 %", run(Beside::Budget)),
        ("One retry, with a circuit breaker", run(Beside::Breaker)),
    ]
}

fn print(table: &Table) {
    println!("\n{}", table.title);
    match table.source {
        Source::Published(source) => println!("published: {source}"),
        Source::Rerun(source) => println!("a published model, run again: {source}"),
    }
    println!("{:<70} {:>10} {:>10} {:>8}", "", "reference", "ours", "");
    for row in &table.rows {
        let off = if row.reference == 0.0 { 0.0 } else { row.ours / row.reference - 1.0 };
        let mark = if row.is_within() { "" } else { "  outside its tolerance" };
        println!(
            "{:<70} {:>10} {:>10} {:>+7.1} %{mark}",
            row.what,
            number(row.reference),
            number(row.ours),
            off * 100.0
        );
    }
}

/// With as many decimals as tell something.
fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { format!("{value:.0}") }
}

fn print_presets(lines: &[Line]) {
    println!(
        "\nOur presets, each with its defaults, in the queue of 300/s: at 250 calls/s, and up to which load it recovers"
    );
    println!("{:<14} {:<8} {:>12} {:>12} {:>12}", "", "beside", "peak/s", "answered/s", "stable/s");
    for Line { preset, beside, peak, answered, stable } in lines {
        println!("{preset:<14} {:<8} {peak:>12} {answered:>12.0} {stable:>12.0}", beside.name());
    }
    println!(
        "\nOur presets where attempts fail at random, 100 clients with 10 calls/s each: success / attempts per call"
    );
    println!(
        "{:<14} {:<8} {:>16} {:>16} {:>16}",
        "", "p", "alone", "a bucket each", "a breaker each"
    );
    for (preset, failing, shares) in presets::at_random() {
        let [alone, bucket, breaker] =
            shares.map(|share| format!("{:.3} / {:.2}", share.success, share.amplification));
        println!("{preset:<14} {failing:<8} {alone:>16} {bucket:>16} {breaker:>16}");
    }
    println!("\nOur presets where 100 clients write one record, mean of 100 runs");
    println!("{:<14} {:<8} {:>10} {:>10} {:>10}", "", "beside", "calls", "written", "done, ms");
    for (preset, beside, outcome) in presets::with_one_record() {
        let occ::Outcome { calls, completion, written } = outcome;
        let beside = beside.name();
        println!("{preset:<14} {beside:<8} {calls:>10.0} {written:>10.0} {completion:>10.0}");
    }
    println!(
        "\nOur presets in layers of which everything fails: attempts that arrive at the bottom"
    );
    println!("{:<14} {:>8} {:>8} {:>8}", "", "1 layer", "2", "3");
    for (preset, policy) in presets::PRESETS {
        // Whatever kinds it retries: it is the number that multiplies.
        let policy = policy.retry_on(FailureKinds::ALL);
        let [one, two, three] = [1, 2, 3].map(|layers| layers::through(layers, &policy));
        println!("{preset:<14} {one:>8} {two:>8} {three:>8}");
    }
}

fn million() -> [(&'static str, Crowd); 2] {
    const SECONDS: usize = 60;
    let began = Instant::now();
    let budget = RetryBudget::new().ratio(0.1).burst(10_000);
    println!("\nA million clients for a minute, AGGRESSIVE, an outage from 20 s to 30 s");
    let crowds =
        [("No budget", None), ("A budget of 10 %", Some(&budget))].map(|(name, budget)| {
            let bar = ProgressBar::new(SECONDS as u64).with_message(name).with_style(style());
            let pause = Duration::from_secs(5);
            let tick = |second: usize| bar.set_position(second as u64);
            let crowd = crowd::run(1_000_000, pause, 250_000.0, &AGGRESSIVE, budget, SECONDS, tick);
            bar.finish_and_clear();
            let most = crowd.offered.iter().max().copied().unwrap_or_default();
            let attempts: u32 = crowd.offered.iter().sum();
            println!("{name}: {attempts} attempts, at most {most} in a second");
            (name, crowd)
        });
    println!("{:.1} s", began.elapsed().as_secs_f64());
    crowds
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {bar:40} {pos} of {len} s")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
