//! Measures the peers that enable tokio's test clock, and the plain call.

use std::process::ExitCode;

use scenarios::command_line::{self, Clock};

fn main() -> ExitCode {
    command_line::main(&test_clocked::field(), Clock::Test)
}
