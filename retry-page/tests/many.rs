//! Many breakers and many clients. A separate test binary, because they fill the lists.

use std::future::Future;
use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use futures_util::future::join_all;
use retry_page::Page;
use retry_runtime::{CircuitBreaker, CircuitBreakers, RetryBudget, Window, registry};
use serde_json::{Value, json};
use tower::ServiceExt;

/// 3,000 closed breakers of a set, and six others with problems, whose names come last.
static MANY: CircuitBreakers = CircuitBreakers::new("many").max_keys(3000).failure_threshold(4);

static LISTED: LazyLock<()> = LazyLock::new(|| {
    registry::add_keyed(&MANY).unwrap();
    for key in 0..3000 {
        MANY.for_key(format!("{key:04}"));
    }
    let named = |name: &'static str| {
        registry::get_or_insert(name, || CircuitBreaker::new("").failure_threshold(4))
    };
    named("zzz/6 closed");
    named("zzz/5 near").try_acquire().unwrap().failure();
    for _ in 0..3 {
        named("zzz/4 nearer").try_acquire().unwrap().failure();
    }
    let by_rate = registry::get_or_insert("zzz/3 nearest", || {
        CircuitBreaker::new("").failure_rate(0.5, 100, Window::calls(100))
    });
    for fails in [true, true, true, false] {
        let permit = by_rate.try_acquire().unwrap();
        if fails { permit.failure() } else { permit.success() }
    }
    named("zzz/2 half-open").half_open();
    named("zzz/1 open").trip();
    named("zzz/0 forced").force_open();
});

fn router() -> Router {
    LazyLock::force(&LISTED);
    Page::new().router()
}

fn ask(router: &Router, path: &str) -> impl Future<Output = Response> + use<> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let router = router.clone();
    async move { router.oneshot(request).await.unwrap() }
}

async fn json(response: Response) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn those_in_trouble_come_first_and_lists_have_200_rows() {
    let state = json(ask(&router(), "/state").await).await;
    let breakers = names(&state["breakers"]);
    assert_eq!(breakers.len(), 200);
    let first = ["forced", "open", "half-open", "nearest", "nearer", "near"];
    let first: Vec<_> = first.iter().enumerate().map(|(at, it)| format!("zzz/{at} {it}")).collect();
    assert_eq!(breakers[..6], first);
    // Equally urgent, so sorted by name.
    assert_eq!((breakers[6], breakers[199]), ("many/0000", "many/0193"));
    let nearness = |at: usize| &state["breakers"][at]["nearness"];
    let expected = [1.0, 1.0, 1.0, 1.0, 0.75, 0.25, 0.0];
    (0..7).for_each(|at| assert_eq!(nearness(at), expected[at], "{at}"));
    assert_eq!(
        state["totals"]["breakers"],
        json!({
            "listed": 3007, "matching": 3007,
            "open": 2, "half_open": 1, "closed": 3004, "not_enforced": 0,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_search_finds_what_has_no_row() {
    let router = router();
    let find =
        async |search: &str| json(ask(&router, &format!("/state?search={search}")).await).await;

    let state = find("%20MANY/29%20").await;
    assert_eq!(state["search"], "many/29");
    assert_eq!(
        names(&state["breakers"]),
        (2900..3000).map(|key| format!("many/{key}")).collect::<Vec<_>>()
    );
    assert_eq!(state["totals"]["breakers"]["matching"], 100);
    assert_eq!(state["totals"]["breakers"]["listed"], 3007);

    let state = find("many").await;
    assert_eq!(names(&state["breakers"]).len(), 200);
    assert_eq!(state["totals"]["breakers"]["matching"], 3000);

    let state = find("nobody").await;
    assert_eq!(state["breakers"], json!([]));
    assert_eq!(state["totals"]["breakers"]["matching"], 0);
    // Without a value, and with an unknown parameter.
    for path in ["/state?search=", "/state?search", "/state?_=1"] {
        let state = json(ask(&router, path).await).await;
        assert_eq!(names(&state["breakers"]).len(), 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn budgets_are_cut_and_searched_too() {
    let router = router();
    for at in 0..250 {
        let budget = RetryBudget::new().name(format!("budget {at}").leak()).burst(10);
        let budget: &'static _ = Box::leak(Box::new(budget));
        registry::add_budget(budget).unwrap();
        (0..at / 25).for_each(|_| assert!(budget.try_withdraw()));
    }
    let state = json(ask(&router, "/state").await).await;
    let budgets = names(&state["budgets"]);
    assert_eq!((budgets.len(), budgets[0]), (200, "budget 225"));
    assert_eq!(state["totals"]["budgets"], json!({ "listed": 250, "matching": 250 }));
    let state = json(ask(&router, "/state?search=budget%201").await).await;
    assert_eq!(state["totals"]["budgets"], json!({ "listed": 250, "matching": 111 }));
    assert!(names(&state["budgets"]).contains(&"budget 1"));
}

#[tokio::test(start_paused = true)]
async fn a_search_has_a_limit() {
    let router = router();
    for (path, status) in [
        (format!("/state?search={}", "x".repeat(100)), StatusCode::OK),
        (format!("/state?search={}", "%C3%A4".repeat(100)), StatusCode::OK),
        (format!("/state?search={}", "x".repeat(101)), StatusCode::BAD_REQUEST),
        (format!("/state?search={}", "x".repeat(60_000)), StatusCode::BAD_REQUEST),
        (format!("/state?{}", "a&".repeat(30_000)), StatusCode::OK),
        ("/state?search=a&search=b".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let response = ask(&router, &path).await;
        assert_eq!(response.status(), status, "{}", &path[..path.len().min(100)]);
        if status != StatusCode::OK {
            assert!(json(response).await["error"].is_string());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_256_wait() {
    let router = router();
    // The rest after this reading has started.
    ask(&router, "/state").await;
    let answers = join_all((0..300).map(|_| ask(&router, "/state"))).await;
    let (waited, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status() == StatusCode::OK);
    assert_eq!((waited.len(), refused.len()), (256, 44));
    for answer in refused {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert!(json(answer).await["error"].is_string());
    }
    // All from one reading.
    let mut texts = Vec::new();
    for answer in waited {
        texts.push(to_bytes(answer.into_body(), 1 << 20).await.unwrap());
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    assert_eq!(ask(&router, "/state").await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn at_most_16_searches_wait() {
    let router = router();
    ask(&router, "/state").await;
    let search = |at: usize| ask(&router, &format!("/state?search={at}"));
    // Each twice, because equal searches share a text.
    let searches = join_all((0..20).chain(0..20).map(search));
    // A request without a search does not count, before or after them.
    let plain = || ask(&router, "/state");
    let (before, searches, after) = tokio::join!(plain(), searches, plain());
    let refused: Vec<_> =
        searches.iter().map(|it| it.status() == StatusCode::SERVICE_UNAVAILABLE).collect();
    let expected: Vec<_> = (0..20).chain(0..20).map(|at| at >= 16).collect();
    assert_eq!(refused, expected);
    assert_eq!((before.status(), after.status()), (StatusCode::OK, StatusCode::OK));
}
