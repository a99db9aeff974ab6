//! Hints in the headers of a response.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, StatusCode};
use httpdate::fmt_http_date;
use retry_utils::http::{FailedStatus, retry_after};
use retry_utils::{RetryHint, Retryable};

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    headers
}

/// Returns the hint of a response from 2026-11-30T10:00:00Z, which is 1796032800 s after 1970.
fn hint(status: u16, lines: &[(&str, &str)]) -> RetryHint {
    let mut headers = headers(lines);
    if !headers.contains_key("date") {
        headers.insert("date", "Mon, 30 Nov 2026 10:00:00 GMT".parse().unwrap());
    }
    FailedStatus::of(StatusCode::from_u16(status).unwrap(), &headers).unwrap().retry_hint()
}

/// Returns [`retry_after`] of a response from the same time.
fn family(lines: &[(&str, &str)]) -> Option<Duration> {
    let date = ("date", "Mon, 30 Nov 2026 10:00:00 GMT");
    retry_after(&headers(&[lines, &[date]].concat()))
}

fn asked(value: &str) -> Option<Duration> {
    family(&[("retry-after", value)])
}

fn at_least(seconds: f64) -> RetryHint {
    RetryHint::AtLeast(Duration::from_secs_f64(seconds))
}

fn soft(seconds: f64) -> RetryHint {
    RetryHint::Soft(Duration::from_secs_f64(seconds))
}

#[test]
fn seconds_are_read_and_their_decimals_rounded_up() {
    for (value, expected) in [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("2.0", 2.0),
        ("299.997", 300.0),
        ("1.5", 2.0),
        ("0.503", 1.0),
        ("0.000001", 1.0),
        ("007", 7.0),
    ] {
        assert_eq!(asked(value), Some(Duration::from_secs_f64(expected)), "{value:?}");
    }
    assert_eq!(asked("99999999999999999999999"), Some(Duration::MAX));
    assert_eq!(asked(&"9".repeat(5000)), Some(Duration::MAX));
}

#[test]
fn a_value_that_is_neither_seconds_nor_a_date_is_no_hint() {
    for value in [
        "",
        "soon",
        "0",
        "0.0",
        "-1",
        "-43",
        "+3",
        "3 s",
        "3s",
        "1e3",
        "inf",
        "NaN",
        "0x10",
        ",",
        ".",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Mon, 30 Nov 2026 10:00:30 PST",
        "2026-11-31T10:00:30Z",
    ] {
        assert_eq!(asked(value), None, "{value:?}");
    }
}

#[test]
fn dates_are_read_in_each_form() {
    for date in [
        "Mon, 30 Nov 2026 10:00:30 GMT",
        "Monday, 30-Nov-26 10:00:30 GMT",
        "Mon Nov 30 10:00:30 2026",
        "Mon, 30 Nov 2026 10:00:30 UTC",
        "Mon, 30 Nov 2026 10:00:30 +0000",
        "Monday, 30-Nov-26 10:00:30 UTC",
        "2026-11-30T10:00:30Z",
        "2026-11-30T11:00:30+01:00",
        "2026-11-30t10:00:30z",
        "2026-11-30 10:00:30Z",
    ] {
        assert_eq!(asked(date), Some(Duration::from_secs_f64(31.0)), "{date}");
    }
    assert_eq!(asked("2026-11-30T10:01Z"), Some(Duration::from_secs_f64(61.0)));
    assert_eq!(asked("2026-11-30T10:00:00.25Z"), Some(Duration::from_secs_f64(1.25)));
}

#[test]
fn without_a_date_of_the_response_the_systems_clock_counts() {
    let in_an_hour = fmt_http_date(SystemTime::now() + Duration::from_hours(1));
    for date in [None, Some("no date"), Some("")] {
        let mut lines = vec![("retry-after", &*in_an_hour)];
        lines.extend(date.map(|date| ("date", date)));
        let wait = retry_after(&headers(&lines)).unwrap();
        assert!((3500..=3601).contains(&wait.as_secs()), "{wait:?}");
    }
    let past = headers(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]);
    assert_eq!(retry_after(&past), None);
}

