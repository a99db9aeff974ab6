//! Measures all contestants except those of `test-clocked`.

use std::process::ExitCode;

use scenarios::command_line::{self, Clock};

fn main() -> ExitCode {
    command_line::main(&peers::field(), Clock::Plain)
}
