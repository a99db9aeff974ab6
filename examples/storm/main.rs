//! What retries do to a dependency in trouble, in figures: `cargo run --release --example storm`.
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
//! | `normal.rs` | random numbers |

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // Far from any limit.

mod crowd;
mod figures;
mod layers;
mod normal;
mod occ;
mod queue;
mod shares;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use figures::{Source, Table};
use retry_utils::{AGGRESSIVE, RetryBudget};

fn main() -> ExitCode {
    let began = Instant::now();
    let tables = [
        figures::multiplication(),
        figures::contention(100, &[50, 100, 190]),
        figures::recovery(),
        figures::bounds(),
    ];
    let mut all_within = true;
    for table in &tables {
        print(table);
        all_within &= table.rows.iter().all(figures::Row::is_within);
    }
    million();
    println!("\n{:.1} s in all", began.elapsed().as_secs_f64());
    if all_within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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

fn million() {
    let began = Instant::now();
    let budget = RetryBudget::new().ratio(0.1).burst(10_000);
    let pause = Duration::from_secs(5);
    println!("\nA million clients for a minute, AGGRESSIVE, an outage from 20 s to 30 s");
    for (name, budget) in [("no budget", None), ("a budget of 10 %", Some(&budget))] {
        let crowd = crowd::run(1_000_000, pause, 250_000.0, &AGGRESSIVE, budget, 60, |_| {});
        let most = crowd.offered.iter().max().copied().unwrap_or_default();
        let calls: u32 = crowd.offered.iter().sum();
        let answered: u32 = crowd.answered[50..].iter().sum();
        println!(
            "{name}: {calls} attempts, at most {most}/s, {}/s answered in the last ten seconds",
            answered / 10
        );
    }
    println!("{:.1} s", began.elapsed().as_secs_f64());
}
