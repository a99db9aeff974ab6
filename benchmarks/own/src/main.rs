//! Measures retry-utils and code written by hand. Builds no other library.

use std::process::ExitCode;

use scenarios::command_line::{self, Clock};

fn main() -> ExitCode {
    if own::has_metrics() {
        eprintln!(
            "error: retry-utils has its feature `metrics`: build this package alone with \
             `cargo build --release -p own`"
        );
        return ExitCode::FAILURE;
    }
    command_line::main(&own::field(), Clock::Plain)
}
