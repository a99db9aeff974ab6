//! Instructions per call, counted by valgrind. The load of the machine does not change them.
//!
//! A binary runs twice, the second time with twice as many calls. The difference between the two
//! counts belongs to the calls alone.

use std::error::Error as StdError;
use std::fmt;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::contestant::Run;
use crate::drivers::Driver;
use crate::scenario::Scenario;
use crate::set_up::SetUp;

/// The reason why nothing was counted.
#[derive(Debug)]
pub enum Error {
    /// Valgrind is not installed.
    Missing,
    /// Valgrind could not be started.
    Io(io::Error),
    /// Valgrind, or the binary under it, ended with an error.
    Failed {
        /// The command.
        command: String,
        /// Its standard error.
        output: String,
    },
    /// Valgrind printed no count.
    NoCount {
        /// The command.
        command: String,
        /// Its standard error.
        output: String,
    },
    /// The two runs have the same count.
    NoDifference {
        /// The subject of the count.
        subject: Subject,
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
            Self::NoDifference { subject } => {
                write!(f, "twice as many calls took no more instructions: {subject:?}")
            }
        }
    }
}

impl StdError for Error {}

/// The subject of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The set-up of the process.
    pub set_up: SetUp,
    /// The scenario of the contestant.
    pub scenario: Scenario,
    /// The name of the contestant.
    pub contestant: String,
    /// The driver of the calls.
    pub driver: Driver,
    /// True if each call waits for a timer. Fewer calls are made in that case.
    pub waits: bool,
}

impl Subject {
    /// Returns the number of calls of the shorter run.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        if self.waits { 100 } else { 2_000 }
    }
}

/// Counts the instructions per call of each subject, in their order. It runs one valgrind per
/// processor at a time, which does not change the counts.
///
/// # Errors
///
/// Returns the first error of [`per_call`].
///
/// # Panics
///
/// Panics if a counting thread panics.
pub fn all(subjects: &[(&Path, Subject)]) -> Result<Vec<f64>, Error> {
    let next = AtomicUsize::new(0);
    let counts = Mutex::new(vec![0.0; subjects.len()]);
    let count = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((binary, subject)) = subjects.get(at) else { return Ok(()) };
            let found = per_call(binary, subject)?;
            counts.lock().unwrap_or_else(PoisonError::into_inner)[at] = found;
        }
    };
    thread::scope(|scope| -> Result<(), Error> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(count)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("counting does not panic"))
    })?;
    Ok(counts.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Counts the instructions per call of `binary --set-up SET-UP run SCENARIO CONTESTANT DRIVER
/// CALLS`.
///
/// # Errors
///
/// Returns an error if valgrind is not installed, if the binary does not run under it, or if the
/// calls were not counted.
pub fn per_call(binary: &Path, subject: &Subject) -> Result<f64, Error> {
    let calls = subject.calls();
    let once = count(binary, subject, calls)?;
    let twice = count(binary, subject, 2 * calls)?;
    // If [`COUNTED`] matches no function, valgrind counts nothing and reports no error.
    if twice <= once {
        return Err(Error::NoDifference { subject: subject.clone() });
    }
    Ok((twice as f64 - once as f64) / calls as f64)
}

/// Makes the calls of a run. In a set-up with a recorder, callgrind counts only this function: the
/// recorder compares two clocks when it is built, which takes a different number of instructions
/// each time.
///
/// In other set-ups callgrind counts the whole process, which includes other threads: `again` waits
/// on one.
#[inline(never)]
pub fn counted(run: Run, calls: u64) {
    black_box(run(calls));
}

/// The name of [`counted`].
const COUNTED: &str = "scenarios::callgrind::counted";

/// Counts the instructions of one run: of the whole process, or of [`counted`].
fn count(binary: &Path, subject: &Subject, calls: u64) -> Result<u64, Error> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    if subject.set_up.has_recorder() {
        command.arg(format!("--toggle-collect={COUNTED}"));
    }
    command
        .arg(binary)
        .args(["--set-up", subject.set_up.id()])
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

/// Returns the number in the line `==123== Collected : 456`.
fn collected(printed: &str) -> Option<u64> {
    let line = printed.lines().find(|line| line.contains("Collected"))?;
    line.split_whitespace().last()?.parse().ok()
}

/// Returns the version of valgrind.
///
/// # Errors
///
/// Returns an error if valgrind is not installed.
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
