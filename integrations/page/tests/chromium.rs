//! The page in Chromium: it updates automatically, shows names as text, and acts only with the
//! token.

mod support;

use std::time::Duration;

use axum::Router;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use retry_utils::page::Page;
use retry_utils::{CircuitBreaker, CircuitState, Mode, RetryBudget, registry};
use sha2::{Digest, Sha256};
use support::Browser;
use tokio::net::TcpListener;

const TOKEN: &str = "sixteen characters and more";

async fn serve(page: Page) -> String {
    format!("{}resilience", listen(Router::new().nest_service("/resilience", page.router())).await)
}

async fn listen(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/")
}

/// Returns a script with functions for the dialog and the controls of a breaker.
fn script(body: &str) -> String {
    format!(
        "const row = (name) => [...document.querySelectorAll('#breakers tbody tr')]
            .find((row) => row.cells[1].textContent === name);
        const push = (name, label) => [...row(name).querySelectorAll('button')]
            .find((button) => button.getAttribute('aria-label').startsWith(label)).click();
        const unlock = (token) => {{
            document.getElementById('lock').click();
            document.getElementById('token').value = token;
            document.getElementById('accept').click();
        }};
        const choose = (name, mode) => {{
            const select = row(name).querySelector('select[aria-label^=Mode]');
            select.focus();
            select.value = mode;
            select.dispatchEvent(new Event('change'));
        }};
        {body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_and_steps_in() {
    const HOSTILE: &str = "<img src=x onerror=alert(1)>\n\u{1b}\u{202e}";
    static LLM: RetryBudget = RetryBudget::new().name("llm").ratio(0.25).burst(2);
    let plain = registry::get_or_insert("plain", || {
        CircuitBreaker::new("").recovery_timeout(Duration::from_mins(1))
    });
    registry::get_or_insert(HOSTILE, || CircuitBreaker::new(""));
    let url = serve(Page::new().control_token(TOKEN).unwrap()).await;
    let browser = Browser::start().await;
    browser.open(&url).await;

    browser.wait_for("document.querySelectorAll('#breakers tbody tr').length === 2").await;
    let shown = browser.run("return document.querySelector('#breakers').innerText").await;
    assert!(
        shown.as_str().unwrap().contains(r"<img src=x onerror=alert(1)>\n\u{1b}\u{202e}"),
        "{shown}"
    );
    assert_eq!(browser.run("return document.querySelectorAll('img').length").await, 0);

    // A named budget appears after it is listed.
    assert!(LLM.try_withdraw());
    registry::add_budget(&LLM).unwrap();
    browser
        .wait_for(
            "document.querySelector('#budgets tbody').innerText.replaceAll(/\\s+/g, ' ').trim() ===\
             'llm 1 of 2 0.25 per call'",
        )
        .await;

    // Updates without a reload. Breakers with problems come first.
    let first = "document.querySelector('#breakers tbody tr').cells";
    plain.trip();
    browser
        .wait_for(&format!(
            "{first}[0].textContent === 'open' && {first}[1].textContent === 'plain'"
        ))
        .await;
    browser.wait_for(&format!("/^[0-9]+ s$/.test({first}[3].textContent)")).await;
    browser
        .wait_for("document.querySelector('#transitions').textContent.includes('closed → open')")
        .await;
    browser.wait_for("document.title.startsWith('1 open')").await;
    plain.reset();
    browser.wait_for(&format!("{first}[0].textContent === 'closed'")).await;
    assert_eq!(browser.console().await, [""; 0]);

    // There are no buttons before a token is entered. Actions with a wrong token fail.
    let display = "getComputedStyle(document.querySelector('td.control')).display";
    assert_eq!(browser.run(&format!("return {display}")).await, "none");
    browser.run(&script("unlock('not the right token')")).await;
    browser.wait_for(&format!("{display} === 'table-cell'")).await;
    // The mode selector then shows the mode in effect.
    browser
        .run(&script(
            "choose('plain', 'off'); push('plain', 'Force open'); push('plain', 'Force open')",
        ))
        .await;
    browser
        .wait_for(
            "document.getElementById('refused').textContent.includes('token is missing or wrong')",
        )
        .await;
    browser.wait_for(&format!("{display} === 'none'")).await;
    browser
        .wait_for(
            "document.querySelector('select[aria-label=\"Mode of plain\"]').value === 'enforce'",
        )
        .await;
    assert_eq!((plain.state(), plain.current_mode()), (CircuitState::Closed, Mode::Enforce));
    let console = browser.console().await;
    assert!(console.iter().all(|message| message.contains("401")), "{console:#?}");

    // The first click asks for confirmation, the second acts.
    browser.run(&script(&format!("unlock('{TOKEN}'); push('plain', 'Force open')"))).await;
    browser.wait_for("document.querySelector('button.sure')").await;
    assert_eq!(plain.state(), CircuitState::Closed);
    browser.run(&script("push('plain', 'Force open')")).await;
    browser.wait_for(&format!("{first}[0].textContent === 'open (forced)'")).await;
    assert!(plain.snapshot().forced);
    browser.run(&script("push('plain', 'Reset')")).await;
    browser.wait_for(&format!("{first}[0].textContent === 'closed'")).await;
    browser.run(&script("choose('plain', 'observe')")).await;
    browser.wait_for("document.querySelector('#breakers').innerText.includes('observe')").await;
    browser
        .wait_for("document.querySelector('#summary').textContent.includes('1 not enforced')")
        .await;
    assert_eq!(plain.current_mode(), Mode::Observe);

    // The selector has the focus, so its row does not move.
    plain.trip();
    browser.wait_for("document.title.startsWith('1 open')").await;
    browser.wait_for(&format!("{first}[1].textContent !== 'plain'")).await;
    browser.run("document.activeElement.blur()").await;
    browser.wait_for(&format!("{first}[1].textContent === 'plain'")).await;
    plain.reset();

    // The page also works at the root of a server.
    browser.open(&listen(Page::new().router()).await).await;
    browser.wait_for("document.querySelectorAll('#breakers tbody tr').length === 2").await;
    assert_eq!(browser.console().await, [""; 0]);
    browser.end().await;
}

#[tokio::test]
async fn the_policy_has_the_digests_of_the_style_and_the_script() {
    let url = serve(Page::new()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = client.get(url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let text = page.text().await.unwrap();
    for tag in ["style", "script"] {
        let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
        let (content, _) = rest.split_once(&format!("</{tag}>")).unwrap();
        let digest = BASE64_STANDARD.encode(Sha256::digest(content));
        let directive = format!("{tag}-src 'sha256-{digest}'");
        assert!(policy.contains(&directive), "write into `POLICY`: {directive}");
    }
}
