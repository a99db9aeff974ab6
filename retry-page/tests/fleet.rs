//! The page of a fleet in memory, in virtual time. `integrations/page` tests it in a browser.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use retry_fleet::{Fleet, FleetBuilder, Status};
use retry_page::{Operator, Page};
use retry_runtime::{CircuitBreaker, CircuitState, Mode, Permit, registry};
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::ServiceExt;

const TOKEN: &str = "a token of this test";
const RECOVERY: Duration = Duration::from_secs(30);

/// An instance with its breaker.
struct Instance {
    fleet: Fleet,
    breaker: Arc<CircuitBreaker>,
}

impl Instance {
    fn join(group: &FleetBuilder, name: &str, breaker: &'static str) -> Self {
        let breaker = CircuitBreaker::named(breaker).failure_threshold(1);
        let breaker = Arc::new(breaker.recovery_timeout(RECOVERY));
        let builder = group.clone().instance(name).version("1.2.3").share(&breaker);
        let (fleet, agent) = builder.run().unwrap();
        tokio::spawn(agent);
        Self { fleet, breaker }
    }

    fn page(&self) -> Page {
        Page::new().control_token(TOKEN).unwrap().fleet(&self.fleet)
    }

    fn fails(&self) {
        self.breaker.try_acquire().map(Permit::failure).unwrap();
    }

    fn is_forced(&self) -> bool {
        self.breaker.snapshot().forced
    }
}

/// Returns two coordinated instances of a group. The page lists the breaker of the first.
async fn two(breaker: &'static str) -> [Instance; 2] {
    let group = Fleet::in_memory().group("prod/checkout");
    let instances = ["pod-1", "pod-2"].map(|name| Instance::join(&group, name, breaker));
    registry::add_arc(&instances[0].breaker).unwrap();
    sleep(Duration::from_secs(1)).await;
    let is_coordinated = |it: &Instance| matches!(it.fleet.status(), Status::Coordinated { .. });
    assert!(instances.iter().all(is_coordinated));
    instances
}

