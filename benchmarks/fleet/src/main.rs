//! The costs and the savings of a fleet.
//!
//! | command | content |
//! |---|---|
//! | `spent` | the failed calls of an outage, in a fleet and alone; in virtual time |
//! | `push` | the time until news reaches all instances |
//! | `load` | commands and processor time at Redis |
//! | `all` | all of them, as the tables of `fleet.md` |
//!
//! `push` and `load` start a `redis-server` on the loopback interface. All instances are in this
//! process, so they share the processors with the server.

mod load;
mod push;
mod spent;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["spent"] => spent::print(),
        ["push"] => push::print(),
        ["load"] => load::print(),
        ["all"] => {
            spent::print();
            push::print();
            load::print();
        }
        _ => {
            eprintln!("usage: fleet spent|push|load|all");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Returns the value at this percentile of sorted values.
fn quantile<T: Copy>(sorted: &[T], percent: usize) -> T {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}
