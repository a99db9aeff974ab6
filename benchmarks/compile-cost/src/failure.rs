//! The error of a measurement: one sentence, with cargo's output if there is any.

use std::fmt;
use std::path::Path;

/// An error that can only be shown.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the name of the file to an error of the operating system.
pub(crate) fn of_file<T>(doing: &str, path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| Failure(format!("could not {doing} {}: {error}", path.display())))
}