async fn text(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn state(router: &Router, query: &str) -> Value {
    let request = Request::get(format!("/state{query}")).body(Body::empty()).unwrap();
    serde_json::from_str(&text(router, request).await.1).unwrap()
}

async fn fleet_of(router: &Router) -> Value {
    state(router, "").await["fleet"].clone()
}

/// Returns the request for an action by a named operator.
fn action(body: &Value) -> Request<Body> {
    Request::post("/control")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .extension(Operator::new("alice\n<root>"))
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Acts everywhere, and returns the status and the error.
async fn act(router: &Router, breaker: &str, mut body: Value) -> (StatusCode, String) {
    body["breaker"] = json!(breaker);
    body["scope"] = json!("everywhere");
    let (status, answer) = text(router, action(&body)).await;
    let error =
        serde_json::from_str::<Value>(&answer).map(|it| it["error"].as_str().map(str::to_owned));
    (status, error.ok().flatten().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_page_without_a_fleet_says_so() {
    let state = state(&Page::new().router(), "").await;
    assert_eq!(state["fleet"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn instances_are_listed_with_version_state_and_last_beat() {
    let [first, second] = two("page-fleet/instances").await;
    let router = first.page().router();
    let shown = fleet_of(&router).await;
    for (field, value) in [
        ("coordinated", json!(true)),
        ("everywhere", json!(false)),
        ("group", json!("prod/checkout")),
        ("instance", json!("pod-1")),
        ("quorum", json!(2)),
        ("alone_seconds", Value::Null),
        ("alone_reason", Value::Null),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!(shown["totals"]["instances"], json!({ "listed": 2, "matching": 2 }));

    second.fails();
    sleep(Duration::from_secs(3)).await;
    let shown = fleet_of(&router).await;
    // Instances with problems come first.
    let row = &shown["instances"][0];
    assert_eq!((&row["name"], &row["version"]), (&json!("pod-2"), &json!("1.2.3")));
    assert_eq!((&row["coordinated"], &row["open"]), (&json!(true), &json!(1)));
    assert_eq!(row["open_breakers"], json!(["page-fleet/instances"]));
    assert!(row["last_beat_seconds_ago"].as_f64().unwrap() < 3.0, "{row}");

    // By the name of an instance, or of a breaker that is open there.
    sleep(Duration::from_secs(1)).await;
    for (search, found) in [("POD-", 2), ("pod-1", 1), ("fleet/inst", 1), ("nobody", 0)] {
        let shown = state(&router, &format!("?search={search}")).await;
        let shown = &shown["fleet"];
        assert_eq!(shown["instances"].as_array().unwrap().len(), found, "{search}");
        assert_eq!(shown["totals"]["instances"]["matching"], found, "{search}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_is_shown_with_votes_then_its_end_then_who_probes() {
    let [first, second] = two("page-fleet/phases").await;
    let router = first.page().router();
    second.fails();
    sleep(Duration::from_secs(1)).await;
    let row = fleet_of(&router).await["breakers"][0].clone();
    assert_eq!((&row["state"], &row["voters"]), (&json!("CLOSED"), &json!(["pod-2"])));
    assert_eq!(row["left_seconds"], Value::Null);

    first.fails();
    sleep(Duration::from_secs(2)).await;
    let row = fleet_of(&router).await["breakers"][0].clone();
    assert_eq!((&row["state"], &row["voters"]), (&json!("OPEN"), &json!([])));
    let left = row["left_seconds"].as_f64().unwrap();
    assert!((27.5..=28.5).contains(&left), "{left}");

    first.breaker.try_acquire().unwrap_err();
    sleep(RECOVERY).await;
    let row = fleet_of(&router).await["breakers"][0].clone();
    assert_eq!((&row["state"], &row["probing"]), (&json!("HALF_OPEN"), &json!(["pod-1"])));
}

#[tokio::test(start_paused = true)]
async fn it_looks_at_most_once_a_second() {
    let [first, _second] = two("page-fleet/looks").await;
    let router = first.page().router();
    assert_eq!(fleet_of(&router).await["looked_seconds_ago"], 0.0);
    sleep(Duration::from_millis(700)).await;
    assert_eq!(fleet_of(&router).await["looked_seconds_ago"], 0.7);
    sleep(Duration::from_millis(300)).await;
    assert_eq!(fleet_of(&router).await["looked_seconds_ago"], 0.0);
}

#[tokio::test(start_paused = true)]
async fn while_alone_it_says_since_when_and_why() {
    let [first, second] = two("page-fleet/alone").await;
    let router = first.page().control_everywhere().router();
    assert_eq!(fleet_of(&router).await["coordinated"], true);
    first.fleet.shutdown(Duration::from_secs(1)).await;
    sleep(Duration::from_secs(10)).await;
    let shown = fleet_of(&router).await;
    assert_eq!((&shown["coordinated"], &shown["alone_seconds"]), (&json!(false), &json!(10.0)));
    assert_eq!(shown["alone_reason"], "the fleet was shut down");
    assert_eq!((&shown["breakers"], &shown["instances"]), (&json!([]), &json!([])));
    assert_eq!(shown["looked_seconds_ago"], Value::Null);

    // The action is then not performed anywhere.
    let (status, error) = act(&router, "page-fleet/alone", json!({ "action": "force_open" })).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(error.contains("sent no command"), "{error}");
    assert!(!first.is_forced() && !second.is_forced());
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_does_not_answer_holds_up_nobody() {
    let group = Fleet::in_memory().group("prod/checkout");
    let breaker = Arc::new(CircuitBreaker::named("page-fleet/blocked"));
    // The agent is not polled, as on a blocked runtime.
    let (fleet, _agent) = group.share(&breaker).run().unwrap();
    let page = Page::new().control_token(TOKEN).unwrap().fleet(&fleet).control_everywhere();
    let router = page.router();
    let began = tokio::time::Instant::now();
    let shown = fleet_of(&router).await;
    assert_eq!(began.elapsed(), Duration::from_millis(250));
    assert_eq!(shown["alone_reason"], "no reply has come yet");

    let (status, error) =
        act(&router, "page-fleet/blocked", json!({ "action": "force_open" })).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(error.contains("not confirmed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_operator_acts_everywhere() {
    const NAME: &str = "page-fleet/everywhere";
    let instances = two(NAME).await;
    let router = instances[0].page().control_everywhere().router();
    assert_eq!(fleet_of(&router).await["everywhere"], true);
    let done = (StatusCode::NO_CONTENT, String::new());

    let open = json!({ "action": "force_open", "lasting_seconds": 60 });
    assert_eq!(act(&router, NAME, open).await, done);
    // The next request shows it immediately.
    let row = fleet_of(&router).await["breakers"][0].clone();
    assert_eq!((&row["forced"], &row["by"]), (&json!("OPEN"), &json!("alice<root>")));
    assert!((59.0..=60.0).contains(&row["forced_left_seconds"].as_f64().unwrap()), "{row}");
    sleep(Duration::from_secs(3)).await;
    assert!(instances.iter().all(Instance::is_forced));
    assert!(instances.iter().all(|it| it.breaker.state() == CircuitState::Open));
    sleep(Duration::from_secs(60)).await;
    assert!(!instances.iter().any(Instance::is_forced));

    assert_eq!(act(&router, NAME, json!({ "action": "force_closed" })).await, done);
    assert_eq!(act(&router, NAME, json!({ "action": "mode", "mode": "observe" })).await, done);
    sleep(Duration::from_secs(3)).await;
    let row = fleet_of(&router).await["breakers"][0].clone();
    assert_eq!((&row["forced"], &row["mode"]), (&json!("CLOSED"), &json!("observe")));
    assert_eq!(row["forced_left_seconds"], Value::Null);
    assert!(
        instances.iter().all(|it| it.is_forced() && it.breaker.current_mode() == Mode::Observe)
    );

    assert_eq!(act(&router, NAME, json!({ "action": "reset" })).await, done);
    sleep(Duration::from_secs(3)).await;
    assert!(!instances.iter().any(Instance::is_forced));

    // Each is listed as a command for all. The other instance of this process reports it too,
    // unless a newer command reaches it first.
    let state = state(&router, "").await;
    let controls = state["controls"].as_array().unwrap().iter();
    let controls: Vec<_> = controls.filter(|it| it["breaker"] == NAME).collect();
    for action in ["force_open", "force_closed", "set_mode", "reset"] {
        let count = controls.iter().filter(|it| it["action"] == action).count();
        assert!((1..=2).contains(&count), "{action}: {controls:#?}");
    }
    let is_told = |it: &&Value| it["everywhere"] == true && it["by"] == "alice<root>";
    assert!(controls.iter().all(is_told), "{controls:#?}");
    let forced = controls.iter().find(|it| it["action"] == "force_open").unwrap();
    assert!(forced["detail"].as_str().unwrap().starts_with("for "), "{forced}");
}

#[tokio::test(start_paused = true)]
async fn acting_here_stays_here() {
    const NAME: &str = "page-fleet/here";
    let [first, second] = two(NAME).await;
    let router = first.page().control_everywhere().router();
    for scope in [json!({}), json!({ "scope": "here" })] {
        let mut body = json!({ "breaker": NAME, "action": "force_open" });
        body.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        assert_eq!(text(&router, action(&body)).await.0, StatusCode::NO_CONTENT);
        sleep(Duration::from_secs(3)).await;
        assert!(first.is_forced() && !second.is_forced());
        first.breaker.reset();
    }
    assert_eq!(fleet_of(&router).await["breakers"][0]["forced"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn acting_everywhere_is_refused_unless_the_application_enables_it() {
    const NAME: &str = "page-fleet/refused";
    let instances = two(NAME).await;
    let body = json!({ "breaker": NAME, "action": "force_open", "scope": "everywhere" });
    let without_fleet = Page::new().control_token(TOKEN).unwrap().control_everywhere();
    for page in [instances[0].page(), without_fleet] {
        let router = page.router();
        let shown = fleet_of(&router).await;
        assert!(shown.is_null() || shown["everywhere"] == false);
        let (status, error) = text(&router, action(&body)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(error.contains("control_everywhere"), "{error}");
    }

    // The same checks as for an action here.
    let enabled = || Page::new().fleet(&instances[0].fleet).control_everywhere();
    let without_token = enabled().router();
    assert_eq!(fleet_of(&without_token).await["everywhere"], false);
    assert_eq!(text(&without_token, action(&body)).await.0, StatusCode::NOT_FOUND);
    let other_token = enabled().control_token("another token of this test").unwrap().router();
    assert_eq!(text(&other_token, action(&body)).await.0, StatusCode::UNAUTHORIZED);
    let other_host = instances[0].page().control_everywhere().allowed_hosts(["ops"]).unwrap();
    let (status, _) = text(&other_host.router(), action(&body)).await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);

    sleep(Duration::from_secs(3)).await;
    assert!(!instances.iter().any(Instance::is_forced));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_named() {
    const NAME: &str = "page-fleet/wrong";
    let [first, _second] = two(NAME).await;
    let router = first.page().control_everywhere().router();
    for (body, said) in [
        (json!({ "action": "explode" }), "unknown action"),
        (json!({ "action": "mode" }), "needs `mode`"),
        (json!({ "action": "reset", "lasting_seconds": 60 }), "lasting"),
        (json!({ "action": "force_open", "lasting_seconds": 0 }), "more than zero"),
        (json!({ "action": "force_open", "lasting_seconds": u64::MAX }), "365 days"),
        (json!({ "action": "force_open", "lasting_seconds": -1 }), "u64"),
    ] {
        let (status, error) = act(&router, NAME, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(error.contains(said), "{body}: {error}");
    }
    let (status, error) = act(&router, "", json!({ "action": "reset" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(error.contains("must not be empty"), "{error}");
    for (body, said) in [
        (json!({ "breaker": NAME, "action": "reset", "scope": "there" }), "everywhere"),
        (
            json!({ "breaker": NAME, "action": "force_open", "lasting_seconds": 9 }),
            "lasting_seconds",
        ),
    ] {
        let (status, error) = text(&router, action(&body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(error.contains(said), "{body}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn names_from_other_instances_are_data_and_no_markup() {
    const MARKUP: &str = "</script><b/onclick=\"alert(1)\">";
    let group = Fleet::in_memory().group("prod/checkout");
    let first = Instance::join(&group, "pod-1", "page-fleet/markup");
    let hostile = group.instance(MARKUP).version("<i>1</i>");
    let (hostile, agent) = hostile.run().unwrap();
    tokio::spawn(agent);
    sleep(Duration::from_secs(1)).await;
    let by = retry_fleet::By::name("<img src=x onerror=alert(1)>");
    hostile.force_open(MARKUP, by).await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let router = first.page().router();
    let shown = fleet_of(&router).await;
    let row = &shown["breakers"][0];
    assert_eq!((&row["name"], &row["forced"]), (&json!(MARKUP), &json!("OPEN")));
    assert_eq!(row["by"], "<img src=x onerror=alert(1)>");
    let instances = shown["instances"].as_array().unwrap();
    let row = instances.iter().find(|it| it["name"] == MARKUP).unwrap();
    assert_eq!(row["version"], "<i>1</i>");
    // The document does not depend on the fleet.
    let document = Request::get("/").body(Body::empty()).unwrap();
    assert!(!text(&router, document).await.1.contains("alert(1)"));
}
