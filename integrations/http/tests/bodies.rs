//! Classification by error codes in a body or a header, and waits in a body.

use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use retry_utils::http::{CheckResponse, FailedStatus};
use retry_utils::{FailureKind, RetryHint, Retryable};

fn failed(status: u16, body: &str) -> FailedStatus {
    let status = StatusCode::from_u16(status).unwrap();
    FailedStatus::of(status, &HeaderMap::new()).unwrap().with_body(body.as_bytes())
}

fn kind(status: u16, body: &str) -> FailureKind {
    failed(status, body).failure_kind()
}

#[test]
fn a_limit_that_no_wait_ends_is_not_retried() {
    for body in [
        r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#,
        r#"{"error":{"type":"insufficient_quota","code":null}}"#,
        r#"{"error":{"code":"credit_balance_exhausted"}}"#,
        r#"{"error":{"code":"organization_usage_limit_exceeded"}}"#,
        r#"{"error":{"code":"organization_spend_limit_exceeded"}}"#,
        r#"{"error":{"code":"project_spend_limit_exceeded"}}"#,
        r#"{"error":{"message":"…","type":"invalid_request_error","param":null,"code":"billing_hard_limit_reached"}}"#,
        r#"{"type":"error","error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
        r#"{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}"#,
        // Quotas per minute and per day in one list.
        r#"{"error":{"details":[{"violations":[{"quotaId":"RequestsPerMinute"},{"quotaId":"RequestsPerDay"}]}]}}"#,
        r#"{"error":{"details":[{"violations":[{"quotaId":"RequestsPerDay"},{"quotaId":"RequestsPerMinute"}]}]}}"#,
        // Other shapes.
        r#"[{"error":{"code":429,"type":"insufficient_quota"}}]"#,
        r#"[{"x":1},{"error":{"code":"insufficient_quota"}}]"#,
        r#"{"error":"insufficient_quota"}"#,
        "\n\n  {\"error\":{\"code\":\"insufficient_quota\"}}",
        "\u{feff}{\"error\":{\"code\":\"insufficient_quota\"}}",
        r#"{"error":{"c\u006fde":"insufficient\u005fquota"}}"#,
        r#"{"error":{"code":"other","code":"insufficient_quota","code":"other"}}"#,
        r#"{"error":null,"error":{"code":"insufficient_quota"},"error":"text"}"#,
        r#"{"__type":"com.amazonaws#ServiceQuotaExceededException"}"#,
        // Truncated.
        r#"{"error":{"code":"insufficient_quota""#,
        r#"[{"error":{"message":[1,{"a":"b"}],"code":"insufficient_quota","#,
    ] {
        for status in [400, 403, 422, 429] {
            assert_eq!(kind(status, body), FailureKind::ResourceExhausted, "{status} {body}");
        }
        // In a 5xx response, such a code does not count.
        assert_eq!(kind(503, body), FailureKind::Unavailable, "{body}");
    }
}

