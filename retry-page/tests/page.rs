//! The routes of the page. `integrations/page` tests the page in a browser.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use retry_page::Page;
use retry_runtime::{
    CircuitBreaker, CircuitBreakers, CircuitState, FailureKind, Jitter, Mode, RetryBudget,
    RetryConfig, RetryHint, STANDARD, registry,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

const TOKEN: &str = "a token of this test";
const BEARER: &str = "Bearer a token of this test";

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const ONCE: RetryConfig = PLAIN.max_attempts(1);

fn router() -> Router {
    Page::new().control_token(TOKEN).unwrap().router()
}

async fn ask(router: Router, request: Request<Body>) -> Response {
    router.oneshot(request).await.unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

async fn state() -> Value {
    serde_json::from_str(&text(ask(router(), get("/state")).await).await).unwrap()
}

/// Returns the row of the breaker, budget or operation with this name.
async fn of(list: &str, name: &str) -> Value {
    let state = state().await;
    let found = state[list].as_array().unwrap().iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in {state:#}")).clone()
}

fn control(authorization: Option<&str>, body: &(impl ToString + ?Sized)) -> Request<Body> {
    control_with(authorization, Body::from(body.to_string()))
}

fn control_with(authorization: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::post("/control");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    request.body(body).unwrap()
}

/// Performs an action with the right token.
async fn act(body: Value) -> (StatusCode, String) {
    let response = ask(router(), control(Some(&format!("Bearer {TOKEN}")), &body)).await;
    (response.status(), text(response).await)
}

#[tokio::test(start_paused = true)]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let router = Page::new().control_token(TOKEN).unwrap().allowed_hosts(["ops"]).unwrap().router();
    let of_host = |mut request: Request<Body>| {
        request.headers_mut().insert(header::HOST, "ops".parse().unwrap());
        request
    };
    let method = |method: Method, path: &str| {
        Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
    };
    let slow = Body::from_stream(stream::pending::<Result<Bytes, Error>>());
    for (request, status) in [
        (of_host(get("/")), StatusCode::OK),
        (of_host(get("/state")), StatusCode::OK),
        (of_host(method(Method::HEAD, "/state")), StatusCode::OK),
        (of_host(method(Method::OPTIONS, "/state")), StatusCode::METHOD_NOT_ALLOWED),
        (of_host(get("/state?search=a&search=b")), StatusCode::BAD_REQUEST),
        (of_host(get("/other")), StatusCode::NOT_FOUND),
        (of_host(get("/control")), StatusCode::METHOD_NOT_ALLOWED),
        (of_host(control(None, "")), StatusCode::UNAUTHORIZED),
        (of_host(control(Some(BEARER), "")), StatusCode::BAD_REQUEST),
        (of_host(control_with(Some(BEARER), slow)), StatusCode::REQUEST_TIMEOUT),
        (get("/"), StatusCode::MISDIRECTED_REQUEST),
        (get("/other"), StatusCode::MISDIRECTED_REQUEST),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        let response = ask(router.clone(), request).await;
        assert_eq!(response.status(), status, "{asked}");
        let header = |name| response.headers()[name].to_str().unwrap();
        let policy = header("content-security-policy");
        for directive in ["default-src 'none'", "script-src 'sha256-", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{asked}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    }
}

#[tokio::test]
async fn it_is_found_with_and_without_a_slash() {
    let nested = Router::new().nest_service("/some/where", router());
    for (path, found) in [
        ("/some/where", "text/html; charset=utf-8"),
        ("/some/where/", "text/html; charset=utf-8"),
        ("/some/where/state", "application/json"),
        ("/some/where/state?search=page", "application/json"),
    ] {
        let response = ask(nested.clone(), get(path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], found, "{path}");
    }
    // Unknown paths below the page have its headers, too.
    let response = ask(nested, get("/some/where/else")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn only_allowed_hosts_are_answered() {
    let page =
        || Page::new().allowed_hosts(["Ops.example.com", "localhost:8090", "[::1]"]).unwrap();
    let with = |hosts: &[&[u8]]| {
        let mut request = get("/");
        for host in hosts {
            request.headers_mut().append(header::HOST, HeaderValue::from_bytes(host).unwrap());
        }
        request
    };
    for (request, allowed) in [
        (with(&[b"ops.example.com"]), true),
        (with(&[b"OPS.example.com:8443"]), true),
        (with(&[b"localhost:8090"]), true),
        (with(&[b"[::1]"]), true),
        (with(&[b"[::1]:80"]), true),
        (with(&[b"localhost"]), false),
        (with(&[b"localhost:809"]), false),
        (with(&[b"evil.example.com"]), false),
        (with(&[b"ops.example.com.evil.example"]), false),
        (with(&[b"evil.ops.example.com"]), false),
        (with(&[b"ops.example.com."]), false),
        (with(&[b"evil.example", b"ops.example.com"]), false),
        (with(&[b"ops.example.com", b"evil.example"]), false),
        (with(&[b"evil.example@ops.example.com"]), false),
        (with(&[b"ops.example.com@evil.example"]), false),
        (with(&[b""]), false),
        (with(&[b"\xFF"]), false),
        (with(&[]), false),
        // The form of HTTP/2.
        (get("http://ops.example.com/"), true),
        (get("http://evil.example/"), false),
    ] {
        let asked = format!("{} {:?}", request.uri(), request.headers());
        let response = ask(page().router(), request).await;
        let expected = if allowed { StatusCode::OK } else { StatusCode::MISDIRECTED_REQUEST };
        assert_eq!(response.status(), expected, "{asked}");
    }
    // A request that names two different hosts is refused.
    let mut request = get("http://evil.example/");
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("ops.example.com"));
    assert_eq!(ask(page().router(), request).await.status(), StatusCode::MISDIRECTED_REQUEST);

    assert!(format!("{:?}", page()).contains("localhost:8090"));
    for wrong in
        ["", "http://ops", "ops/", "ops:", "ops:port", "ops:70000", "a@ops", "*", "two words"]
    {
        let error = Page::new().allowed_hosts(["fine", wrong]).unwrap_err();
        assert_eq!(error.place(), "allowed_hosts", "{wrong}");
        assert!(error.rule().contains("ops.example.com"), "{error}");
    }
    let error = Page::new().allowed_hosts([""; 0]).unwrap_err();
    assert!(error.rule().contains("name a host"), "{error}");
}

#[tokio::test]
async fn the_page_is_one_document_and_asks_nobody_else() {
    let response = ask(Router::new().nest("/some/where", router()), get("/some/where")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let page = text(response).await;
    assert!(!page.contains("/* page."), "a part is missing");
    for other in ["http:", "https:", "src=", "@import", "url(", "innerHTML"] {
        let found = page.lines().find(|line| line.contains(other) && !line.contains("w3.org"));
        assert_eq!(found, None, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn breakers_are_shown_with_the_time_to_their_next_probe() {
    let open = registry::get_or_insert("page/open", || CircuitBreaker::new(""));
    open.trip();
    tokio::time::advance(Duration::from_secs(15)).await;
    let _ = router();
    open.try_acquire().unwrap_err();
    let shown = of("breakers", "page/open").await;
    assert_eq!(shown["state"], "OPEN");
    assert_eq!(shown["retry_in_seconds"], 45.0);
    assert_eq!(shown["in_state_seconds"], 15.0);
    assert_eq!(shown["rejected"], 1);
    assert_eq!(shown["failure_threshold"], 5);
    open.force_open();
    let shown = of("breakers", "page/open").await;
    assert_eq!((&shown["forced"], &shown["retry_in_seconds"]), (&json!(true), &Value::Null));

    registry::get_or_insert("page/closed", || CircuitBreaker::new(""));
    let shown = of("breakers", "page/closed").await;
    assert_eq!(shown["state"], "CLOSED");
    assert_eq!(
        (&shown["in_state_seconds"], &shown["retry_in_seconds"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn budgets_are_shown_with_what_they_hold() {
    static LLM: RetryBudget =
        RetryBudget::new().name("page/llm").ratio(0.25).burst(20).min_per_second(0);
    registry::add_budget(&LLM).unwrap();
    assert!(LLM.try_withdraw() && LLM.try_withdraw());
    LLM.deposit();
    let shown = of("budgets", "page/llm").await;
    let fields = json!({
        "name": "page/llm", "balance": 18.25, "burst": 20, "ratio": 0.25, "min_per_second": 0,
    });
    assert_eq!(shown, fields);
}

#[tokio::test(start_paused = true)]
async fn operations_are_counted_and_their_events_listed() {
    let _ = router();
    let mut failures = 0;
    let call = |fails: u32| {
        let mut left = fails;
        PLAIN
            .run(move || {
                let fails = left > 0;
                left = left.saturating_sub(1);
                std::future::ready(if fails {
                    Err(Error::from(ErrorKind::TimedOut))
                } else {
                    Ok(())
                })
            })
            .name("page::call")
    };
    for fails in [0, 1, 2, 3] {
        failures += u32::from(call(fails).await.is_err());
    }
    assert_eq!(failures, 1);
    // Gave up without a retry.
    let refused = || std::future::ready(Err::<(), _>(Error::from(ErrorKind::PermissionDenied)));
    PLAIN.run(refused).name("page::refused").await.unwrap_err();
    let shown = of("operations", "page::refused").await;
    assert_eq!((&shown["gave_up"], &shown["gave_up_after_retries"]), (&json!(1), &json!(0)));

    let shown = of("operations", "page::call").await;
    for (field, value) in [
        ("retries", 5),
        ("retried_calls", 3),
        ("gave_up", 1),
        ("gave_up_after_retries", 1),
        ("would_retry", 0),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!(
        (&shown["last_kind"], &shown["last_error"]),
        (&json!("timeout"), &json!("timed out"))
    );
    assert_eq!(shown["recent"].as_array().unwrap().len(), 12);

    let state = state().await;
    let events =
        state["events"].as_array().unwrap().iter().filter(|it| it["operation"] == "page::call");
    let events: Vec<_> = events.collect();
    assert_eq!(events.len(), 6);
    let sequence = |at: usize| events[at]["sequence"].as_u64().unwrap();
    assert!(sequence(0) > sequence(1) && sequence(4) > sequence(5), "{events:#?}");
    assert_eq!(events[0]["event"], "gave_up");
    assert_eq!(events[0]["reason"], "attempts_exhausted");
    assert_eq!(events[1]["event"], "retry_scheduled");
    assert_eq!(events[1]["delay_seconds"], 2.0);
    assert_eq!((&events[1]["attempt"], &events[1]["max_attempts"]), (&json!(2), &json!(3)));

    let mut retries = PLAIN.retries("page::forbidden");
    assert_eq!(retries.next_failure(FailureKind::Unavailable, RetryHint::Never), None);
    assert_eq!(of("operations", "page::forbidden").await["gave_up"], 1);
    let shown = self::state().await;
    let of_it = |event: &&Value| event["operation"] == "page::forbidden";
    let event = shown["events"].as_array().unwrap().iter().find(of_it).unwrap();
    assert_eq!(event["reason"], "retry_forbidden");

    PLAIN
        .mode(Mode::Observe)
        .run(|| std::future::ready(Err::<(), _>(Error::from(ErrorKind::TimedOut))))
        .name("page::call")
        .await
        .unwrap_err();
    assert_eq!(of("operations", "page::call").await["would_retry"], 1);
}

#[tokio::test(start_paused = true)]
async fn ages_follow_the_clock_of_the_runtime() {
    let _ = router();
    let mut fails = true;
    let once = move || {
        let failed = std::mem::take(&mut fails);
        std::future::ready(if failed { Err(Error::from(ErrorKind::TimedOut)) } else { Ok(()) })
    };
    PLAIN.run(once).name("page::ages").await.unwrap();
    let age = |operation: &Value| operation["last_seconds_ago"].as_f64().unwrap();
    let recent = |operation: &Value| -> u64 {
        operation["recent"].as_array().unwrap().iter().filter_map(Value::as_u64).sum()
    };
    let shown = of("operations", "page::ages").await;
    assert_eq!(recent(&shown), 1);
    let before = age(&shown);
    // Much longer than all intervals: other tests, whose clocks are ahead, share the journal.
    tokio::time::advance(Duration::from_secs(600)).await;
    let shown = of("operations", "page::ages").await;
    assert_eq!(recent(&shown), 0);
    assert!((age(&shown) - before - 600.0).abs() < 0.01, "{before} s, then {shown}");
}

#[tokio::test]
async fn transitions_are_listed_and_lists_have_an_end() {
    let _ = router();
    let breaker = CircuitBreaker::new("page/flapping");
    for _ in 0..300 {
        breaker.trip();
        breaker.reset();
    }
    let state = state().await;
    let transitions = state["transitions"].as_array().unwrap();
    assert_eq!(transitions.len(), 100);
    let flapping: Vec<_> =
        transitions.iter().filter(|it| it["breaker"] == "page/flapping").collect();
    assert_eq!((&flapping[0]["from"], &flapping[0]["to"]), (&json!("OPEN"), &json!("CLOSED")));
    assert!(state["events"].as_array().unwrap().len() <= 200);
}

#[tokio::test]
async fn every_action_reaches_every_kind_of_breaker() {
    static STATIC: CircuitBreaker = CircuitBreaker::new("page/static");
    static KEYED: CircuitBreakers = CircuitBreakers::new("page/keyed");
    let weak = Arc::new(CircuitBreaker::new("page/weak"));
    registry::add(&STATIC).unwrap();
    registry::add_arc(&weak).unwrap();
    registry::add_keyed(&KEYED).unwrap();
    KEYED.for_key("eu");
    for name in ["page/static", "page/weak", "page/keyed/eu"] {
        let breaker = registry::get(name).unwrap();
        let done = (StatusCode::NO_CONTENT, String::new());
        assert_eq!(act(json!({ "breaker": name, "action": "force_open" })).await, done);
        assert_eq!((breaker.state(), breaker.snapshot().forced), (CircuitState::Open, true));
        assert_eq!(act(json!({ "breaker": name, "action": "force_closed" })).await, done);
        assert_eq!((breaker.state(), breaker.snapshot().forced), (CircuitState::Closed, true));
        assert_eq!(act(json!({ "breaker": name, "action": "reset" })).await, done);
        assert!(!breaker.snapshot().forced);
        for (mode, expected) in
            [("observe", Mode::Observe), ("off", Mode::Off), ("enforce", Mode::Enforce)]
        {
            assert_eq!(act(json!({ "breaker": name, "action": "mode", "mode": mode })).await, done);
            assert_eq!(breaker.current_mode(), expected);
        }
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_done() {
    let breaker = registry::get_or_insert("page/guarded", || CircuitBreaker::new(""));
    let body = json!({ "breaker": "page/guarded", "action": "force_open" });
    let almost = format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]);
    let longer = format!("Bearer {TOKEN} ");
    let basic = format!("Basic {TOKEN}");
    for authorization in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some(TOKEN),
        Some(&*almost),
        Some(&*longer),
        Some(&*basic),
    ] {
        let response = ask(router(), control(authorization, &body)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert!(!text(response).await.contains(TOKEN));
    }
    // The response does not reveal which breakers are listed.
    let response =
        ask(router(), control(Some("Bearer wrong"), &json!({ "breaker": "none" }))).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(breaker.state(), CircuitState::Closed);
    // The separate header works when another layer uses `Authorization`.
    let own = |token: &str| {
        let mut request = control(Some("Basic b3BlcmF0b3I6c2VjcmV0"), &body);
        request.headers_mut().insert("x-control-token", token.parse().unwrap());
        request
    };
    let response = ask(router(), own("wrong")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(router(), own(TOKEN)).await.status(), StatusCode::NO_CONTENT);
    breaker.reset();
    // The scheme is case-insensitive.
    let response = ask(router(), control(Some(&format!("bearer {TOKEN}")), &body)).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn without_a_token_there_is_no_control() {
    let breaker = registry::get_or_insert("page/shown", || CircuitBreaker::new(""));
    let body = json!({ "breaker": "page/shown", "action": "force_open" });
    for authorization in [None, Some("Bearer "), Some("Bearer anything")] {
        let response = ask(Page::new().router(), control(authorization, &body)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(breaker.state(), CircuitState::Closed);
    let state = text(ask(Page::new().router(), get("/state")).await).await;
    assert_eq!(serde_json::from_str::<Value>(&state).unwrap()["control"], false);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    registry::get_or_insert("page/wrong", || CircuitBreaker::new(""));
    let name = "page/wrong";
    for (body, status, said) in [
        (json!({ "breaker": "nobody", "action": "reset" }), 404, "nobody"),
        (json!({ "breaker": name, "action": "explode" }), 400, "force_open"),
        (json!({ "breaker": name, "action": "mode" }), 400, "needs `mode`"),
        (json!({ "breaker": name, "action": "mode", "mode": "loud" }), 400, "observe"),
        (json!({ "breaker": name, "action": "reset", "mode": "off" }), 400, "leave it out"),
        (json!({ "breaker": name }), 400, "action"),
        (
            json!({ "breaker": name, "action": "reset", "scope": "everywhere" }),
            404,
            "control_everywhere",
        ),
        (
            json!({ "breaker": name, "action": "force_open", "lasting_seconds": 60 }),
            400,
            "leave it out",
        ),
        (json!({ "breaker": name, "action": "reset", "force": true }), 400, "force"),
        (json!("reset"), 400, "expected struct"),
    ] {
        let (found, text) = act(body.clone()).await;
        assert_eq!(found, status, "{body}");
        let error: Value = serde_json::from_str(&text).unwrap();
        assert!(error["error"].as_str().unwrap().contains(said), "{body}: {error}");
    }
    let long = json!({ "breaker": "x".repeat(5000), "action": "reset" });
    let (status, text) = act(long.clone()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let error: Value = serde_json::from_str(&text).unwrap();
    assert!(error["error"].as_str().unwrap().contains("4096"), "{error}");
    assert_eq!(ask(router(), control(None, &long)).await.status(), StatusCode::UNAUTHORIZED);
    let request =
        Request::builder().method(Method::GET).uri("/control").body(Body::empty()).unwrap();
    assert_eq!(ask(router(), request).await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(start_paused = true)]
async fn a_body_has_a_time_to_arrive_in() {
    let breaker = registry::get_or_insert("page/slow", || CircuitBreaker::new(""));
    let action = json!({ "breaker": "page/slow", "action": "force_open" }).to_string();
    // One byte per chunk.
    let every = |wait: Duration| {
        let bytes = stream::iter(action.clone().into_bytes());
        Body::from_stream(bytes.then(move |byte| async move {
            tokio::time::sleep(wait).await;
            Ok::<_, Error>(Bytes::from(vec![byte]))
        }))
    };
    let start = Instant::now();
    let response = ask(router(), control_with(Some(BEARER), every(Duration::from_secs(1)))).await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let error: Value = serde_json::from_str(&text(response).await).unwrap();
    assert!(error["error"].as_str().unwrap().contains("5 s"), "{error}");
    assert_eq!(breaker.state(), CircuitState::Closed);

    let response =
        ask(router(), control_with(Some(BEARER), every(Duration::from_millis(50)))).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    breaker.reset();
    // An endless body is stopped by its length or the number of its chunks.
    for part in [" ", ""] {
        let endless = stream::repeat_with(|| Ok::<_, Error>(Bytes::from_static(part.as_bytes())));
        let body = Body::from_stream(endless);
        let response = ask(router(), control_with(Some(BEARER), body)).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn the_token_is_shown_nowhere() {
    let page = Page::new().control_token(TOKEN).unwrap();
    assert!(!format!("{page:?}").contains(TOKEN));
    for path in ["/", "/state"] {
        assert!(!text(ask(router(), get(path)).await).await.contains(TOKEN));
    }
    for (wrong, rule) in [
        ("short", "16 characters"),
        ("sixteen and more é", "ASCII"),
        ("sixteen and\nmore", "ASCII"),
        ("sixteen and more ", "space"),
        (" sixteen and more", "space"),
    ] {
        let error = Page::new().control_token(wrong).unwrap_err();
        assert_eq!(error.place(), "control_token");
        assert!(error.rule().contains(rule), "{error}");
        assert!(!error.to_string().contains(wrong), "{error}");
    }
}

#[tokio::test]
async fn names_and_errors_are_data_and_no_markup() {
    const MARKUP: &str = "</script><b onclick=\"alert(1)\">";
    let _ = router();
    registry::get_or_insert(MARKUP, || CircuitBreaker::new("")).trip();
    let error = || std::future::ready(Err::<(), _>(Error::new(ErrorKind::TimedOut, MARKUP)));
    ONCE.run(error).name(MARKUP).await.unwrap_err();
    assert!(!text(ask(router(), get("/")).await).await.contains("alert(1)"));
    let response = ask(router(), get("/state")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(of("breakers", MARKUP).await["state"], "OPEN");
    assert_eq!(of("operations", MARKUP).await["last_error"], MARKUP);
}

/// An error whose `Display` uses a breaker and blocks.
struct Asks(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);

impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = CircuitBreaker::new("page/own");
        own.force_open();
        self.0.send(()).unwrap();
        let answered = self.1.lock().unwrap().recv_timeout(Duration::from_secs(10));
        write!(f, "{}, {}", own.state(), if answered.is_ok() { "answered" } else { "held up" })
    }
}

#[tokio::test]
async fn the_text_of_an_error_holds_up_nobody_else() {
    let _ = router();
    let (asks, asked) = mpsc::channel();
    let (answer, answered) = mpsc::channel();
    let (ends, ended) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let error = Asks(asks, Mutex::new(answered));
        let call = || std::future::ready(Err::<(), _>(&error));
        let run = ONCE.run(call).retry_unclassified_if(|_| true).name("page::asks");
        let _ = runtime.block_on(run);
        ends.send(()).unwrap();
    });
    asked
        .recv_timeout(Duration::from_secs(10))
        .expect("the breaker in the text waits for the page");
    CircuitBreaker::new("page/meanwhile").force_open();
    answer.send(()).unwrap();
    ended.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(of("operations", "page::asks").await["last_error"], "OPEN, answered");
}
