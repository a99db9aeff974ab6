//! Tests of the log line about a value that cannot be parsed.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex};

use http::{HeaderMap, HeaderValue, StatusCode};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::super::{FailedStatus, retry_after};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        struct Fields(String);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let metadata = event.metadata();
        let mut fields = Fields(format!("{} {}", metadata.target(), metadata.level()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// While only one subscriber exists, tracing asks that of the thread which reaches a log line
/// first. On a thread of a test without a subscriber, it would then disable the line for all
/// threads.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [NoSubscriber::new(), NoSubscriber::new()].map(Dispatch::new));

/// Returns the result of a function, and the lines that it logs.
fn with_log<T>(read: impl FnOnce() -> T) -> (T, Vec<String>) {
    LazyLock::force(&OTHERS);
    let log = Lines::default();
    let result = tracing::subscriber::with_default(log.clone(), read);
    (result, std::mem::take(&mut *log.0.lock().unwrap()))
}

/// The lines that reading these headers logs, without their common start.
fn logged(lines: &[(&'static str, &[u8])]) -> Vec<String> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let (_, lines) = with_log(|| FailedStatus::of(StatusCode::TOO_MANY_REQUESTS, &headers));
    let begin = "retry_utils DEBUG message=header value not understood ";
    lines.iter().map(|line| line.strip_prefix(begin).unwrap().to_owned()).collect()
}

#[test]
fn a_value_that_is_not_understood_is_logged() {
    for (name, value) in [
        ("retry-after", "soon"),
        ("retry-after", "-43"),
        ("retry-after", "1e3"),
        ("retry-after-ms", "1s"),
        ("ratelimit", "100"),
        ("ratelimit", r#""default";t=5"#),
        ("x-ratelimit-reset", "Tue Feb 16 2021 09:02:42 GMT+0100 (CET)"),
        ("x-should-retry", "True"),
    ] {
        let shown = if name == "x-should-retry" { "x-should-retry" } else { name };
        // A `&str` field is recorded with quotes.
        assert_eq!(
            logged(&[(name, value.as_bytes())]),
            [format!("header={shown:?} value={value}")]
        );
    }
}

#[test]
fn a_value_that_is_understood_is_not() {
    for (name, value) in [
        ("retry-after", "0"),
        ("retry-after", "120, 120"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("ratelimit", r#""default";r=5"#),
        ("x-ratelimit-reset", "17"),
        ("x-other", "soon"),
    ] {
        assert_eq!(logged(&[(name, value.as_bytes())]), [""; 0], "{name}: {value}");
    }
}

#[test]
fn a_value_from_outside_is_escaped_and_cut() {
    let long = "y".repeat(5000);
    let lines = logged(&[("retry-after", b"a\tb\xff"), ("retry-after", long.as_bytes())]);
    let expected = [
        r#"header="retry-after" value=a\tb"#.to_owned() + "\u{fffd}",
        format!("header=\"retry-after\" value={}", "y".repeat(100)),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn reading_the_header_alone_logs_too() {
    let headers = super::headers(["retry-after: soon"]);
    let (wait, lines) = with_log(|| retry_after(&headers));
    assert_eq!((wait, lines.len()), (None, 1));
}
