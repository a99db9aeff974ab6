//! Settings from files.

use retry_utils::registry::{self, Overrides};
use retry_utils::{CircuitBreaker, ConfigError, RetryConfig};
use serde::de::DeserializeOwned;

use crate::words::{assert_one_line, pick, text};

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "max_attempts", "base_delay", "max_delay", "exponential_base", "jitter", "retry_on",
    "max_retry_after", "mode", "failure_threshold", "failure_rate", "slow_call",
    "recovery_timeout", "recovery_backoff", "success_threshold", "half_open_max_calls",
    "probe_timeout", "abandoned_after", "trip_on", "ratio", "burst", "min_per_second", "name", "",
    "\\n", "\\u001b[2J", "\\u202e",
];

#[rustfmt::skip]
const VALUES: &[&str] = &[
    "0", "1", "3", "-1", "2.5", "1e9", "1e400", "18446744073709551616", "null", "true", "[]", "{}",
    r#""""#, r#"" ""#, r#""3""#, r#""1s""#, r#""500ms""#, r#""0.0000000001s""#, r#""1e3s""#,
    r#""\n""#, r#""\u0000""#, r#""full""#, r#""observe""#, r#""off""#, r#""timeout""#,
    r#"["timeout", "timeout"]"#, r#"{"rate": 0.5, "window": {"calls": 100}}"#,
    r#"{"rate": 0.5, "min_calls": 5, "window": {"time": "10s"}}"#, r#"{"window": {}}"#,
    r#"{"longer_than": "1s"}"#, r#"{"longer_than": "1s", "rate": 1}"#,
    r#"{"factor": 2, "max": "10m"}"#, r#"{"factor": 0.5, "max": "1ns"}"#,
];

const TABLES: &[&str] = &["operation", "breaker", "budget", "", "other"];

const NAMES: &[&str] = &["a", "a/b", "", " ", "\\n", "\\u001b[2J", "é"];

/// Reads settings from a random text.
///
/// # Panics
///
/// Panics if reading the text panics, if the result breaks a rule, or if an error of
/// [`registry::configure`] is not clear.
pub fn run(data: &[u8]) {
    let (&kind, data) = data.split_first().unwrap_or((&0, data));
    let text = match kind % 3 {
        0 => text(data, VALUES),
        1 => object(&mut data.iter().copied()),
        _ => tables(&mut data.iter().copied()),
    };
    if let Some(policy) = json::<RetryConfig>(&text) {
        assert!(policy.check().is_ok(), "an invalid policy was read: {policy:?}");
    }
    json::<CircuitBreaker>(&text);
    let _ = toml::from_str::<CircuitBreaker>(&text);
    configure(json(&text));
    configure(toml::from_str(&text).ok());
}

/// Reads JSON. Unlike an error of TOML, its error must be one line.
fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).map_err(|error| assert_one_line(&error.to_string())).ok()
}

/// Returns an object of up to four settings.
fn object(data: &mut impl Iterator<Item = u8>) -> String {
    let fields = usize::from(data.next().unwrap_or_default() % 5);
    let field = |_| format!("\"{}\": {}", pick(data, KEYS), pick(data, VALUES));
    format!("{{{}}}", (0..fields).map(field).collect::<Vec<_>>().join(", "))
}

/// Returns up to three names with settings, each in a table.
fn tables(data: &mut impl Iterator<Item = u8>) -> String {
    let names = usize::from(data.next().unwrap_or_default() % 4);
    let name = |_| {
        let (table, name) = (pick(data, TABLES), pick(data, NAMES));
        format!("\"{table}\": {{\"{name}\": {}}}", object(data))
    };
    format!("{{{}}}", (0..names).map(name).collect::<Vec<_>>().join(", "))
}

fn configure(read: Option<Overrides>) {
    let Some(overrides) = read else { return };
    if let Err(error) = registry::configure(overrides) {
        assert_is_clear(&error);
    }
    registry::unused_overrides().iter().for_each(assert_is_clear);
}

fn assert_is_clear(error: &ConfigError) {
    assert_one_line(&error.to_string());
    assert!(!error.place().is_empty() && !error.rule().is_empty(), "{error:?}");
}
