//! The test suites of other libraries, restated as data, against this one.
//!
//! Each scenario either passes, through a written map from its dialect to our settings, or stands
//! in `conformance/exclusions.txt` with the reason why it does not. An exclusion that is not needed
//! is a mistake.
//!
//! | file | what |
//! |---|---|
//! | `conformance/{retry,breaker,budget}.json` | the scenarios |
//! | `conformance/exclusions.txt` | those that do not pass, and why |
//! | `conformance/{data,fields,exclusions}.rs` | reading all that, strictly |
//! | `conformance/{backoff,stop,retry,breaker,breaker_run,budget}.rs` | the maps, a table at the top of each |
//! | `conformance/report.rs` | the table that is printed |
//!
//! `CONFORMANCE_DIR` names another folder of scenarios. An argument selects the scenarios whose id
//! holds it; `--explain` prints for each excluded one the difference that was found.
//!
//! Not a libtest, which would hide the table of a run that passes.

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

/// What the command line asks for.
struct Arguments {
    list: bool,
    explain: bool,
    filters: Vec<String>,
}

impl Arguments {
    /// Takes what libtest takes, since `cargo test` hands the same arguments to every test.
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
        Err(mistakes) => return end(Counts::default(), 0, &mistakes),
    };
    if arguments.list {
        for scenario in &scenarios {
            println!("{}: test", scenario.id);
        }
        return ExitCode::SUCCESS;
    }
    let exclusions = exclusions::load(&data::own_folder().join("exclusions.txt"));
    let mut mistakes = exclusions.mistakes;
    let ids: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    for (id, (line, _)) in &exclusions.reasons {
        if !ids.contains(id.as_str()) {
            mistakes.push(format!("exclusions.txt, line {line}: no scenario is {id}"));
        }
    }
    if retry_utils::observe::add_listener(breaker_run::hear).is_err() {
        mistakes.push("the process has too many listeners".to_owned());
    }

    let mut dialects: BTreeMap<String, Counts> = BTreeMap::new();
    let selected = scenarios.iter().filter(|scenario| arguments.select(&scenario.id));
    let mut filtered_out = scenarios.len();
    for scenario in selected {
        filtered_out -= 1;
        let excluded = exclusions.reasons.get(&scenario.id).map(|(_, reason)| reason.as_str());
        let (fate, mistake) = judge(scenario, excluded, arguments.explain);
        dialects.entry(scenario.dialect.clone()).or_default().add(&fate);
        mistakes.extend(mistake.map(|what| {
            format!("{}: {} ({}): {what}", scenario.file, scenario.id, scenario.dialect)
        }));
    }
    println!("\n{} scenarios of {}\n", scenarios.len(), folder.display());
    let total = report::table(&dialects);
    end(total, filtered_out, &mistakes)
}

/// Ends as libtest does, with all mistakes at once.
fn end(total: Counts, filtered_out: usize, mistakes: &[String]) -> ExitCode {
    let verdict = if mistakes.is_empty() { "ok" } else { "FAILED" };
    if !mistakes.is_empty() {
        println!("\nmistakes:");
        for mistake in mistakes {
            println!("  {mistake}");
        }
    }
    println!(
        "\ntest result: {verdict}. {} passed; {} failed; {} ignored; 0 measured; {filtered_out} filtered out\n",
        total.passed,
        mistakes.len(),
        total.excluded,
    );
    if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a scenario; gives what became of it, and what is wrong with that.
fn judge(scenario: &Scenario, excluded: Option<&str>, explain: bool) -> (Fate, Option<String>) {
    match (run(scenario), excluded) {
        (Ok(()), None) => (Fate::Passed, None),
        (Ok(()), Some(reason)) => (
            Fate::Failed,
            Some(format!("is excluded ({reason}), but passes: take it out of exclusions.txt")),
        ),
        // Neither says that we differ from another library.
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

/// Runs a scenario on a clock of its own, and survives its panics.
fn run(scenario: &Scenario) -> Result<(), Failure> {
    let hook = panic::take_hook();
    // Some calls panic because their scenario says so; what other panics say is reported.
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
        other => Failure::inexpressible(format!("the runner does not know the kind {other:?}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}
