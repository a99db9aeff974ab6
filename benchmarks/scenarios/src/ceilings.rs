//! Compares the instructions per call of retry-utils with the committed ceilings. A binary checks
//! the lines of its set-ups.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::callgrind::{self, Subject};
use crate::contestant::Field;
use crate::drivers::Driver;
use crate::scenario::Scenario;
use crate::set_up::SetUp;

/// The maximum number of instructions of a path.
#[derive(Debug, PartialEq)]
struct Ceiling {
    line: usize,
    set_up: SetUp,
    scenario: Scenario,
    contestant: String,
    driver: Driver,
    instructions: f64,
}

/// The key of the line with the permitted excess over ceilings, because compilers differ.
const MARGIN: &str = "margin";

/// The profile with one codegen unit. Counts in it do not depend on how the compiler divides a
/// crate.
const PROFILE: &str = "ceilings";
const COMMAND: &str = "cargo run --profile ceilings -p PACKAGE -- ceilings";

/// The committed file of ceilings.
#[must_use]
pub fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("ceilings.txt")
}

/// Counts and prints the instructions of each path in the file.
///
/// # Errors
///
/// Returns an error if a path is above its ceiling, if the file cannot be read, or if nothing can
/// be counted.
pub fn check(field: &Field, file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (margin, ceilings) = parse(&text).map_err(|error| format!("{}:{error}", file.display()))?;
    let binary = env::current_exe().map_err(|error| format!("the path of this binary: {error}"))?;
    if binary.parent().and_then(Path::file_name).is_none_or(|folder| folder != PROFILE) {
        return Err(format!("the ceilings hold in the profile `{PROFILE}`: {COMMAND}"));
    }
    let held: Vec<_> = ceilings.iter().filter(|ceiling| field.has(ceiling.set_up)).collect();
    let subjects = held
        .iter()
        .map(|ceiling| {
            let subject = subject(field, ceiling)
                .map_err(|error| format!("{}:{}: {error}", file.display(), ceiling.line))?;
            Ok((binary.as_path(), subject))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let counts = callgrind::all(&subjects).map_err(|error| error.to_string())?;
    println!("set-up\tscenario\tcontestant\tdriver\tinstructions\tceiling");
    let mut above = Vec::new();
    for (ceiling, found) in held.iter().zip(counts) {
        let (set_up, scenario) = (ceiling.set_up.id(), ceiling.scenario.id());
        let (name, driver) = (&ceiling.contestant, ceiling.driver.id());
        let allowed = ceiling.instructions;
        println!("{set_up}\t{scenario}\t{name}\t{driver}\t{found:.1}\t{allowed}");
        if found > allowed * (1.0 + margin) {
            above.push(format!(
                "{scenario} of {name} under {driver} in the set-up {set_up} takes {found:.1} \
                 instructions per call; its ceiling is {allowed}"
            ));
        }
    }
    if above.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nfind the cause with `run …` under `valgrind --tool=callgrind`; if the cost is \
         intended, raise the line in {} in the same commit",
        above.join("\n"),
        file.display()
    ))
}

fn subject(field: &Field, ceiling: &Ceiling) -> Result<Subject, String> {
    let (scenario, driver) = (ceiling.scenario, ceiling.driver);
    let name = &ceiling.contestant;
    field
        .find(scenario, name)
        .filter(|contestant| contestant.run(driver).is_some())
        .map(|contestant| Subject {
            set_up: ceiling.set_up,
            scenario,
            contestant: name.clone(),
            driver,
            waits: contestant.waits,
        })
        .ok_or_else(|| {
            let (scenario, driver) = (scenario.id(), driver.id());
            format!("no contestant `{name}` in scenario `{scenario}` under `{driver}`")
        })
}

/// Returns the margin and the ceilings. An error begins with the number of its line.
fn parse(text: &str) -> Result<(f64, Vec<Ceiling>), String> {
    let mut margin = None;
    let mut ceilings = Vec::new();
    for (at, content) in text.lines().enumerate() {
        let line = at + 1;
        let words: Vec<_> = content.split_whitespace().collect();
        match words[..] {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [MARGIN, share] => {
                let share = number(share).filter(|share| *share < 1.0);
                margin = Some(share.ok_or_else(|| {
                    format!("{line}: `{content}`: the margin must be a share, such as `0.1`")
                })?);
            }
            [set_up, scenario, contestant, driver, instructions] => {
                let parsed = SetUp::by_id(set_up)
                    .zip(Scenario::by_id(scenario))
                    .zip(Driver::ALL.into_iter().find(|one| one.id() == driver))
                    .zip(number(instructions));
                let (((set_up, scenario), driver), instructions) = parsed.ok_or_else(|| {
                    format!("{line}: `{content}`: unknown set-up, scenario or driver, or no number")
                })?;
                let contestant = contestant.to_owned();
                ceilings.push(Ceiling { line, set_up, scenario, contestant, driver, instructions });
            }
            _ => {
                return Err(format!(
                    "{line}: `{content}`: must be `SET-UP SCENARIO CONTESTANT DRIVER INSTRUCTIONS`"
                ));
            }
        }
    }
    let margin = margin.ok_or("1: no line `margin SHARE`")?;
    Ok((margin, ceilings))
}

fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Ceiling, parse};
    use crate::drivers::Driver;
    use crate::scenario::Scenario;
    use crate::set_up::SetUp;

    #[test]
    fn lines_are_a_margin_and_ceilings() {
        let (margin, ceilings) = parse("# why\nmargin 0.1\n\nnobody healthy retry-utils noop 40\n")
            .expect("it is well formed");
        let ceiling = Ceiling {
            line: 4,
            set_up: SetUp::Nobody,
            scenario: Scenario::Healthy,
            contestant: "retry-utils".to_owned(),
            driver: Driver::Noop,
            instructions: 40.0,
        };
        assert!((margin - 0.1).abs() < f64::EPSILON);
        assert_eq!(ceilings, [ceiling]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let wrong = |text| parse(text).expect_err("it is wrong");
        assert!(wrong("margin 0.1\nnobody healthy retry-utils neither 40\n").starts_with("2: "));
        assert!(wrong("margin 0.1\n\nnobody healthy retry-utils\n").starts_with("3: "));
        assert!(wrong("margin 40\n").starts_with("1: "));
        assert!(wrong("nobody healthy retry-utils noop 40\n").contains("margin"));
    }
}
