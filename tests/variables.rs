//! The log line about unknown environment variables. Each case runs in a child process, because a
//! process with threads must not change its variables.

use std::env;
use std::fmt::{Debug, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};

use retry_utils::{CircuitBreaker, RetryConfig};
use tracing::field::{Field, Visit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The log lines, each with its target, level and fields.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        struct Fields(String);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let metadata = event.metadata();
        let mut fields = Fields(format!("{} {}", metadata.target(), metadata.level()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

/// Listens on this thread to lines of this level and above.
fn listen(level: LevelFilter) -> (Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.clone()).with(level);
    (lines, tracing::subscriber::set_default(subscriber))
}

fn read_all() {
    RetryConfig::from_env().unwrap();
    CircuitBreaker::from_env("llm").unwrap();
}

fn child(test: &str, variables: impl IntoIterator<Item = (String, &'static str)>) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no such test: {said}");
}

#[test]
fn an_unknown_variable_is_named_once() {
    let names = ["RETRY_COUNT", "CIRCUIT_BREAKER_A\nforged", "OTHER"];
    let of_the_fleet = ["RETRY_FLEET_URL", "RETRY_FLEET_GROUP", "RETRY_FLEET_MODE"];
    let names = names.into_iter().chain(of_the_fleet);
    child("child_named", names.map(|name| (name.to_owned(), "a secret")));
}

#[test]
#[ignore = "runs in a child"]
fn child_named() {
    // At this level the line is not written, so the variable does not count as reported.
    let (lines, listening) = listen(LevelFilter::INFO);
    read_all();
    assert_eq!(*lines.0.lock().unwrap(), [""; 0]);
    drop(listening);
    let (lines, _listening) = listen(LevelFilter::DEBUG);
    read_all();
    read_all();
    let expected = [
        "retry_utils DEBUG message=unknown environment variable variable=RETRY_COUNT",
        r"retry_utils DEBUG message=unknown environment variable variable=CIRCUIT_BREAKER_A\nforged",
    ];
    assert_eq!(*lines.0.lock().unwrap(), expected);
}

#[test]
fn the_number_of_names_is_limited() {
    child("child_bounded", (0..3000).map(|number| (format!("RETRY_NUMBER_{number}"), "a secret")));
}

#[test]
#[ignore = "runs in a child"]
fn child_bounded() {
    let (lines, _listening) = listen(LevelFilter::DEBUG);
    read_all();
    assert_eq!(lines.0.lock().unwrap().len(), 1024);
}
