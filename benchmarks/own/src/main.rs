//! Measures retry-utils and code written by hand; builds no other library.

use std::path::Path;
use std::process::ExitCode;

use scenarios::command_line;

const USAGE: &str = "
       ceilings [FILE]";

fn main() -> ExitCode {
    command_line::main(&own::field(), USAGE, |field, arguments| match arguments {
        ["ceilings"] => {
            let committed = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("ceilings.txt");
            Some(own::ceilings::check(field, &committed))
        }
        ["ceilings", file] => Some(own::ceilings::check(field, Path::new(file))),
        _ => None,
    })
}