#[test]
fn several_values_count_as_their_longest() {
    let date = "Mon, 30 Nov 2026 10:00:30 GMT";
    for (values, expected) in [
        (&["120, 120"][..], 120.0),
        (&["5, 120, 7"], 120.0),
        (&["120", "120"], 120.0),
        (&["5", "120", "7"], 120.0),
        (&[date, "5"], 31.0),
        (&["Mon, 30 Nov 2026 10:00:30 GMT, 5"], 31.0),
        (&["5, Mon, 30 Nov 2026 10:00:30 GMT"], 31.0),
        (&["Mon, 30 Nov 2026 10:00:10 GMT, Mon, 30 Nov 2026 10:00:30 GMT"], 31.0),
        (&["soon, 5"], 5.0),
        (&["soon", "5"], 5.0),
        (&["0", "5"], 5.0),
        (&[",5,,"], 5.0),
    ] {
        let lines: Vec<_> = values.iter().map(|value| ("retry-after", *value)).collect();
        assert_eq!(family(&lines), Some(Duration::from_secs_f64(expected)), "{values:?}");
    }
    let twice = [("retry-after-ms", "1500, 2500"), ("retry-after-ms", "2000")];
    assert_eq!(hint(429, &twice), at_least(2.5));
}

#[test]
fn milliseconds_are_read_before_seconds() {
    for name in ["retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"] {
        assert_eq!(
            family(&[("retry-after", "2"), (name, "1500")]),
            Some(Duration::from_secs_f64(1.5))
        );
        assert_eq!(family(&[(name, "1500.5")]), Some(Duration::from_secs_f64(1.5005)));
        for nothing in ["0", "-43", "soon", "1s", ""] {
            assert_eq!(
                family(&[("retry-after", "2"), (name, nothing)]),
                Some(Duration::from_secs_f64(2.0)),
                "{nothing}"
            );
            assert_eq!(family(&[(name, nothing)]), None);
        }
    }
    let all = [
        ("x-amz-retry-after", "3000"),
        ("x-ms-retry-after-ms", "2000"),
        ("retry-after-ms", "1000"),
    ];
    assert_eq!(family(&all), Some(Duration::from_secs_f64(1.0)));
    assert_eq!(family(&all[..2]), Some(Duration::from_secs_f64(2.0)));
}

