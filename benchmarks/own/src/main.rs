//! Measures retry-utils and code written by hand; builds no other library.

use std::path::Path;
use std::process::ExitCode;

use scenarios::command_line;

const USAGE: &str = "
       ceilings [FILE]";

fn main() -> ExitCode {
    command_line::main(&own::field(), USAGE, |field, arguments| match arguments {
        ["ceilings"] => {
            let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../ceilings.txt");
            Some(own::ceilings::check(field, Path::new(committed)))
        }
        ["ceilings", file] => Some(own::ceilings::check(field, Path::new(file))),
        _ => None,
    })
}
