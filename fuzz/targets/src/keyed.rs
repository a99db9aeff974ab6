//! Histories of a set of keyed breakers, compared with a model.
//!
//! An open phase takes an hour, so no phase ends during a history. Therefore a breaker that has
//! counted a failure must keep its place, and any other may lose it to a new key.

use std::collections::BTreeMap;
use std::time::Duration;

use retry_utils::{CircuitBreakers, CircuitState};

const MAX_KEYS: usize = 4;
const THRESHOLD: u32 = 3;

const KEYS: &[&str] = &["a", "b", "c", "d", "e", "f", "", "(other keys)", "(other keys 1)", "a/b"];

/// Runs a random history.
///
/// # Panics
///
/// Panics if a key loses a place that it must keep, if a key has another key's breaker, or if there
/// are too many.
pub fn run(data: &[u8]) {
    let set = CircuitBreakers::new("set")
        .failure_threshold(THRESHOLD)
        .recovery_timeout(Duration::from_hours(1))
        .max_keys(u32::try_from(MAX_KEYS).expect("a few"));
    // The failures in a row of each key that may have a place, and of each overflow breaker.
    let mut failures = BTreeMap::<String, u32>::new();
    for byte in data {
        let key = KEYS[usize::from(byte >> 2) % KEYS.len()];
        let breaker = set.for_key(key);
        let (name, own) = (breaker.name().to_owned(), format!("set/{key}"));
        assert_eq!(set.for_key(key).name(), name, "it has the same breaker at once again");
        if name != own {
            assert_is_overflow(&name);
            let counts_failures = |key: &&&str| failures.get(&format!("set/{key}")) > Some(&0);
            assert_eq!(KEYS.iter().filter(counts_failures).count(), MAX_KEYS, "a place was free");
        }
        // A breaker that has lost its place starts anew. It had no failure, so its count is the
        // same.
        let failures = failures.entry(name.clone()).or_default();
        let expected =
            if *failures < THRESHOLD { CircuitState::Closed } else { CircuitState::Open };
        assert_eq!(breaker.state(), expected, "{name}");
        assert_eq!(breaker.snapshot().failures, u64::from(*failures % THRESHOLD), "{name}");
        match (breaker.try_acquire(), byte % 4) {
            (Ok(permit), 0) => {
                permit.success();
                *failures = 0;
            }
            (Ok(permit), 1) => drop(permit),
            (Ok(permit), _) => {
                permit.failure();
                *failures += 1;
            }
            (Err(rejected), _) => assert_eq!(rejected.name(), name),
        }
        assert!(set.len() <= MAX_KEYS);
    }
    for (name, failures) in failures {
        if failures > 0 && name.starts_with("set/") {
            assert!(set.all().iter().any(|it| it.name == name), "{name} has lost {failures}");
        }
    }
}

fn assert_is_overflow(name: &str) {
    let number = name.strip_prefix("set (other keys ").and_then(|rest| rest.strip_suffix(')'));
    let number = number.and_then(|number| number.parse::<u32>().ok());
    assert!(number.is_some_and(|number| (1..=16).contains(&number)), "a wrong breaker: {name}");
}
