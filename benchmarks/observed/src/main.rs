//! Measures retry-utils with its feature `metrics`.

use std::process::ExitCode;

use scenarios::command_line::{self, Clock};

fn main() -> ExitCode {
    command_line::main(&observed::field(), Clock::Plain)
}
