//! Formats results.

use std::collections::BTreeMap;

use super::fields::Failure;

/// The result of one scenario.
pub(crate) enum Fate {
    Passed,
    Excluded,
    Failed,
}

/// The counts of a dialect.
#[derive(Default, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) run: usize,
    pub(crate) passed: usize,
    pub(crate) excluded: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, fate: &Fate) {
        match fate {
            Fate::Passed => self.passed += 1,
            Fate::Excluded => self.excluded += 1,
            Fate::Failed => {}
        }
        self.run += 1;
    }

    fn line(&self, name: &str) -> String {
        let Self { run, passed, excluded } = self;
        format!("{name:<14} | {run:>3} | {passed:>6} | {excluded:>8}")
    }
}

/// Prints a row for each dialect. Returns their sum.
pub(crate) fn table(dialects: &BTreeMap<String, Counts>) -> Counts {
    let mut total = Counts::default();
    println!("{:<14} | {:>3} | passed | excluded", "dialect", "run");
    println!("{:-<14}-|----:|-------:|---------:", "");
    for (name, counts) in dialects {
        println!("{}", counts.line(name));
        total.run += counts.run;
        total.passed += counts.passed;
        total.excluded += counts.excluded;
    }
    println!("{}", total.line("total"));
    total
}

/// Returns the reason why a scenario did not pass, on one line.
pub(crate) fn why(failure: &Failure) -> String {
    match failure {
        Failure::Malformed(what) => format!("malformed: {what}"),
        Failure::NotExpressible(what) => format!("not expressible: {what}"),
        Failure::Differs { step: Some(step), expected, found } => {
            format!("step {step}: expected {expected}, found {found}")
        }
        Failure::Differs { step: None, expected, found } => {
            format!("at the end: expected {expected}, found {found}")
        }
        Failure::Panicked(what) => format!("panicked: {what}"),
    }
}
