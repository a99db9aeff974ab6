//! The command line of a measuring binary. All output is tab-separated, with a line of headings.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::contestant::{Contestant, Field};
use crate::drivers::Driver;
use crate::median::Spread;
use crate::scenario::Scenario;
use crate::set_up::Installed;
use crate::{callgrind, ceilings, shared, test_clock, timing};

const USAGE: &str = "[--set-up SET-UP] COMMAND
       list
       run SCENARIO CONTESTANT noop|tokio CALLS
       time [SCENARIO…]
       threads [CONTESTANT…]
       sizes
       ceilings [FILE]";

/// The number of turns of each contestant, and the length of a turn.
const ROUNDS: usize = 101;
const BATCH: Duration = Duration::from_micros(500);
/// Longer than the scheduler's time slice.
const SHARED_BATCH: Duration = Duration::from_millis(20);
const SHARED_ROUNDS: usize = 15;
/// Fewer, because each call waits for milliseconds.
const WAITING_ROUNDS: usize = 21;

/// Runs the command that the arguments name.
#[must_use]
pub fn main(field: &Field, clock: Clock) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match checked(clock).and_then(|()| run(field, &arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The tokio clock of a binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The clock in users' programs.
    Plain,
    /// The test clock, which a contestant enables.
    Test,
}

/// Returns an error if another package of the same build enabled the test clock.
fn checked(clock: Clock) -> Result<(), String> {
    if clock == Clock::Plain && test_clock::is_compiled_in() {
        return Err("tokio's test clock is compiled in: build this package alone with \
                    `cargo build --release -p PACKAGE`"
            .to_owned());
    }
    Ok(())
}

fn run(field: &Field, arguments: &[&str]) -> Result<(), String> {
    let (set_up, command) = match arguments {
        ["--set-up", id, command @ ..] => (Some(set_up_of(field, id)?), command),
        command => (field.set_ups.first(), command),
    };
    if let Some(Installed { install, .. }) = set_up {
        install();
    }
    match command {
        ["list"] => list(field),
        ["run", scenario, contestant, driver, calls] => {
            run_one(field, scenario, contestant, driver, calls)?;
        }
        ["time", scenarios @ ..] => time(field, scenarios)?,
        ["threads", names @ ..] => threads(field, names),
        ["sizes"] => sizes(field),
        ["ceilings"] => ceilings::check(field, &ceilings::committed())?,
        ["ceilings", file] => ceilings::check(field, Path::new(file))?,
        _ => {
            let given = arguments.join(" ");
            return Err(format!("unknown arguments `{given}`\nusage: {USAGE}"));
        }
    }
    Ok(())
}

fn set_up_of<'f>(field: &'f Field, id: &str) -> Result<&'f Installed, String> {
    field.set_ups.iter().find(|installed| installed.set_up.id() == id).ok_or_else(|| {
        let all: Vec<_> = field.set_ups.iter().map(|installed| installed.set_up.id()).collect();
        format!("unknown set-up `{id}`: this binary has {}", all.join(", "))
    })
}

fn list(field: &Field) {
    println!("scenario\tcontestant\tnoop\twaits");
    let yes = |there: bool| if there { "yes" } else { "no" };
    for Contestant { scenario, name, noop, waits, .. } in &field.contestants {
        println!("{}\t{name}\t{}\t{}", scenario.id(), yes(noop.is_some()), yes(*waits));
    }
}

fn run_one(
    field: &Field,
    scenario: &str,
    name: &str,
    driver: &str,
    calls: &str,
) -> Result<(), String> {
    let contestant = field
        .find(scenario_of(scenario)?, name)
        .ok_or_else(|| format!("no contestant `{name}` in scenario `{scenario}`: see `list`"))?;
    let driver = Driver::ALL
        .into_iter()
        .find(|one| one.id() == driver)
        .ok_or_else(|| format!("unknown driver `{driver}`: must be `noop` or `tokio`"))?;
    let calls: u64 = calls
        .parse()
        .map_err(|_| format!("CALLS is `{calls}`: must be a whole number, such as `10000`"))?;
    let most = contestant.scenario.most_calls();
    if calls > most {
        return Err(format!("CALLS is `{calls}`: at most {most} in scenario `{scenario}`"));
    }
    let run = contestant.run(driver).ok_or_else(|| {
        format!("`{name}` needs a runtime in scenario `{scenario}`: only driver `tokio` has one")
    })?;
    callgrind::counted(run, calls);
    Ok(())
}

fn time(field: &Field, scenarios: &[&str]) -> Result<(), String> {
    let scenarios = if scenarios.is_empty() {
        Scenario::ALL.to_vec()
    } else {
        scenarios.iter().map(|id| scenario_of(id)).collect::<Result<_, _>>()?
    };
    println!(
        "scenario\tcontestant\tdriver\tnanoseconds\tlower\tupper\tratio\tratio-lower\tratio-upper"
    );
    for scenario in scenarios {
        let waiting = field.of(scenario).any(|contestant| contestant.waits);
        let rounds = if waiting { WAITING_ROUNDS } else { ROUNDS };
        for driver in Driver::ALL {
            for time in timing::measure(field, scenario, driver, rounds, BATCH) {
                println!(
                    "{}\t{}\t{}\t{}\t{}",
                    scenario.id(),
                    time.contestant.name,
                    driver.id(),
                    columns(time.nanos),
                    columns(time.ratio)
                );
            }
        }
    }
    Ok(())
}

fn threads(field: &Field, names: &[&str]) {
    let mut chosen = field.shared.clone();
    // The reference always takes part, because each rate is divided by it.
    chosen.retain(|one| {
        names.is_empty() || names.contains(&one.name) || one.name == shared::REFERENCE
    });
    println!(
        "load\tcontestant\tthreads\tmillion-calls\tlower\tupper\tratio\tratio-lower\tratio-upper"
    );
    for rate in shared::measure(&chosen, SHARED_ROUNDS, SHARED_BATCH) {
        println!(
            "{}\t{}\t{}\t{}\t{}",
            rate.shared.load.id(),
            rate.shared.name,
            rate.threads,
            columns(rate.millions),
            columns(rate.ratio)
        );
    }
}

fn sizes(field: &Field) {
    println!("shape\targument\tcontestant\tbytes");
    for size in &field.sizes {
        println!("{}\t{}\t{}\t{}", size.shape.id(), size.argument.id(), size.name, (size.bytes)());
    }
}

fn columns(spread: Spread) -> String {
    format!("{:.3}\t{:.3}\t{:.3}", spread.median, spread.lower, spread.upper)
}

fn scenario_of(id: &str) -> Result<Scenario, String> {
    Scenario::by_id(id).ok_or_else(|| {
        let all: Vec<_> = Scenario::ALL.iter().map(|scenario| scenario.id()).collect();
        format!("unknown scenario `{id}`: must be one of {}", all.join(", "))
    })
}
