//! Status codes and responses of the crate `http`.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use httpdate::fmt_http_date;
use retry_utils::http::{CheckResponse, FailedStatus, retry_after};
use retry_utils::{FailureKind, Retryable};

/// The table of the guide, row by row: the codes in the first cell, the kind in the second.
fn documented(status: u16) -> FailureKind {
    let page = include_str!("../../../docs/failures.md");
    let table = page.split("## HTTP").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?, cells.next()?.strip_prefix('`')?.strip_suffix('`')?))
    });
    let (_, kind) = rows
        .into_iter()
        .find(|(codes, _)| codes.split(", ").any(|codes| is_among(status, codes)))
        .unwrap_or_else(|| panic!("no row for {status}"));
    kinds().into_iter().find(|known| format!("{known:?}") == kind).unwrap()
}

fn is_among(status: u16, codes: &str) -> bool {
    match codes {
        "other 4xx" => (400..500).contains(&status),
        "other 5xx" => (500..600).contains(&status),
        "all others" => true,
        codes => match codes.split_once(" to ") {
            Some((from, to)) => (from.parse().unwrap()..=to.parse().unwrap()).contains(&status),
            None => codes.parse::<u16>().unwrap() == status,
        },
    }
}

fn kinds() -> [FailureKind; 7] {
    [
        FailureKind::Timeout,
        FailureKind::Unavailable,
        FailureKind::RateLimited,
        FailureKind::Transient,
        FailureKind::Unauthorized,
        FailureKind::InvalidRequest,
        FailureKind::Permanent,
    ]
}

#[test]
fn each_status_is_of_the_kind_that_the_guide_says() {
    for status in 100..=999 {
        let code = StatusCode::from_u16(status).unwrap();
        assert_eq!(code.failure_kind(), documented(status), "{status}");
    }
}

#[test]
fn some_statuses_by_hand() {
    for (status, kind) in [
        (400, FailureKind::InvalidRequest),
        (401, FailureKind::Unauthorized),
        (408, FailureKind::Timeout),
        (425, FailureKind::Transient),
        (429, FailureKind::RateLimited),
        (500, FailureKind::Unavailable),
        (501, FailureKind::Permanent),
        (503, FailureKind::Unavailable),
        (522, FailureKind::Unavailable),
        (529, FailureKind::Unavailable),
        (304, FailureKind::Permanent),
    ] {
        assert_eq!(StatusCode::from_u16(status).unwrap().failure_kind(), kind, "{status}");
    }
}

#[test]
fn a_body_stays_on_the_line_of_its_error() {
    let failed = FailedStatus::of(StatusCode::SERVICE_UNAVAILABLE, &HeaderMap::new()).unwrap();
    let body = "busy\n WARN billing: payment=ok user=root \u{1b}[31m";
    let failed = failed.with_body(body.as_bytes());
    let text = r"503 Service Unavailable: busy\n WARN billing: payment=ok user=root \u{1b}[31m";
    assert_eq!(failed.to_string(), text);
    assert_eq!(failed.body(), body);
}

fn hint(value: &str) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, value.parse().unwrap());
    retry_after(&headers)
}

#[test]
fn a_hint_in_seconds_is_read() {
    assert_eq!(hint("0"), Some(Duration::ZERO));
    assert_eq!(hint(" 120 "), Some(Duration::from_mins(2)));
    assert_eq!(hint("99999999999999999999999"), Some(Duration::MAX));
}

#[test]
fn what_is_neither_seconds_nor_a_date_is_no_hint() {
    for value in ["", "soon", "-1", "1.5", "+3", "3 s", "Sun, 06 Foo 1994 08:49:37 GMT"] {
        assert_eq!(hint(value), None, "{value:?}");
    }
}

#[test]
fn a_date_is_a_hint_by_the_systems_clock() {
    let in_an_hour = SystemTime::now() + Duration::from_hours(1);
    let hint = hint(&fmt_http_date(in_an_hour)).unwrap();
    assert!((3500..=3600).contains(&hint.as_secs()), "{hint:?}");
    assert_eq!(self::hint("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
}

#[test]
fn the_older_forms_of_a_date_are_read_too() {
    let mut headers = HeaderMap::new();
    headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
    for date in ["Sunday, 06-Nov-94 08:49:47 GMT", "Sun Nov  6 08:49:47 1994"] {
        headers.insert(RETRY_AFTER, date.parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(10)), "{date}");
    }
}

#[test]
fn a_good_response_passes_and_a_failed_one_keeps_what_it_said() {
    let response = |status: u16| Response::builder().status(status).body("why").unwrap();
    assert_eq!(response(200).check_status().unwrap().body(), &"why");
    assert_eq!(response(304).check_head().unwrap().body(), &"why");
    let failed = response(400).check_status().unwrap_err();
    assert_eq!((failed.status(), failed.body()), (StatusCode::BAD_REQUEST, "why"));
    assert_eq!(failed.to_string(), "400 Bad Request: why");
    assert_eq!(response(503).check_head().unwrap_err().to_string(), "503 Service Unavailable");
    assert_eq!(response(529).check_head().unwrap_err().to_string(), "529");
}

fn kept(body: &[u8]) -> String {
    let failed = FailedStatus::of(StatusCode::BAD_GATEWAY, &HeaderMap::new()).unwrap();
    failed.with_body(body).body().to_owned()
}

#[test]
fn the_start_of_a_body_is_kept_and_no_character_cut_in_two() {
    let limit = FailedStatus::BODY_LIMIT;
    assert_eq!(kept("x".repeat(limit + 9).as_bytes()), "x".repeat(limit));
    assert_eq!(kept("x".repeat(limit).as_bytes()), "x".repeat(limit));
    let split = format!("{}é{}", "x".repeat(limit - 1), "y".repeat(9));
    assert_eq!(kept(split.as_bytes()), "x".repeat(limit - 1));
    assert_eq!(kept(&split.as_bytes()[..limit]), "x".repeat(limit - 1));
    assert_eq!(kept(b"caf\xc3"), "caf\u{fffd}");
    assert_eq!(kept(b"caf\xe9 au lait"), "caf\u{fffd} au lait");
}
