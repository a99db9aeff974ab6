//! The spans of `#[async_retry(…, span)]` and their fields, which are a stable interface.

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use retry_utils::{Jitter, RetryConfig, STANDARD, async_retry};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// A span as it is at its end.
#[derive(Debug, Default)]
struct Seen {
    name: &'static str,
    parent: Option<&'static str>,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(Id, Seen)>>>);

impl Spans {
    /// Returns the name of each span, the name of its parent, and its fields as `name=value`,
    /// sorted by name.
    fn take(&self) -> Vec<(&'static str, Option<&'static str>, Vec<String>)> {
        let spans = std::mem::take(&mut *self.0.lock().unwrap());
        let shown = |(name, value): (&str, String)| format!("{name}={value}");
        let parts =
            |span: Seen| (span.name, span.parent, span.fields.into_iter().map(shown).collect());
        spans.into_iter().map(|(_, span)| parts(span)).collect()
    }
}

impl<S: tracing::Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.lookup_current().map(|span| span.name());
        let mut seen = Seen { name: attributes.metadata().name(), parent, ..Seen::default() };
        attributes.record(&mut seen);
        self.0.lock().unwrap().push((id.clone(), seen));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _context: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        // The id of an ended span is used again, so the last span with this id is the current one.
        if let Some((_, seen)) = spans.iter_mut().rev().find(|(known, _)| known == id) {
            values.record(seen);
        }
    }
}

fn listen() -> (Spans, tracing::subscriber::DefaultGuard) {
    let spans = Spans::default();
    let subscriber = tracing_subscriber::registry().with(spans.clone());
    (spans, tracing::subscriber::set_default(subscriber))
}

#[async_retry(PLAIN, span, name = "fetch")]
async fn fetch(calls: &Calls, failures: u32, error: fn() -> Failed) -> Result<u32, Failed> {
    let answer = calls.fail_first(failures).map_err(|_| error());
    tracing::info_span!("inside").in_scope(|| answer)
}

const FIRST: [&str; 2] = ["attempt=1", "operation=fetch"];

#[tokio::test(start_paused = true)]
async fn an_attempt_that_succeeds_is_a_span_without_an_error() {
    let (spans, _guard) = listen();
    fetch(&Calls::new(), 0, || TRANSIENT).await.unwrap();
    let inside = ("inside", Some("attempt"), vec![]);
    assert_eq!(spans.take(), [("attempt", None, FIRST.map(str::to_owned).to_vec()), inside]);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_a_span_with_its_failure() {
    let (spans, _guard) = listen();
    fetch(&Calls::new(), 2, || TRANSIENT).await.unwrap();
    let attempts: Vec<_> = spans.take().into_iter().filter(|span| span.0 == "attempt").collect();
    let failed =
        ["error.type=unavailable", "otel.status_code=ERROR", "otel.status_description=unavailable"];
    let expected = [
        [&FIRST[..1], &failed[..1], &FIRST[1..], &failed[1..]].concat(),
        [
            &["attempt=2"],
            &failed[..1],
            &["http.request.resend_count=1", "operation=fetch"],
            &failed[1..],
        ]
        .concat(),
        vec!["attempt=3", "http.request.resend_count=2", "operation=fetch"],
    ];
    assert_eq!(
        attempts.iter().map(|span| &span.2).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn a_span_shows_no_control_character_and_no_secret() {
    #[async_retry(PLAIN, span, max_attempts = 1, retry_if = |_| true, name = "a\nb")]
    async fn call() -> Result<u32, String> {
        Err("GET http://u:pw@host/?key\n\u{1b}[31m".to_owned())
    }

    let (spans, _guard) = listen();
    call().await.unwrap_err();
    let fields = &spans.take()[0].2;
    assert!(fields.contains(&r"operation=a\nb".to_owned()), "{fields:?}");
    let description = r"otel.status_description=GET http://…@host/?…\n\u{1b}[31m";
    assert!(fields.contains(&description.to_owned()), "{fields:?}");
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_recorded_too() {
    let (spans, _guard) = listen();
    fetch(&Calls::new(), 9, || PERMANENT).await.unwrap_err();
    let attempts = spans.take();
    assert_eq!(attempts.iter().filter(|span| span.0 == "attempt").count(), 1);
    assert!(attempts[0].2.contains(&"error.type=invalid_request".to_owned()));
}

#[async_retry(PLAIN, span, attempt_timeout = "1s", max_attempts = 2)]
async fn hang() -> Result<(), Failed> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_times_out_has_a_span_with_the_failure() {
    let (spans, _guard) = listen();
    hang().await.unwrap_err();
    let attempts = spans.take();
    assert_eq!(attempts.len(), 2);
    for (_, _, fields) in &attempts {
        assert!(fields.contains(&"error.type=timeout".to_owned()), "{fields:?}");
        assert!(fields.contains(&"operation=spans::hang".to_owned()), "{fields:?}");
    }
}

#[async_retry(PLAIN, span, retry_if_ok = |answer| *answer < 2, retry_if = |_| true)]
async fn poll(calls: &Calls) -> Result<u32, Failed> {
    Ok(calls.next())
}

#[tokio::test(start_paused = true)]
async fn a_rejected_value_has_the_error_type_other() {
    let (spans, _guard) = listen();
    poll(&Calls::new()).await.unwrap();
    let attempts = spans.take();
    assert_eq!(
        attempts[0].2,
        ["attempt=1", "error.type=_OTHER", "operation=spans::poll", "otel.status_code=ERROR"]
    );
    assert_eq!(
        attempts[1].2,
        ["attempt=2", "http.request.resend_count=1", "operation=spans::poll"]
    );
}

#[async_retry(PLAIN, span)]
#[tracing::instrument(name = "call", skip_all)]
async fn call(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[tokio::test(start_paused = true)]
async fn attempts_are_children_of_the_span_of_the_call() {
    let (spans, _guard) = listen();
    call(&Calls::new()).await.unwrap();
    let places: Vec<_> = spans.take().into_iter().map(|span| (span.0, span.1)).collect();
    assert_eq!(places, [("call", None), ("attempt", Some("call")), ("attempt", Some("call"))]);
}

#[test]
fn a_future_with_spans_is_still_send() {
    fn send<F: Future + Send>(_: F) {}
    send(fetch(&Calls::new(), 0, || TRANSIENT));
    send(hang());
}
