//! The command line.

use crate::failure::{Failure, Result};
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: compile-cost hello|functions|pairs|typical|all [--runs N] [--only LIBRARY]...
                    [--cold N] [--facade PATH]

  hello      crates, and processor time of cold builds, of a project of one call by each library
  functions  processor time and code size of 10, 100 and 400 annotated functions
  pairs      200 functions with both attributes against `tracing::instrument`
  typical    user time of a project with 60 functions: cold builds, and builds after an edit; and the instructions
             of a check after an edit, which needs valgrind
  all        each of them

  --runs N        rounds, or pairs (default: 3 rounds, 7 pairs); in `typical`, edits (default: 7)
  --only LIBRARY  only this library in `hello`; may be given again
  --cold N        cold builds in `typical` (default: 3); 0 for none
  --facade PATH   compare with the checkout of retry-utils at PATH in `typical`, and print the table

Tables go to benchmarks/target/measurements/build-*.tsv.";

const PARTS: [&str; 5] = ["hello", "functions", "pairs", "typical", "all"];

#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    /// One of `PARTS`.
    what: String,
    pub(crate) runs: Option<usize>,
    pub(crate) only: Vec<String>,
    pub(crate) cold: Option<usize>,
    pub(crate) facade: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut words = words.into_iter();
        let what = words.next().ok_or_else(|| Failure(USAGE.to_owned()))?;
        if !PARTS.contains(&what.as_str()) {
            return Err(Failure(format!("{what}: no such part\n\n{USAGE}")));
        }
        let mut arguments = Self { what, runs: None, only: Vec::new(), cold: None, facade: None };
        while let Some(option) = words.next() {
            let value = words.next();
            match (option.as_str(), value) {
                ("--runs", Some(number)) => arguments.runs = Some(count(&option, &number, 1)?),
                ("--only", Some(name)) => arguments.only.push(name),
                ("--cold", Some(number)) => arguments.cold = Some(count(&option, &number, 0)?),
                ("--facade", Some(path)) => arguments.facade = Some(path.into()),
                ("--runs" | "--only" | "--cold" | "--facade", None) => {
                    return Err(Failure(format!("{option}: a value is missing\n\n{USAGE}")));
                }
                _ => return Err(Failure(format!("{option}: no such option\n\n{USAGE}"))),
            }
        }
        Ok(arguments)
    }

    /// Returns whether a part is selected.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.what == part || self.what == "all"
    }
}

fn count(option: &str, number: &str, least: usize) -> Result<usize> {
    match number.parse() {
        Ok(count) if count >= least => Ok(count),
        _ => Err(Failure(format!("{option} {number}: must be a whole number of at least {least}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_part_runs_alone() {
        let arguments = parse("hello --runs 2 --only tryhard --only failsafe").unwrap();
        assert_eq!(PARTS.map(|part| arguments.wants(part)), [true, false, false, false, false]);
        assert_eq!(arguments.runs, Some(2));
        assert_eq!(arguments.only, ["tryhard", "failsafe"]);
    }

    #[test]
    fn all_is_each_part() {
        let arguments = parse("all").unwrap();
        assert!(PARTS.iter().all(|part| arguments.wants(part)));
    }

    #[test]
    fn a_checkout_is_compared_with_another() {
        let arguments = parse("typical --cold 0 --facade ../before").unwrap();
        assert_eq!(arguments.cold, Some(0));
        assert_eq!(arguments.facade, Some("../before".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |line| parse(line).unwrap_err().to_string();
        assert!(message("").starts_with("usage"));
        assert!(message("hullo").starts_with("hullo: no such part"));
        assert!(message("all --runs").starts_with("--runs: a value is missing"));
        assert!(message("all --runs 0").starts_with("--runs 0: must be"));
        assert!(message("typical --cold none").starts_with("--cold none: must be"));
        assert!(message("all --quick 1").starts_with("--quick: no such option"));
    }
}
