//! The counts of rejected calls, with more names than the limit. A separate test binary, because it
//! fills the list.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use retry_page::Page;
use retry_runtime::{CircuitBreaker, CircuitBreakers, registry};
use serde_json::{Value, json};
use tower::ServiceExt;

#[tokio::test(start_paused = true)]
async fn rejections_are_counted_under_so_many_names() {
    static REJECTING: CircuitBreakers = CircuitBreakers::new("rejecting").max_keys(3000);
    let router = Page::new().router();
    registry::get_or_insert("plain", || CircuitBreaker::new(""));
    registry::add_keyed(&REJECTING).unwrap();
    let reject = |breaker: &CircuitBreaker| {
        breaker.force_open();
        breaker.try_acquire().unwrap_err();
        breaker.reset();
    };
    let rejected = async |name: &str| {
        let path = format!("/state?search={name}");
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let text = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let state: Value = serde_json::from_slice(&text).unwrap();
        (state["totals"]["rejected"].clone(), state["breakers"][0]["rejected"].clone())
    };
    assert_eq!(rejected("plain").await, (json!({ "all": 0, "other": 0 }), json!(0)));
    // Unlisted breakers do not use up the names.
    for at in 0..2000 {
        reject(&CircuitBreaker::new(format!("unlisted {at}").leak()));
    }
    assert_eq!(rejected("plain").await, (json!({ "all": 2000, "other": 2000 }), json!(0)));

    for key in 0..registry::CAPACITY + 76 {
        reject(&REJECTING.for_key(format!("{key:04}")));
    }
    let all = 2000 + registry::CAPACITY + 76;
    let totals = json!({ "all": all, "other": 2000 + 76 });
    assert_eq!(rejected("rejecting/0000").await, (totals.clone(), json!(1)));
    assert_eq!(rejected("rejecting/1023").await, (totals.clone(), json!(1)));
    assert_eq!(rejected("rejecting/1024").await, (totals.clone(), Value::Null));
    assert_eq!(rejected("plain").await, (totals, Value::Null));
}
