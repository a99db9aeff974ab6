//! The arguments of `examples/policy`, its errors and its warnings.

// Some code is used by the example only.
#![allow(dead_code)]

#[path = "../examples/policy.rs"]
mod policy;

use policy::Question;

fn warnings(arguments: &[&str]) -> Vec<String> {
    let read = Question::read(arguments.iter().map(ToString::to_string));
    read.unwrap().warnings()
}

fn refused(arguments: &[&str]) -> String {
    Question::read(arguments.iter().map(ToString::to_string)).unwrap_err().to_string()
}

#[test]
fn risky_settings_cause_warnings() {
    for (arguments, said) in [
        (&["jitter=none"][..], "no jitter"),
        (&["max_attempts=4"], "up to 25 % of the capacity"),
        (&["AGGRESSIVE"], "up to 20 % of the capacity"),
        (&["deadline=2s"], "the waits alone may take 3s"),
        (&["jitter=decorrelated", "deadline=10s"], "may take 20s"),
        (&["layers=3"], "may become 27 attempts"),
    ] {
        let found = warnings(arguments);
        assert!(found.len() == 1 && found[0].contains(said), "{arguments:?}: {found:?}");
    }
    let all = ["AGGRESSIVE", "jitter=none", "deadline=10s", "layers=3"];
    assert_eq!(warnings(&all).len(), 4);
}

#[test]
fn good_settings_cause_none() {
    for arguments in [
        &[][..],
        &["conservative"],
        &["streaming", "deadline=500ms"],
        &["AGGRESSIVE", "budget=0.1", "deadline=15s"],
        &["max_attempts=1", "jitter=none", "layers=5"],
    ] {
        assert!(warnings(arguments).is_empty(), "{arguments:?}");
    }
}

#[test]
fn errors_say_what_to_write() {
    for (arguments, said) in [
        (&["PATIENT"][..], "\"PATIENT\" is neither STANDARD"),
        (&["max_attempts=0"], "max_attempts"),
        (&["max_delay=10ms"], "must not be below the base delay"),
        (&["colour=red"], "colour"),
        (&["STANDARD", "AGGRESSIVE"], "write `key=value`"),
        (&["budget=much"], "budget=\"much\": a ratio"),
        (&["deadline=soon"], "deadline=\"soon\": a duration"),
        (&["layers=0"], "layers=\"0\": a number"),
    ] {
        assert!(refused(arguments).contains(said), "{arguments:?}: {}", refused(arguments));
    }
}

#[test]
fn attempts_per_call_are_those_of_the_formula() {
    for (arguments, failing, attempts) in [
        (&["STANDARD"][..], 0.5, 1.75),
        (&["max_attempts=4", "layers=3"], 1.0, 64.0),
        (&["max_attempts=3", "layers=5"], 1.0, 243.0),
        // The upper layer sees the remaining failures: a half to the power of five.
        (&["AGGRESSIVE", "layers=2"], 0.5, 1.9375 * (1.0 + 0.03125 + 0.03125 * 0.03125)),
        (&["AGGRESSIVE", "budget=0.1"], 1.0, 1.1),
        (&["AGGRESSIVE", "budget=0.5"], 0.1, 1.1111),
    ] {
        let read = Question::read(arguments.iter().map(ToString::to_string)).unwrap();
        let found = read.amplification(failing);
        assert!((found - attempts).abs() < 0.001, "{arguments:?}: {found}");
    }
}
