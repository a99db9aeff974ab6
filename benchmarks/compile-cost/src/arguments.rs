//! The command line.

use crate::failure::{Failure, Result};

pub(crate) const USAGE: &str = "\
usage: compile-cost hello|functions|pairs|all [--runs N] [--only LIBRARY]...

  hello      crates, and processor time of cold builds, of a project of one call by each library
  functions  processor time and code size of 10, 100 and 400 annotated functions
  pairs      200 functions with both attributes against `tracing::instrument`
  all        each of them

  --runs N        rounds, or pairs (default: 3 rounds, 7 pairs)
  --only LIBRARY  only this library in `hello`; may be given again

Tables go to benchmarks/target/measurements/build-*.tsv.";

#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) hello: bool,
    pub(crate) functions: bool,
    pub(crate) pairs: bool,
    pub(crate) runs: Option<usize>,
    pub(crate) only: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut words = words.into_iter();
        let what = words.next().ok_or_else(|| Failure(USAGE.to_owned()))?;
        if !["hello", "functions", "pairs", "all"].contains(&what.as_str()) {
            return Err(Failure(format!("{what}: no such part\n\n{USAGE}")));
        }
        let wanted = |part| what == part || what == "all";
        let mut arguments = Self {
            hello: wanted("hello"),
            functions: wanted("functions"),
            pairs: wanted("pairs"),
            runs: None,
            only: Vec::new(),
        };
        while let Some(option) = words.next() {
            let value = words.next();
            match (option.as_str(), value) {
                ("--runs", Some(number)) => arguments.runs = Some(runs(&number)?),
                ("--only", Some(name)) => arguments.only.push(name),
                ("--runs" | "--only", None) => {
                    return Err(Failure(format!("{option}: a value is missing\n\n{USAGE}")));
                }
                _ => return Err(Failure(format!("{option}: no such option\n\n{USAGE}"))),
            }
        }
        Ok(arguments)
    }
}

fn runs(number: &str) -> Result<usize> {
    match number.parse() {
        Ok(runs) if runs > 0 => Ok(runs),
        _ => Err(Failure(format!("--runs {number}: must be a whole number of at least 1"))),
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
        assert!(arguments.hello && !arguments.functions && !arguments.pairs);
        assert_eq!(arguments.runs, Some(2));
        assert_eq!(arguments.only, ["tryhard", "failsafe"]);
    }

    #[test]
    fn all_is_each_part() {
        let arguments = parse("all").unwrap();
        assert!(arguments.hello && arguments.functions && arguments.pairs);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |line| parse(line).unwrap_err().to_string();
        assert!(message("").starts_with("usage"));
        assert!(message("hullo").starts_with("hullo: no such part"));
        assert!(message("all --runs").starts_with("--runs: a value is missing"));
        assert!(message("all --runs 0").starts_with("--runs 0: must be"));
        assert!(message("all --quick 1").starts_with("--quick: no such option"));
    }
}
