//! The page of a fleet in Chromium. Names of other instances are shown as text. An operator can act
//! on all instances only if the application permits it.

mod support;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use retry_fleet::{By, Fleet, FleetBuilder};
use retry_page::Page;
use retry_utils::{CircuitBreaker, Permit, registry};
use support::Browser;
use tokio::net::TcpListener;

const TOKEN: &str = "sixteen characters and more";
const MARKUP: &str = "<img/src=x/onerror=alert(1)>";

/// An instance of the fleet.
struct Instance {
    fleet: Fleet,
    breaker: Arc<CircuitBreaker>,
}

fn join(group: &FleetBuilder, name: &str) -> Instance {
    let breaker = CircuitBreaker::named("llm-api").failure_threshold(1);
    let breaker = Arc::new(breaker.recovery_timeout(Duration::from_mins(1)));
    let builder = group.clone().instance(name).version("<b>1.2</b>").share(&breaker);
    Instance { fleet: builder.start().unwrap(), breaker }
}

async fn serve(page: Page) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new().merge(page.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Returns a script with functions for the controls of the breaker.
fn script(body: &str) -> String {
    format!(
        "const row = [...document.querySelectorAll('#breakers tbody tr')]
            .find((row) => row.cells[1].textContent === 'llm-api');
        const labelled = (label) => [...row.querySelectorAll('button, select')]
            .find((it) => it.getAttribute('aria-label').startsWith(label));
        const push = (label) => labelled(label).click();
        const choose = (label, value) => {{
            labelled(label).value = value;
            labelled(label).dispatchEvent(new Event('change'));
        }};
        {body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_the_fleet_and_acts_everywhere() {
    let group = Fleet::in_memory().group("prod/checkout");
    let [here, other] = ["pod-1", MARKUP].map(|name| join(&group, name));
    registry::add_arc(&here.breaker).unwrap();
    let page = || Page::new().control_token(TOKEN).unwrap().fleet(&here.fleet);
    let browser = Browser::start().await;
    browser.open(&serve(page().control_everywhere()).await).await;

    // All instances, even one whose name looks like markup.
    let cells = |table: &str| {
        format!("[...document.querySelectorAll('#{table} tbody td')].map((it) => it.textContent)")
    };
    let has = |table: &str, text: &str| format!("{}.includes('{text}')", cells(table));
    for text in ["pod-1 (this instance)", MARKUP, "<b>1.2</b>", "coordinated"] {
        browser.wait_for(&has("fleet-instances", text)).await;
    }
    let status = "document.getElementById('fleet-status').textContent";
    browser.wait_for(&format!("{status}.includes('group prod/checkout · 2 instances')")).await;
    browser.wait_for("!document.querySelector('#fleet .empty').hidden").await;

    // Votes, then the open phase.
    other.breaker.try_acquire().map(Permit::failure).unwrap();
    browser.wait_for(&has("fleet-breakers", &format!("1 of 2: {MARKUP}"))).await;
    browser.wait_for(&has("fleet-instances", "1: llm-api")).await;
    here.breaker.try_acquire().map(Permit::failure).unwrap();
    browser
        .wait_for(&format!("{}.some((it) => /^[0-9]+ s$/.test(it))", cells("fleet-breakers")))
        .await;

    // With `everywhere`, each button asks for confirmation, and the scope then returns to `here`.
    browser
        .run(
            "document.getElementById('lock').click();
            document.getElementById('token').value = 'sixteen characters and more';
            document.getElementById('accept').click();",
        )
        .await;
    browser
        .wait_for("getComputedStyle(document.querySelector('select.scope')).display !== 'none'")
        .await;
    let lasting = "getComputedStyle(document.querySelector('select.lasting')).display";
    assert_eq!(browser.run(&format!("return {lasting}")).await, "none");
    browser.run(&script("choose('Scope', 'everywhere'); push('Reset')")).await;
    browser.wait_for("document.querySelector('button.sure')?.textContent === 'Everywhere?'").await;
    browser.run(&script("push('Reset')")).await;
    browser.wait_for("!document.querySelector('#fleet .empty').hidden").await;
    browser.run(&script("choose('Scope', 'everywhere')")).await;
    assert_ne!(browser.run(&format!("return {lasting}")).await, "none");
    browser
        .run(&script("choose('Duration', '3600'); push('Force open'); push('Force open')"))
        .await;
    browser.wait_for(&has("fleet-breakers", "open (forced)")).await;
    browser
        .wait_for(&format!(
            "{}.some((it) => /^forced open for (59|60) min, by page$/.test(it))",
            cells("fleet-breakers")
        ))
        .await;
    assert!(here.breaker.snapshot().forced);
    with_patience(|| other.breaker.snapshot().forced).await;
    browser
        .wait_for("document.getElementById('controls').textContent.includes('everywhere · for')")
        .await;
    assert_eq!(browser.run(&script("return labelled('Scope').value")).await, "here");

    // A breaker of another process, with a command from an operator there.
    let by = By::name("<img src=x onerror=alert(1)>");
    other.fleet.force_closed(MARKUP, by).await.unwrap();
    browser.wait_for(&has("fleet-breakers", MARKUP)).await;
    browser
        .wait_for(&has(
            "fleet-breakers",
            "forced closed until reset, by <img src=x onerror=alert(1)>",
        ))
        .await;
    assert_eq!(browser.run("return document.querySelectorAll('img, td b').length").await, 0);

    // An instance that acts alone is shown as such, and commands fail.
    here.fleet.shutdown(Duration::from_secs(1)).await;
    browser.wait_for(&format!("{status}.includes('the fleet was shut down')")).await;
    browser.run(&script("choose('Scope', 'everywhere'); push('Reset'); push('Reset')")).await;
    browser
        .wait_for("document.getElementById('refused').textContent.includes('sent no command')")
        .await;
    let console = browser.console().await;
    assert!(console.iter().all(|message| message.contains("503")), "{console:#?}");

    // Without `control_everywhere` there is no scope selector.
    browser.open(&serve(page()).await).await;
    browser.wait_for("!document.getElementById('fleet').hidden").await;
    assert_eq!(browser.run("return document.body.className").await, "");
    browser.end().await;
}

/// Waits, in real time, until the condition is true.
async fn with_patience(is_true: impl Fn() -> bool) {
    for _ in 0..100 {
        if is_true() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never");
}
