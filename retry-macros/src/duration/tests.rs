use super::*;

#[test]
fn reads_every_unit_exactly() {
    for (text, expected) in [
        ("200ms", Duration::from_millis(200)),
        ("1.5s", Duration::from_millis(1500)),
        ("0.1s", Duration::from_millis(100)),
        ("2m", Duration::from_mins(2)),
        ("1h", Duration::from_hours(1)),
        ("0s", Duration::ZERO),
        ("0.000001ms", Duration::from_nanos(1)),
    ] {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn refuses_what_is_no_duration() {
    let malformed = ["", "s", "1", "1.s", ".5s", "1 s", "-1s", "1d", "1e3s", "1..5s", "٣s"];
    for text in malformed.into_iter().chain(["0.0000001ms", "99999999999999999999999h"]) {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(parse("5"), Err("a duration needs a unit: write `\"5s\"` or `\"5ms\"`".to_owned()));
}