#[test]
fn nested_arrays_do_not_hide_a_code() {
    for depth in [1, 2, 100, 500] {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        for place in ["details", "code", "debug"] {
            let body = format!(r#"{{"error":{{"{place}":{nested},"type":"insufficient_quota"}}}}"#);
            assert_eq!(kind(429, &body), FailureKind::ResourceExhausted, "{place} {depth}");
        }
        let quota = r#"{"violations":[{"quotaId":"RequestsPerDay"}]}"#;
        let body = format!(r#"{{"error":{{"details":[{nested},{quota}]}}}}"#);
        assert_eq!(kind(429, &body), FailureKind::ResourceExhausted, "{depth}");
    }
}

#[test]
fn codes_in_a_text_do_not_count() {
    for body in [
        "insufficient_quota",
        "\"insufficient_quota\"",
        r#"["insufficient_quota"]"#,
        r#"{"message":"insufficient_quota"}"#,
        r#"{"error":{"message":"insufficient_quota"}}"#,
        r#"{"error":{"message":"{\"error\":{\"code\":\"insufficient_quota\"}}"}}"#,
        r#"{"error":"You have an insufficient_quota"}"#,
        r#"{"error":{"code":"not_insufficient_quota"}}"#,
        r#"{"error":{"code":"rate_limit_exceeded"}}"#,
        r#"{"error":{"code":"slow_down"}}"#,
        r#"{"error":{"code":["insufficient_quota"]}}"#,
        r#"{"error":{"metadata":{"code":"insufficient_quota"}}}"#,
        r#"{"data":{"error":{"code":"insufficient_quota"}}}"#,
        r#"{"error":{"type":"rate_limit_error","details":{"error_code":"other"}}}"#,
        r#"{"error":{"details":[{"violations":[{"quotaId":"RequestsPerMinute","quotaMetric":"PerDay"}]}]}}"#,
        r#"{"error":429}"#,
        r#"{"error":{"code":429,"details":5}}"#,
        r#"{"error":[{"code":1.5}]}"#,
        "[]",
        "{}",
        "null",
        "-1",
        "",
        "{",
        r#"{"error":{"code":"insufficient_quo"#,
        "<html>insufficient_quota</html>",
    ] {
        assert_eq!(kind(429, body), FailureKind::RateLimited, "{body}");
        assert_eq!(kind(400, body), FailureKind::InvalidRequest, "{body}");
    }
}

#[test]
fn a_code_after_a_long_message_is_found() {
    let message = "long ".repeat(1000);
    let body = format!(r#"{{"error":{{"message":"{message}","code":"insufficient_quota"}}}}"#);
    let failed = failed(429, &body);
    assert_eq!(failed.failure_kind(), FailureKind::ResourceExhausted);
    assert_eq!(failed.body(), &body[..FailedStatus::BODY_LIMIT]);
    let response = || Response::builder().status(429).body(body.clone()).unwrap();
    for failed in
        [response().check_status(), response().check_success(), response().check_status_with(10)]
    {
        assert_eq!(failed.unwrap_err().failure_kind(), FailureKind::ResourceExhausted);
    }
}

#[test]
fn a_text_that_is_not_utf_8_does_not_hide_a_code() {
    let body = b"{\"error\":{\"message\":\"caf\xe9 \xff\",\"code\":\"insufficient_quota\"}}";
    let failed = FailedStatus::of(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new()).unwrap();
    assert_eq!(failed.with_body(body).failure_kind(), FailureKind::ResourceExhausted);
}

#[test]
fn another_body_has_other_codes() {
    let failed = failed(429, r#"{"error":{"code":"insufficient_quota"}}"#);
    assert_eq!(failed.with_body(b"busy").failure_kind(), FailureKind::RateLimited);
}

fn of_aws(status: u16, code: &str) -> FailedStatus {
    let mut headers = HeaderMap::new();
    headers.insert("x-amzn-errortype", code.parse().unwrap());
    FailedStatus::of(StatusCode::from_u16(status).unwrap(), &headers).unwrap()
}

#[test]
fn throttling_by_aws_is_a_rate_limit() {
    for code in [
        "ThrottlingException",
        "Throttling",
        "SlowDown",
        "TooManyRequestsException",
        "RequestLimitExceeded",
    ] {
        for text in [
            code.to_owned(),
            format!("{code}:http://internal.example/coral/"),
            format!("com.amazonaws.dynamodb.v20120810#{code}"),
            format!("aws.protocols#{code}:http://internal.example/#x"),
        ] {
            for status in [400, 403] {
                let by_header = of_aws(status, &text).failure_kind();
                let by_body =
                    kind(status, &format!(r#"{{"message":"Rate exceeded","__type":"{text}"}}"#));
                assert_eq!([by_header, by_body], [FailureKind::RateLimited; 2], "{status} {text}");
            }
        }
    }
    for code in
        ["ValidationException", "throttlingexception", "NotThrottling", "Throttling Exception", ""]
    {
        assert_eq!(of_aws(400, code).failure_kind(), FailureKind::InvalidRequest, "{code}");
    }
    let quota = of_aws(400, "ServiceQuotaExceededException").failure_kind();
    assert_eq!(quota, FailureKind::ResourceExhausted);
}

fn delay(body: &str) -> RetryHint {
    failed(429, body).retry_hint()
}

#[test]
fn a_delay_of_google_is_a_hint_unless_the_day_is_used_up() {
    let at_least = |seconds| RetryHint::AtLeast(Duration::from_secs_f64(seconds));
    for (delay_text, hint) in [
        ("26s", at_least(26.0)),
        ("3.957525076s", at_least(3.957_525_076)),
        ("0s", RetryHint::None),
        ("-5s", RetryHint::None),
        ("soon", RetryHint::None),
        ("26", RetryHint::None),
    ] {
        let info = format!(
            r#"{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay_text}"}}"#
        );
        let minute = r#"{"violations":[{"quotaId":"RequestsPerMinute"}]}"#;
        let day = r#"{"violations":[{"quotaId":"RequestsPerDay"}]}"#;
        assert_eq!(delay(&format!(r#"{{"error":{{"details":[{info}]}}}}"#)), hint, "{delay_text}");
        assert_eq!(delay(&format!(r#"[{{"error":{{"details":[{minute},{info}]}}}}]"#)), hint);
        assert_eq!(delay(&format!(r#"{{"error":{{"details":[{info},{minute}"#)), hint);
        assert_eq!(delay(&format!(r#"{{"error":{{"details":[{day},{info}]}}}}"#)), RetryHint::None);
        assert_eq!(delay(&format!(r#"{{"error":{{"details":[{info},{day}]}}}}"#)), RetryHint::None);
    }
    assert_eq!(delay(r#"{"error":{"details":[{"retryDelay":26}]}}"#), RetryHint::None);
    assert_eq!(delay(r#"{"retryDelay":"26s"}"#), RetryHint::None);
    assert_eq!(
        failed(503, r#"{"error":{"details":[{"retryDelay":"2s"}]}}"#).retry_hint(),
        at_least(2.0)
    );
}

#[test]
fn a_header_that_asks_to_wait_comes_before_the_body() {
    let body = br#"{"error":{"details":[{"retryDelay":"26s"}]}}"#;
    let hint = |name: &'static str, value: &str| {
        let headers = [(name, value), ("x-ratelimit-remaining-tokens", "0")];
        let headers = headers
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        let headers = headers.into_iter().collect();
        FailedStatus::of(StatusCode::TOO_MANY_REQUESTS, &headers)
            .unwrap()
            .with_body(body)
            .retry_hint()
    };
    assert_eq!(hint("retry-after", "7"), RetryHint::AtLeast(Duration::from_secs(7)));
    assert_eq!(hint("x-should-retry", "false"), RetryHint::Never);
    assert_eq!(hint("x-ratelimit-reset-tokens", "6m"), RetryHint::AtLeast(Duration::from_secs(26)));
}