#[test]
fn the_first_header_with_a_wait_counts() {
    let all = [
        ("anthropic-ratelimit-tokens-reset", "2026-11-30T10:00:09Z"),
        ("anthropic-ratelimit-tokens-remaining", "0"),
        ("x-ratelimit-reset-requests", "9s"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-after", "8"),
        ("ratelimit-reset", "7"),
        ("x-rate-limit-reset", "6"),
        ("x-ratelimit-reset", "5"),
        ("ratelimit", r#""default";r=0;t=4"#),
        ("retry-after", "3"),
        ("retry-after-ms", "2000"),
    ];
    let expected = [
        RetryHint::None,
        soft(10.0),
        soft(10.0),
        soft(9.0),
        at_least(8.0),
        at_least(7.0),
        at_least(6.0),
        at_least(5.0),
        at_least(4.0),
        at_least(3.0),
        at_least(2.0),
    ];
    for (lines, expected) in (1..=all.len()).map(|end| &all[..end]).zip(expected) {
        assert_eq!(hint(429, lines), expected, "{lines:?}");
    }
}

#[test]
fn exhausted_limits_in_the_ietf_header_are_waited_for() {
    for (value, expected) in [
        (r#""default";r=0;t=12"#, at_least(12.0)),
        (r#""default";r=0;t=12;burst"#, at_least(12.0)),
        (r#""a";burst;r=0;t=12, "b";r=5"#, at_least(12.0)),
        ("limit=100, remaining=0, reset=12, burst", at_least(12.0)),
        (r#""api";r=0;t=55"#, at_least(55.0)),
        (r#""burst";r=0;t=12, "daily";r=0;t=50"#, at_least(50.0)),
        (r#""burst";r=0;t=12, "daily";r=5;t=50"#, at_least(12.0)),
        (r#""a, b; r=0;t=99";r=0;t=12"#, at_least(12.0)),
        (r#""quoted \" and , more";r=0;t=12"#, at_least(12.0)),
        (r#""default" ; r=0 ; t=12 ; pk=:cGsK=:"#, at_least(12.0)),
        ("default;r=0;t=12", at_least(12.0)),
        ("limit=100, remaining=0, reset=12", at_least(12.0)),
        ("limit=100;w=60, remaining=0, reset=12", at_least(12.0)),
        ("remaining=0,reset=12", at_least(12.0)),
        // A part of the limit is left, or there is no time.
        (r#""default";r=3;t=12"#, RetryHint::None),
        (r#""default";r=0"#, RetryHint::None),
        (r#""default";r=0;t=0"#, RetryHint::None),
        ("limit=100, remaining=5, reset=12", RetryHint::None),
        // Malformed values are ignored as a whole.
        (r#""default";t=12"#, RetryHint::None),
        (r#""default";r=0;t=-12"#, RetryHint::None),
        (r#""default";r=0;t=1.5"#, RetryHint::None),
        (r#""default";r=0;t=9999999999999999"#, RetryHint::None),
        (r#""default";r=0;t=12, oops"#, RetryHint::None),
        (r#""default;r=0;t=12"#, RetryHint::None),
        ("limit=100, reset=12", RetryHint::None),
        ("12", RetryHint::None),
        ("", RetryHint::None),
    ] {
        assert_eq!(hint(429, &[("ratelimit", value)]), expected, "{value}");
    }
    let lines =
        [("ratelimit", r#""a";r=0;t=5"#), ("ratelimit", r#""b";r=0;t=50"#), ("ratelimit", "?")];
    assert_eq!(hint(429, &lines), at_least(50.0));
    let policy = ("ratelimit-policy", r#""burst";q=100;w=60"#);
    assert_eq!(hint(429, &[policy]), RetryHint::None);
}

/// The headers with the end of a period, each with the header for the remaining requests.
const PERIODS: [(&str, &str); 4] = [
    ("x-ratelimit-reset", "x-ratelimit-remaining"),
    ("x-rate-limit-reset", "x-rate-limit-remaining"),
    ("ratelimit-reset", "ratelimit-remaining"),
    ("x-ratelimit-reset-after", "x-ratelimit-remaining"),
];

#[test]
fn the_end_of_a_period_is_read_in_each_form() {
    for (reset, _) in PERIODS {
        for (value, expected) in [
            ("3", at_least(3.0)),
            ("0.85", at_least(0.85)),
            ("1796032830", at_least(31.0)),
            ("1796032830.5", at_least(31.5)),
            ("1796032830000", at_least(31.0)),
            ("1796032830500", at_least(31.5)),
            ("2026-11-30T10:01Z", at_least(61.0)),
            ("2026-11-30T10:00:30Z", at_least(31.0)),
            ("Mon, 30 Nov 2026 10:00:30 GMT", at_least(31.0)),
            ("999999999", at_least(999_999_999.0)),
            ("3, 5", at_least(5.0)),
            ("1796032800", at_least(1.0)),
            // In the past, or not a time.
            ("1796032799", RetryHint::None),
            ("1000000000", RetryHint::None),
            ("1796032799999", RetryHint::None),
            ("Sun, 06 Nov 1994 08:49:37 GMT", RetryHint::None),
            ("-43", RetryHint::None),
            ("0", RetryHint::None),
            ("6m0s", RetryHint::None),
        ] {
            assert_eq!(hint(429, &[(reset, value)]), expected, "{reset}: {value}");
        }
        let late = hint(429, &[(reset, "99999999999999999999999999")]);
        assert!(matches!(late, RetryHint::AtLeast(wait) if wait > Duration::from_hours(1_000_000)));
    }
}

#[test]
fn the_end_of_a_period_counts_only_if_the_limit_was_hit() {
    for (reset, remaining) in PERIODS {
        let with = |status, left| hint(status, &[(reset, "30"), (remaining, left)]);
        for status in [429, 503, 403] {
            assert_eq!(with(status, "0"), at_least(30.0), "{status} {reset}");
            for left in ["1", "59", "-1", "0.5", "none", ""] {
                assert_eq!(with(status, left), RetryHint::None, "{status} {reset} {left}");
            }
        }
        assert_eq!(with(403, "0, 0"), at_least(30.0));
        assert_eq!(with(403, "0, 59"), RetryHint::None);
        let twice = [(reset, "30"), (remaining, "0"), (remaining, "59")];
        assert_eq!(hint(429, &twice), RetryHint::None);
        assert_eq!(hint(429, &[(reset, "30")]), at_least(30.0));
        assert_eq!(hint(503, &[(reset, "30")]), at_least(30.0));
        assert_eq!(hint(403, &[(reset, "30")]), RetryHint::None);
        for status in [400, 401, 404, 409, 500, 502, 504, 529] {
            assert_eq!(with(status, "0"), RetryHint::None, "{status} {reset}");
        }
    }
}

#[test]
fn quotas_that_refill_are_soft_hints() {
    for name in ["requests", "tokens"] {
        let with = |left, reset| {
            hint(
                429,
                &[
                    (&*format!("x-ratelimit-remaining-{name}"), left),
                    (&*format!("x-ratelimit-reset-{name}"), reset),
                ],
            )
        };
        for (reset, seconds) in [
            ("12ms", 0.012),
            ("1s", 1.0),
            ("6m0s", 360.0),
            ("1h23m31s", 5011.0),
            ("370ms", 0.37),
            ("17", 17.0),
            ("0.5", 0.5),
        ] {
            assert_eq!(with("0", reset), soft(seconds), "{reset}");
            assert_eq!(with("1", reset), RetryHint::None);
            assert_eq!(with("-1", reset), RetryHint::None);
        }
        for reset in ["0", "0s", "-1", "soon", ""] {
            assert_eq!(with("0", reset), RetryHint::None, "{reset}");
        }
        assert_eq!(hint(429, &[(&*format!("x-ratelimit-reset-{name}"), "6m0s")]), RetryHint::None);
    }
    for name in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let with = |left, reset| {
            hint(
                429,
                &[
                    (&*format!("anthropic-ratelimit-{name}-remaining"), left),
                    (&*format!("anthropic-ratelimit-{name}-reset"), reset),
                ],
            )
        };
        assert_eq!(with("0", "2026-11-30T10:00:30Z"), soft(31.0));
        assert_eq!(with("0", "1796032830"), soft(31.0));
        assert_eq!(with("0", "2026-11-30T09:59:59Z"), RetryHint::None);
        assert_eq!(with("4000", "2026-11-30T10:00:30Z"), RetryHint::None);
    }
}

/// A bug of another client: a description, the status and headers of the response, and the hint.
type Trap = (&'static str, u16, &'static [(&'static str, &'static str)], RetryHint);

const RESET: (&str, &str) = ("x-ratelimit-reset", "1796036400");
const LEFT: (&str, &str) = ("x-ratelimit-remaining", "4999");
const TOKENS: &str = "anthropic-ratelimit-tokens-reset";

const fn hard(seconds: u64) -> RetryHint {
    RetryHint::AtLeast(Duration::from_secs(seconds))
}

const TRAPS: &[Trap] = &[
    ("1: a reset comes with every response", 500, &[RESET, LEFT], RetryHint::None),
    ("1: with the other statuses too", 403, &[RESET, LEFT], RetryHint::None),
    (
        "1: of Anthropic",
        529,
        &[(TOKENS, "2026-11-30T10:00:30Z"), ("anthropic-ratelimit-tokens-remaining", "9000")],
        RetryHint::None,
    ),
    (
        "2: an epoch is compared with the response's date",
        429,
        &[("x-rate-limit-reset", "784111807"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")],
        hard(784_111_807),
    ),
    (
        "2: in this century",
        429,
        &[("x-rate-limit-reset", "1609459230"), ("date", "Fri, 01 Jan 2021 00:00:00 GMT")],
        hard(31),
    ),
    (
        "2: not with the date of a cached response",
        429,
        &[
            ("retry-after", "Fri, 01 Jan 2021 00:00:30 GMT"),
            ("date", "Fri, 01 Jan 2021 00:00:00 GMT"),
            ("age", "600"),
        ],
        RetryHint::None,
    ),
    (
        "2: an age of zero is no cache",
        429,
        &[
            ("retry-after", "Fri, 01 Jan 2021 00:00:30 GMT"),
            ("date", "Fri, 01 Jan 2021 00:00:00 GMT"),
            ("age", "0"),
        ],
        hard(31),
    ),
    (
        "3: a reset in the past is no hint",
        429,
        &[
            (TOKENS, "2025-08-21T12:40:59Z"),
            ("anthropic-ratelimit-tokens-remaining", "0"),
            ("date", "Thu, 21 Aug 2025 12:41:00 GMT"),
        ],
        RetryHint::None,
    ),
    ("4: negative", 429, &[("x-ratelimit-reset", "-43")], RetryHint::None),
    (
        "4: negative in a soft one",
        429,
        &[("x-ratelimit-reset-tokens", "-43"), ("x-ratelimit-remaining-tokens", "0")],
        RetryHint::None,
    ),
    ("4: zero", 429, &[("x-ratelimit-reset", "0")], RetryHint::None),
    ("4: zero as a date", 429, &[("retry-after", "2000-01-01T00:00:00Z")], RetryHint::None),
    ("5: zero is no hint", 429, &[("retry-after", "0")], RetryHint::None),
    (
        "5: and the next header counts",
        429,
        &[("retry-after", "0"), ("x-ratelimit-reset", "9")],
        hard(9),
    ),
    ("6: two lines", 429, &[("retry-after", "5"), ("retry-after", "120")], hard(120)),
    ("6: two values", 429, &[("retry-after", "120, 120")], hard(120)),
    ("6: a date has a comma", 429, &[("retry-after", "Mon, 30 Nov 2026 10:00:30 GMT")], hard(31)),
    (
        "7: a reset that is nearer",
        429,
        &[
            ("retry-after", "25"),
            (TOKENS, "2026-11-30T10:00:23Z"),
            ("anthropic-ratelimit-tokens-remaining", "0"),
        ],
        hard(25),
    ),
    (
        "8: no quota is used up",
        429,
        &[
            ("x-ratelimit-reset-requests", "1h"),
            ("x-ratelimit-remaining-requests", "900"),
            ("x-ratelimit-reset-tokens", "370ms"),
            ("x-ratelimit-remaining-tokens", "17"),
        ],
        RetryHint::None,
    ),
    ("9: a proxy's answer has no headers", 503, &[("content-type", "text/html")], RetryHint::None),
    ("10: another limit was hit", 429, &[RESET, LEFT], RetryHint::None),
    ("10: which says so", 429, &[RESET, LEFT, ("retry-after", "2")], hard(2)),
];

#[test]
fn no_trap_shortens_or_lengthens_a_wait() {
    for &(trap, status, lines, expected) in TRAPS {
        assert_eq!(hint(status, lines), expected, "{trap}");
    }
}

/// All clients of a server see the same reset, so jitter must be added to it.
#[test]
fn a_wait_is_never_shorter_than_its_hint() {
    let reset = headers(&[("x-ratelimit-reset", "30")]);
    let failed = FailedStatus::of(StatusCode::TOO_MANY_REQUESTS, &reset).unwrap();
    for _ in 0..200 {
        let wait = retry_utils::STANDARD.retries("trap 11").next(&failed).unwrap();
        assert!((30.0..=31.0).contains(&wait.as_secs_f64()), "{wait:?}");
    }
}

#[test]
fn a_cached_date_is_not_the_time() {
    let now = SystemTime::now();
    let an_hour_ago = fmt_http_date(now - Duration::from_hours(1));
    let soon = (now + Duration::from_secs(30)).duration_since(UNIX_EPOCH).unwrap().as_secs();
    let lines =
        [("date", &*an_hour_ago), ("age", "3600"), ("x-ratelimit-reset", &*soon.to_string())];
    let RetryHint::AtLeast(wait) = hint(429, &lines) else { panic!("no hint") };
    assert!((25..=31).contains(&wait.as_secs()), "{wait:?}");
}
