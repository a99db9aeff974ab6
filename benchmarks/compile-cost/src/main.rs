//! Measures the cost of depending on a library: crates, processor time of builds, code size.
//!
//! Processor time is that of cargo and all its child processes. A busy machine disturbs it less
//! than wall-clock time. It is still noisy, so every figure is a median of interleaved rounds.

mod arguments;
mod failure;
mod figures;
mod functions;
mod hello;
mod libraries;
mod pairs;
mod project;
mod service;
mod typical;
mod variants;

use arguments::Arguments;
use std::process::ExitCode;

const ROUNDS: usize = 3;
const PAIRS: usize = 7;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| measure(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> failure::Result<()> {
    if arguments.wants("hello") {
        hello::measure(arguments.runs.unwrap_or(ROUNDS), &arguments.only)?;
    }
    if arguments.wants("functions") {
        functions::measure(arguments.runs.unwrap_or(ROUNDS))?;
    }
    if arguments.wants("pairs") {
        pairs::measure(arguments.runs.unwrap_or(PAIRS))?;
    }
    if arguments.wants("typical") {
        let times = typical::Times {
            cold: arguments.cold.unwrap_or(ROUNDS),
            edits: arguments.runs.unwrap_or(PAIRS),
        };
        typical::measure(times, arguments.facade.as_deref())?;
    }
    Ok(())
}
