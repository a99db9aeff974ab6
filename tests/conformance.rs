//! Runs the test suites of other libraries, written as data, against this one.
//!
//! A map translates the dialect of a scenario to our settings. A scenario passes, or it is in
//! `conformance/exclusions.txt` with a reason. An exclusion that is not needed is an error.
//!
//! | file | content |
//! |---|---|
//! | `conformance/{retry,breaker,budget}.json` | the scenarios |
//! | `conformance/exclusions.txt` | the scenarios that do not pass, with reasons |
//! | `conformance/{data,fields,exclusions}.rs` | strict readers of these files |
//! | `conformance/{backoff,stop,retry,breaker,breaker_run,budget}.rs` | the maps, each with a table at the top |
//! | `conformance/report.rs` | the printed table |
//!
//! `CONFORMANCE_DIR` selects another folder of scenarios. An argument selects the scenarios whose
//! id contains it. `--explain` prints the difference for each excluded scenario.
//!
//! The test does not use libtest, which hides the table of a run that passes.

#[path = "conformance/backoff.rs"]
mod backoff;
#[path = "conformance/breaker.rs"]
mod breaker;
#[path = "conformance/breaker_run.rs"]
mod breaker_run;
#[path = "conformance/budget.rs"]
mod budget;
#[path = "conformance/data.rs"]
mod data;
#[path = "conformance/exclusions.rs"]
mod exclusions;
#[path = "conformance/fields.rs"]
mod fields;
#[path = "conformance/report.rs"]
mod report;
#[path = "conformance/retry.rs"]
mod retry;
#[path = "conformance/stop.rs"]
mod stop;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use data::Scenario;
use fields::Failure;
use report::{Counts, Fate, why};

/// The command line.
struct Arguments {
    list: bool,
    explain: bool,
    filters: Vec<String>,
}

impl Arguments {
    /// Accepts the options of libtest, because `cargo test` passes them to every test.
    fn read() -> Self {
        const WITH_VALUE: [&str; 6] =
            ["--test-threads", "--skip", "--format", "--color", "--logfile", "-Z"];
        let mut read = Self { list: false, explain: false, filters: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => read.list = true,
                "--explain" => read.explain = true,
                flag if WITH_VALUE.contains(&flag) => drop(arguments.next()),
                flag if flag.starts_with('-') => {}
                _ => read.filters.push(argument),
            }
        }
        read
    }

    fn select(&self, id: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| id.contains(filter))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let folder = data::folder();
    let scenarios = match data::load(&folder) {
        Ok(scenarios) => scenarios,
        Err(problems) => return end(Counts::default(), 0, &problems),
    };
    if arguments.list {
        for scenario in &scenarios {
            println!("{}: test", scenario.id);
        }
        return ExitCode::SUCCESS;
    }
    let exclusions = exclusions::load(&data::own_folder().join("exclusions.txt"));
    let mut problems = exclusions.problems;
    let ids: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    for (id, (line, _)) in &exclusions.reasons {
        if !ids.contains(id.as_str()) {
            problems.push(format!("exclusions.txt, line {line}: there is no scenario {id}"));
        }
    }
    if retry_utils::observe::add_listener(breaker_run::hear).is_err() {
        problems.push("the process has too many listeners".to_owned());
    }

    let mut dialects: BTreeMap<String, Counts> = BTreeMap::new();
    let selected = scenarios.iter().filter(|scenario| arguments.select(&scenario.id));
    let mut filtered_out = scenarios.len();
    for scenario in selected {
        filtered_out -= 1;
        let excluded = exclusions.reasons.get(&scenario.id).map(|(_, reason)| reason.as_str());
        let (fate, problem) = judge(scenario, excluded, arguments.explain);
        dialects.entry(scenario.dialect.clone()).or_default().add(&fate);
        problems.extend(problem.map(|what| {
            format!("{}: {} ({}): {what}", scenario.file, scenario.id, scenario.dialect)
        }));
    }
    println!("\n{} scenarios of {}\n", scenarios.len(), folder.display());
    let total = report::table(&dialects);
    end(total, filtered_out, &problems)
}

/// Prints all errors and a summary in the format of libtest.
fn end(total: Counts, filtered_out: usize, problems: &[String]) -> ExitCode {
    let result = if problems.is_empty() { "ok" } else { "FAILED" };
    if !problems.is_empty() {
        println!("\nerrors:");
        for problem in problems {
            println!("  {problem}");
        }
    }
    println!(
        "\ntest result: {result}. {} passed; {} failed; {} ignored; 0 measured; {filtered_out} filtered out\n",
        total.passed,
        problems.len(),
        total.excluded,
    );
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a scenario. Returns its result, and an error if the result is not the expected one.
fn judge(scenario: &Scenario, excluded: Option<&str>, explain: bool) -> (Fate, Option<String>) {
    match (run(scenario), excluded) {
        (Ok(()), None) => (Fate::Passed, None),
        (Ok(()), Some(reason)) => (
            Fate::Failed,
            Some(format!("is excluded ({reason}), but passes: remove it from exclusions.txt")),
        ),
        // Neither is a difference to another library, so no exclusion covers it.
        (Err(failure @ (Failure::Malformed(_) | Failure::Panicked(_))), _) => {
            (Fate::Failed, Some(why(&failure)))
        }
        (Err(failure), None) => (Fate::Failed, Some(why(&failure))),
        (Err(failure), Some(reason)) => {
            if explain {
                println!("{}: {reason}\n    {}", scenario.id, why(&failure));
            }
            (Fate::Excluded, None)
        }
    }
}

/// Runs a scenario with a separate clock, and catches its panics.
fn run(scenario: &Scenario) -> Result<(), Failure> {
    let hook = panic::take_hook();
    // Some scenarios contain panics. The messages of other panics are reported later.
    panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| Failure::Panicked(error.to_string()))?
            .block_on(by_kind(scenario))
    }));
    panic::set_hook(hook);
    outcome.unwrap_or_else(|panic| Err(Failure::Panicked(message(&*panic))))
}

async fn by_kind(scenario: &Scenario) -> Result<(), Failure> {
    match scenario.kind.as_str() {
        "backoff" => backoff::run(scenario),
        "backoff_invalid" => backoff::run_invalid(scenario),
        "stop" => stop::run(scenario).await,
        "retry" => retry::run(scenario).await,
        "circuit_breaker" => breaker_run::run(scenario).await,
        "budget" => budget::run(scenario).await,
        "budget_ratio" => budget::run_ratio(scenario),
        other => Failure::inexpressible(format!("unknown kind {other:?}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
