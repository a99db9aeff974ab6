//! Measures retry-utils under recorders of the crate `metrics`.

use std::path::Path;
use std::process::ExitCode;

use scenarios::command_line::{self, Clock};

fn main() -> ExitCode {
    let ceilings = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("ceilings.txt");
    command_line::main(&observed::field(), Clock::Plain, &ceilings)
}
