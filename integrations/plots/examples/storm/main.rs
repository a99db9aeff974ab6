//! Figures of retries during an outage: `cargo run --release --example storm` in `integrations`.
//!
//! The simulation runs in virtual time the same code as an annotated function. It compares its
//! figures with published ones, or with those of a published model. `tests/storm.rs` checks that
//! they agree.
//!
//! | file | content |
//! |---|---|
//! | `occ.rs` | clients that write one record |
//! | `layers.rs` | retries of retries |
//! | `queue.rs` | a server with a queue, after an outage |
//! | `shares.rs` | a token bucket or a breaker in each client |
//! | `crowd.rs` | a million clients |
//! | `figures.rs` | the figures, published and ours |
//! | `presets.rs` | the figures of our presets |
//! | `charts.rs` | the pictures, in `docs/` or in the folder that is the argument |
//! | `normal.rs` | random numbers |

// All numbers are far from any limit.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

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
use presets::{Line, Protection};
use queue::Course;
use retry_utils::{AGGRESSIVE, FailureKinds, RetryBudget};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let folder = std::env::args_os().nth(1).map_or(own, PathBuf::from);
    if !folder.is_dir() {
        let fix = "name a folder that exists, or none for `docs`";
        return Err(format!("{}: is not a folder: {fix}", folder.display()).into());
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

/// Returns two and a half minutes of the queue, with 220 calls per second.
fn courses() -> [(&'static str, Course); 4] {
    let one_retry = queue::at_once(1);
    let run = |protection: Protection| queue::run(&protection.callers(&one_retry, 220.0), 150, 1);
    let none = Protection::Nothing.callers(&queue::at_once(0), 220.0);
    [
        ("No retry", queue::run(&none, 150, 1)),
        ("One retry, immediately", run(Protection::Nothing)),
        ("One retry, with a budget of 10 %", run(Protection::Budget)),
        ("One retry, with a circuit breaker", run(Protection::Breaker)),
    ]
}

fn print(table: &Table) {
    println!("\n{}", table.title);
    match table.source {
        Source::Published(source) => println!("published: {source}"),
        Source::Rerun(source) => println!("published model, run again: {source}"),
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

/// Formats a number with decimals only if they matter.
fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { format!("{value:.0}") }
}

fn print_presets(lines: &[Line]) {
    println!(
        "\nOur presets in the queue of 300/s: at 250 calls/s, and the highest load that recovers"
    );
    println!("{:<14} {:<8} {:>12} {:>12} {:>12}", "", "with", "peak/s", "answered/s", "stable/s");
    for Line { preset, protection, peak, answered, stable } in lines {
        println!(
            "{preset:<14} {:<8} {peak:>12} {answered:>12.0} {stable:>12.0}",
            protection.name()
        );
    }
    println!(
        "\nOur presets where attempts fail at random, 100 clients with 10 calls/s each: \
         success / attempts per call"
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
    println!("{:<14} {:<8} {:>10} {:>10} {:>10}", "", "with", "calls", "written", "done, ms");
    for (preset, protection, outcome) in presets::with_one_record() {
        let occ::Outcome { calls, completion, written } = outcome;
        let protection = protection.name();
        println!("{preset:<14} {protection:<8} {calls:>10.0} {written:>10.0} {completion:>10.0}");
    }
    println!("\nOur presets in several layers, if every attempt fails: attempts at the bottom");
    println!("{:<14} {:>8} {:>8} {:>8}", "", "1 layer", "2", "3");
    for (preset, policy) in presets::PRESETS {
        // Only the number of attempts matters here.
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
