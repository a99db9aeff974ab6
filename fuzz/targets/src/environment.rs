//! The environment variables of a process.

use std::ffi::OsString;

use retry_utils::ConfigError;
use retry_utils::simulation::{breaker_from, policy_from};

use crate::words::{assert_one_line, pick};

const PREFIXES: &[&str] = &["LLM", "LLM", "LLM", "LLM", "llm", "LLM_RETRY", "", "=", "\n", "é"];

const FAMILIES: &[&str] = &["RETRY_", "CIRCUIT_BREAKER_", "CIRCUIT_BREAKER_", "retry_", ""];

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "MAX_ATTEMPTS", "BASE_DELAY", "MAX_DELAY", "MODE", "THRESHOLD", "FAILURE_THRESHOLD",
    "FAILURE_RATE", "WINDOW_CALLS", "WINDOW_TIME", "MIN_CALLS", "SLOW_CALL", "SLOW_CALL_RATE",
    "TIMEOUT", "RECOVERY_TIMEOUT", "RECOVERY_FACTOR", "RECOVERY_MAX", "SUCCESS_THRESHOLD",
    "HALF_OPEN_MAX_CALLS", "PROBE_TIMEOUT", "RESPECT_RETRY_AFTER", "ABANDONED_AFTER",
];

#[rustfmt::skip]
const OTHER_NAMES: &[&str] = &[
    "MAX_ATTEMTPS", "ATTEMPTS", "MAX_RETRIES", "MAX_KEYS", "FLEET_URL", "RETRY_", "TIMEOUT_MS", "_",
    "S", "é", "\n", "\u{1b}[2J", "\u{202e}", "mode", "CIRCUIT_BREAKER_THRESHOLD", "",
];

#[rustfmt::skip]
const VALUES: &[&str] = &[
    "1", "3", "0.5", "2s", "500ms", "1h", "off", "OBSERVE", "16", "0", "17", "-1", "+3", ".5", "5e-1",
    "1e400", "NaN", "inf", "18446744073709551616", "8760h", "8761h", "0.0000000001", " 1 ", "", " ",
    "\n", "é", "\u{1b}[2J", "\u{2028}", "1ns", "1d",
];

/// Reads settings from random variables.
///
/// # Panics
///
/// Panics if reading the variables panics, or if the result breaks a rule. Also panics if an error
/// is not clear or shows the value of an unrelated variable.
pub fn run(data: &[u8]) {
    let data = &mut data.iter().copied();
    let prefix = pick(data, PREFIXES);
    let count = data.next().unwrap_or_default() % 8;
    let mut variables: Vec<_> = (0..count).map(|_| variable(prefix, data)).collect();
    if data.next().unwrap_or_default() % 4 == 3 {
        variables.push((format!("{prefix}_RETRY_TOKEN").into(), SECRET.into()));
    }
    variables.push(("RETRY_TOKEN".into(), SECRET.into()));
    for prefix in [None, Some(prefix)] {
        match policy_from(&variables, prefix) {
            Ok(policy) => assert!(policy.check().is_ok(), "an invalid policy: {policy:?}"),
            Err(error) => assert_is_clear(&error),
        }
        if let Err(error) = breaker_from(&variables, prefix) {
            assert_is_clear(&error);
        }
    }
}

/// The value of another program's variable, which must not be shown.
const SECRET: &str = "hunter2";

/// Returns a variable: mostly a setting's, with a value that some setting accepts.
fn variable(prefix: &str, data: &mut impl Iterator<Item = u8>) -> (OsString, OsString) {
    let mut name = match data.next().unwrap_or_default() % 8 {
        0 => pick(data, PREFIXES).to_owned() + "_",
        1..=3 => String::new(),
        _ => format!("{prefix}_"),
    };
    name.push_str(pick(data, FAMILIES));
    match data.next().unwrap_or_default() {
        0 => name.push_str(pick(data, OTHER_NAMES)),
        1 => name.push_str(&[pick(data, NAMES), pick(data, OTHER_NAMES)].concat()),
        _ => name.push_str(pick(data, NAMES)),
    }
    let value = match data.next().unwrap_or_default() % 16 {
        0 => not_unicode(),
        1 => [pick(data, VALUES), pick(data, VALUES)].concat().into(),
        _ => pick(data, VALUES).into(),
    };
    (name.into(), value)
}

#[cfg(unix)]
fn not_unicode() -> OsString {
    use std::os::unix::ffi::OsStringExt;

    OsString::from_vec(b"\xff\n".to_vec())
}

#[cfg(not(unix))]
fn not_unicode() -> OsString {
    OsString::new()
}

fn assert_is_clear(error: &ConfigError) {
    assert_one_line(&error.to_string());
    assert!(!error.place().is_empty() && !error.rule().is_empty(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains(SECRET), "a secret: {error}");
}
