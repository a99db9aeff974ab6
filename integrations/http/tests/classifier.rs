//! The classifier of failed responses, which is set once per process.

use http::{HeaderMap, StatusCode};
use retry_utils::http::{self as retry_http, ClassifierAlreadySet, FailedStatus};
use retry_utils::{FailureKind, Retryable};

fn classify(failed: &FailedStatus) -> Option<FailureKind> {
    match failed.body() {
        "secondary rate limit" => Some(FailureKind::RateLimited),
        // The kind by the rules of the library, except for unknown failures.
        "ask" => Some(failed.failure_kind()).filter(|kind| *kind != FailureKind::InvalidRequest),
        "panic" => panic!("a classifier that panics"),
        body if body.starts_with('{') => Some(FailureKind::Unavailable),
        _ => None,
    }
}

#[test]
fn the_classifier_precedes_all_rules_except_a_kind_that_was_set() {
    let failed = |status: u16, body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        FailedStatus::of(status, &HeaderMap::new()).unwrap().with_body(body.as_bytes())
    };
    let kind = |status, body| failed(status, body).failure_kind();
    let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
    assert_eq!(kind(429, quota), FailureKind::ResourceExhausted);

    assert_eq!(retry_http::set_classifier(classify), Ok(()));
    assert_eq!(retry_http::set_classifier(|_| None), Err(ClassifierAlreadySet));
    assert!(ClassifierAlreadySet.to_string().contains("combine"));

    assert_eq!(kind(403, "secondary rate limit"), FailureKind::RateLimited);
    assert_eq!(kind(429, quota), FailureKind::Unavailable);
    assert_eq!(kind(403, "forbidden"), FailureKind::Unauthorized);
    let set = failed(403, "secondary rate limit").with_kind(FailureKind::Bug);
    assert_eq!(set.failure_kind(), FailureKind::Bug);

    // The classifier may call `failure_kind`, even after it has panicked.
    let caught = std::panic::catch_unwind(|| kind(403, "panic"));
    assert!(caught.is_err());
    assert_eq!(kind(503, "ask"), FailureKind::Unavailable);
    assert_eq!(kind(404, "ask"), FailureKind::InvalidRequest);
}
