//! What went wrong, in one sentence and with cargo's own words where it has any.

use std::fmt;
use std::path::Path;

/// Says what failed; there is nothing to do about it but to show it.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the file beside what the operating system says of it.
pub(crate) fn of_file<T>(doing: &str, path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| Failure(format!("could not {doing} {}: {error}", path.display())))
}
