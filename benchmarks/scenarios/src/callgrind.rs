//! Instructions per call, counted by valgrind: the same on every run, whatever else the machine does.
//!
//! A binary is run with so many calls and with twice as many; what the second run executes more is the calls alone.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::drivers::Driver;
use crate::scenario::Scenario;

/// Why nothing could be counted.
#[derive(Debug)]
pub enum Error {
    /// There is no valgrind.
    Missing,
    /// It could not be started.
    Io(io::Error),
    /// It, or the binary under it, ended with an error.
    Failed {
        /// What was run.
        command: String,
        /// What it wrote to its standard error.
        output: String,
    },
    /// It said nothing of a count.
    NoCount {
        /// What was run.
        command: String,
        /// What it wrote to its standard error.
        output: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no valgrind on the path: apt-get install valgrind"),
            Self::Io(error) => write!(f, "valgrind does not start: {error}"),
            Self::Failed { command, output } => write!(f, "`{command}` failed:\n{output}"),
            Self::NoCount { command, output } => {
                write!(f, "`{command}` printed no line with `Collected`:\n{output}")
            }
        }
    }
}

impl StdError for Error {}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What the contestant has to do.
    pub scenario: Scenario,
    /// Who does it.
    pub contestant: String,
    /// Who polls it.
    pub driver: Driver,
    /// Whether each call waits for a timer, so that few calls have to do.
    pub waits: bool,
}

impl Subject {
    /// How many calls the shorter run makes.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        if self.waits { 100 } else { 10_000 }
    }
}

/// Instructions per call of `binary run SCENARIO CONTESTANT DRIVER CALLS`.
///
/// # Errors
///
/// If there is no valgrind, or the binary does not run under it.
pub fn per_call(binary: &Path, subject: &Subject) -> Result<f64, Error> {
    let calls = subject.calls();
    let once = count(binary, subject, calls)?;
    let twice = count(binary, subject, 2 * calls)?;
    Ok((twice as f64 - once as f64) / calls as f64)
}

/// Instructions of one whole run.
fn count(binary: &Path, subject: &Subject, calls: u64) -> Result<u64, Error> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args(["run", subject.scenario.id(), &subject.contestant, subject.driver.id()])
        .arg(calls.to_string());
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing,
        _ => Error::Io(error),
    })?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(Error::Failed { command: format!("{command:?}"), output: printed });
    }
    collected(&printed)
        .ok_or_else(|| Error::NoCount { command: format!("{command:?}"), output: printed })
}

/// The number in the line `==123== Collected : 456`.
fn collected(printed: &str) -> Option<u64> {
    let line = printed.lines().find(|line| line.contains("Collected"))?;
    line.split_whitespace().last()?.parse().ok()
}

/// The version of valgrind.
///
/// # Errors
///
/// If there is none.
pub fn version() -> Result<String, Error> {
    let output = Command::new("valgrind").arg("--version").output().map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound { Error::Missing } else { Error::Io(error) }
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_count_is_the_last_word_of_its_line() {
        let printed = "==7== Events    : Ir\n==7== Collected : 1234567\n==7==\n";
        assert_eq!(collected(printed), Some(1_234_567));
    }

    #[test]
    fn no_line_no_count() {
        assert_eq!(collected("valgrind: no such file"), None);
    }
}
