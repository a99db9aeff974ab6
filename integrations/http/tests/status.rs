//! Status codes and responses of the `http` crate.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Response, StatusCode};
use retry_utils::http::{CheckResponse, FailedStatus, RequestError};
use retry_utils::{FailureKind, RetryHint, Retryable};

/// Returns the kind of a status in the table of the guide, which has codes in the first column and
/// kinds in the second.
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
fn each_status_has_the_kind_in_the_guide() {
    for status in 100..=999 {
        let code = StatusCode::from_u16(status).unwrap();
        assert_eq!(code.failure_kind(), documented(status), "{status}");
    }
}

#[test]
fn kinds_of_some_statuses() {
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
        (525, FailureKind::Permanent),
        (526, FailureKind::Permanent),
        (530, FailureKind::Unavailable),
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

#[test]
fn a_good_response_passes_and_a_failed_one_keeps_its_body() {
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

#[test]
fn more_or_less_of_a_body_can_be_kept() {
    let body = "x".repeat(9000);
    let response = || Response::builder().status(502).body(body.clone()).unwrap();
    for limit in [0, 1, 1024, 5000, 9000, usize::MAX] {
        let failed = response().check_status_with(limit).unwrap_err();
        assert_eq!(failed.body(), &body[..limit.min(9000)], "{limit}");
    }
    let good = Response::new("fine").check_status_with(1).unwrap();
    assert_eq!(good.body(), &"fine");
}

#[test]
fn only_a_2xx_is_a_success() {
    for status in [100, 199, 200, 204, 299, 300, 301, 304, 399, 400, 503, 999] {
        let response = Response::builder().status(status).body("why").unwrap();
        let checked = response.check_success().map(|good| good.status().as_u16());
        let checked =
            checked.map_err(|failed| (failed.status().as_u16(), failed.body().to_owned()));
        let is_good = (200..300).contains(&status);
        let expected = if is_good { Ok(status) } else { Err((status, "why".to_owned())) };
        assert_eq!(checked, expected);
    }
}

fn failed(status: u16, headers: &[(&'static str, &'static str)]) -> FailedStatus {
    let headers = headers.iter().map(|&(name, value)| {
        (http::HeaderName::from_static(name), HeaderValue::from_static(value))
    });
    let status = StatusCode::from_u16(status).unwrap();
    FailedStatus::of(status, &headers.collect::<HeaderMap>()).unwrap()
}

#[test]
fn the_headers_are_kept() {
    let failed = failed(429, &[("retry-after-ms", "1500"), ("x-request-id", "7")]);
    assert_eq!(failed.headers().get("retry-after-ms").unwrap(), "1500");
    assert_eq!(failed.headers()["x-request-id"], "7");
}

#[test]
fn messages_contain_no_header_values() {
    let secrets = [
        ("set-cookie", "session=s3cret"),
        ("x-api-key", "s3cret"),
        ("authorization", "Bearer s3cret"),
    ];
    let failed = failed(401, &secrets).with_body(b"no");
    let error = RequestError::from(failed.clone());
    for text in [format!("{failed:?} {failed:#?} {failed}"), format!("{error:?} {error}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(format!("{failed:?}").contains("set-cookie"), "{failed:?}");
}

#[test]
fn an_error_stays_small() {
    assert!(size_of::<FailedStatus>() <= 2 * size_of::<usize>());
}

#[test]
fn a_wait_that_the_caller_sets_is_the_hint() {
    let wait = Duration::from_millis(20);
    for headers in [
        &[][..],
        &[("retry-after", "7")],
        &[("x-should-retry", "false")],
        &[("x-ratelimit-reset-tokens", "6m"), ("x-ratelimit-remaining-tokens", "0")],
    ] {
        let failed = failed(429, headers).with_retry_after(wait);
        assert_eq!(failed.retry_hint(), RetryHint::AtLeast(wait), "{headers:?}");
        let error = RequestError::from(failed);
        assert_eq!(
            (error.retry_hint(), error.retry_after()),
            (RetryHint::AtLeast(wait), Some(wait))
        );
    }
    // The wait counts as a `Retry-After` header.
    assert_eq!(failed(403, &[]).with_retry_after(wait).failure_kind(), FailureKind::RateLimited);
}

#[test]
fn a_kind_that_the_caller_sets_precedes_all_others() {
    let body = br#"{"error":{"code":"insufficient_quota"}}"#;
    let failed = failed(429, &[("x-should-retry", "true"), ("retry-after", "7")]).with_body(body);
    assert_eq!(failed.failure_kind(), FailureKind::ResourceExhausted);
    for kind in [FailureKind::Bug, FailureKind::Transient, FailureKind::InvalidRequest] {
        assert_eq!(failed.clone().with_kind(kind).failure_kind(), kind);
    }
    assert_eq!(
        failed.with_kind(FailureKind::Transient).retry_after(),
        Some(Duration::from_secs(7))
    );
}

#[test]
fn with_a_hint_some_statuses_are_limits() {
    let family = [
        ("retry-after", "7"),
        ("retry-after-ms", "7000"),
        ("x-ms-retry-after-ms", "7000"),
        ("x-amz-retry-after", "7000"),
    ];
    for header in family {
        for status in [403, 409, 413, 423] {
            let failed = failed(status, &[header]);
            assert_eq!(failed.failure_kind(), FailureKind::RateLimited, "{status} {header:?}");
            assert_eq!(failed.retry_after(), Some(Duration::from_secs(7)));
        }
        for status in [400, 401, 404, 407, 410, 418, 422, 501, 505, 525] {
            let code = StatusCode::from_u16(status).unwrap();
            assert_eq!(failed(status, &[header]).failure_kind(), code.failure_kind(), "{status}");
        }
    }
    // An invalid hint changes nothing.
    for value in ["0", "soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        assert_eq!(
            failed(403, &[("retry-after", value)]).failure_kind(),
            FailureKind::Unauthorized
        );
        assert_eq!(
            failed(409, &[("retry-after", value)]).failure_kind(),
            FailureKind::InvalidRequest
        );
    }
}

#[test]
fn a_wait_of_zero_that_the_caller_sets_makes_no_limit() {
    for (status, kind) in [(403, FailureKind::Unauthorized), (409, FailureKind::InvalidRequest)] {
        let failed = failed(status, &[]).with_retry_after(Duration::ZERO);
        assert_eq!(failed.failure_kind(), kind);
    }
}

#[test]
fn a_403_is_a_limit_if_nothing_is_left() {
    let reset = ("x-ratelimit-reset", "30");
    let kind = |headers: &[_]| failed(403, headers).failure_kind();
    assert_eq!(kind(&[("x-ratelimit-remaining", "0"), reset]), FailureKind::RateLimited);
    assert_eq!(kind(&[("x-ratelimit-remaining", "0.0"), reset]), FailureKind::RateLimited);
    assert_eq!(kind(&[("x-rate-limit-remaining", "0")]), FailureKind::RateLimited);
    assert_eq!(kind(&[("x-ratelimit-remaining", "59"), reset]), FailureKind::Unauthorized);
    assert_eq!(kind(&[("x-ratelimit-remaining", "-1"), reset]), FailureKind::Unauthorized);
    assert_eq!(kind(&[reset]), FailureKind::Unauthorized);
    assert_eq!(
        failed(409, &[("x-ratelimit-remaining", "0"), reset]).failure_kind(),
        FailureKind::InvalidRequest
    );
}

#[test]
fn a_server_can_forbid_another_attempt_or_ask_for_one() {
    for name in ["x-should-retry", "stripe-should-retry"] {
        let failed = |status, value| failed(status, &[(name, value)]);
        for status in [400, 429, 500, 503] {
            let code = StatusCode::from_u16(status).unwrap();
            let failed = failed(status, "false");
            assert_eq!((failed.retry_hint(), failed.retry_after()), (RetryHint::Never, None));
            // The kind is unchanged, so breakers still count the failure.
            assert_eq!(failed.failure_kind(), code.failure_kind());
        }
        for (status, kind) in [
            (400, FailureKind::Transient),
            (409, FailureKind::Transient),
            (501, FailureKind::Transient),
            (401, FailureKind::Unauthorized),
            (403, FailureKind::Unauthorized),
            (429, FailureKind::RateLimited),
            (500, FailureKind::Unavailable),
        ] {
            assert_eq!(failed(status, "true").failure_kind(), kind, "{status}");
            assert_eq!(failed(status, "true").retry_hint(), RetryHint::None);
        }
        for value in ["True", "FALSE", "1", "0", "no", "true, true", ""] {
            assert_eq!(failed(409, value).failure_kind(), FailureKind::InvalidRequest, "{value:?}");
            assert_eq!(failed(500, value).retry_hint(), RetryHint::None, "{value:?}");
        }
    }
    let both = [("x-should-retry", "true"), ("stripe-should-retry", "false")];
    assert_eq!(failed(500, &both).retry_hint(), RetryHint::Never);
}
