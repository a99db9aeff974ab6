//! Measures all contestants.

use std::process::ExitCode;

fn main() -> ExitCode {
    scenarios::command_line::main(&peers::field(), "", |_, _| None)
}
