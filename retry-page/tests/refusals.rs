//! Wrong tokens are reported, but cannot flood the log. A separate test binary, because the limit
//! applies to the process.

use std::sync::Mutex;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::{Router, middleware};
use retry_page::{Operator, Page};
use retry_runtime::observe::{self, Event};
use retry_runtime::{CircuitBreaker, Mode, registry};
use serde_json::{Value, json};
use tower::ServiceExt;

const TOKEN: &str = "a token of this test";
const WRONG: &str = "a guess at the tokén";

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn lines() -> Vec<String> {
    std::mem::take(&mut *LINES.lock().unwrap())
}

fn page() -> Router {
    Page::new().control_token(TOKEN).unwrap().router()
}

async fn act(router: Router, token: &str, body: &Value) -> StatusCode {
    let request = Request::post("/control")
        .header(header::AUTHORIZATION, [b"Bearer ", token.as_bytes()].concat())
        .body(Body::from(body.to_string()))
        .unwrap();
    router.oneshot(request).await.unwrap().status()
}

async fn controls() -> Vec<Value> {
    let request = Request::get("/state").body(Body::empty()).unwrap();
    let body = page().oneshot(request).await.unwrap().into_body();
    let state: Value = serde_json::from_slice(&to_bytes(body, 1 << 20).await.unwrap()).unwrap();
    state["controls"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn what_operators_do_and_who_tried_is_told_and_listed() {
    observe::add_listener(|event: &Event<'_>| {
        if let Event::Control { .. } = event {
            LINES.lock().unwrap().push(event.to_string());
        }
    })
    .unwrap();
    let breaker = registry::get_or_insert("guarded", || CircuitBreaker::new(""));
    let open = json!({ "breaker": "guarded", "action": "force_open" });

    // The operator is `page`, or the name that the application provides.
    assert_eq!(act(page(), TOKEN, &open).await, StatusCode::NO_CONTENT);
    let observe = json!({ "breaker": "guarded", "action": "mode", "mode": "observe" });
    let login =
        middleware::from_fn(async |mut request: axum::extract::Request, next: middleware::Next| {
            request.extensions_mut().insert(Operator::new("alice\nroot"));
            next.run(request).await
        });
    let behind_a_login = page().layer(login);
    assert_eq!(act(behind_a_login.clone(), TOKEN, &observe).await, StatusCode::NO_CONTENT);
    assert_eq!(breaker.current_mode(), Mode::Observe);
    assert_eq!(
        lines(),
        [
            "guarded: operator action action=force_open by=page",
            "guarded: operator action action=set_mode by=alice\\nroot detail=observe",
        ]
    );
    // A failed action is reported only to its client.
    let unknown = json!({ "breaker": "nobody", "action": "reset" });
    assert_eq!(act(page(), TOKEN, &unknown).await, StatusCode::NOT_FOUND);
    let invalid = json!({ "breaker": "guarded", "action": "explode" });
    assert_eq!(act(page(), TOKEN, &invalid).await, StatusCode::BAD_REQUEST);
    assert!(lines().is_empty());

    for _ in 0..1000 {
        assert_eq!(act(page(), WRONG, &open).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(lines(), ["(unknown): operator action action=refused by=page"]);
    for seconds in 1..300 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(act(behind_a_login.clone(), WRONG, &open).await, StatusCode::UNAUTHORIZED);
        let line = "(unknown): operator action action=refused by=alice\\nroot";
        let left_out = if seconds == 1 { " left_out=999" } else { "" };
        assert_eq!(lines(), [format!("{line}{left_out}")]);
    }
    // The refusals do not displace the operators' actions.
    let controls = controls().await;
    let fields =
        |at: usize| ["action", "by", "detail", "times"].map(|field| controls[at][field].clone());
    assert_eq!(controls.len(), 3);
    assert_eq!(fields(0), [json!("refused"), json!("alice\\nroot"), Value::Null, json!(1299)]);
    assert_eq!(fields(1), [json!("set_mode"), json!("alice\\nroot"), json!("observe"), json!(1)]);
    assert_eq!(fields(2), [json!("force_open"), json!("page"), Value::Null, json!(1)]);
    assert_eq!(
        (&controls[1]["breaker"], &controls[1]["seconds_ago"]),
        (&json!("guarded"), &json!(299.0))
    );
    let sequence = |at: usize| controls[at]["sequence"].as_u64().unwrap();
    assert!(sequence(0) > sequence(1) && sequence(1) > sequence(2));
    let text = Value::from(controls.clone()).to_string();
    assert!(!text.contains(TOKEN) && !text.contains("guess"), "{text}");

    // The list is limited.
    for _ in 0..200 {
        breaker.reset();
    }
    assert_eq!(self::controls().await.len(), 100);
}
