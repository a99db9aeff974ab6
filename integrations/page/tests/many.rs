//! The page in Chromium, with more breakers than it shows.

mod support;

use axum::Router;
use retry_utils::page::Page;
use retry_utils::{CircuitBreakers, registry};
use support::Browser;
use tokio::net::TcpListener;

static HOSTS: CircuitBreakers = CircuitBreakers::new("hosts").max_keys(3000);

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_what_has_no_row() {
    registry::add_keyed(&HOSTS).unwrap();
    for key in 0..3000 {
        HOSTS.for_key(format!("{key:04}"));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/resilience/", listener.local_addr().unwrap());
    let app = Router::new().nest_service("/resilience", Page::new().router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = Browser::start().await;
    browser.open(&url).await;

    let rest = "document.querySelector('#breakers').closest('section').querySelector('.rest')";
    let says = |text: &str| format!("{rest}.textContent === '{text}' && !{rest}.hidden");
    let has_rows =
        |rows: usize| format!("document.querySelectorAll('#breakers tbody tr').length === {rows}");
    let filter = |text: &str| {
        format!(
            "const filter = document.getElementById('filter');
            filter.value = '{text}';
            filter.dispatchEvent(new Event('input'));"
        )
    };
    browser.wait_for(&says("Showing 200 of 3,000. Filter by name to find others.")).await;
    browser.wait_for(&has_rows(200)).await;
    browser
        .wait_for("document.getElementById('summary').textContent.includes('3,000 closed')")
        .await;

    browser.run(&filter("HOSTS/299")).await;
    browser.wait_for(&has_rows(10)).await;
    browser.wait_for(&format!("{rest}.hidden")).await;
    browser.run(&filter("hosts/2")).await;
    browser.wait_for(&says("Showing 200 of 1,000 matches")).await;
    browser.run(&filter("nobody")).await;
    browser.wait_for(&says("No matches in 3,000")).await;

    // Breakers with problems come first, regardless of their names.
    HOSTS.for_key("2999").trip();
    browser.run(&filter("")).await;
    browser
        .wait_for(
            "document.querySelector('#breakers tbody tr')?.cells[1].textContent === 'hosts/2999'",
        )
        .await;
    assert_eq!(browser.console().await, [""; 0]);
    browser.end().await;
}
