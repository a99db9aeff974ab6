//! Errors in log lines: one line, with the causes, and without the secrets of URLs.

mod common;

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::{Failed, TRANSIENT};
use proptest::prelude::*;
use retry_utils::{
    CircuitBreaker, CircuitBreakers, FailureKind, RetryConfig, Retryable, STANDARD, async_retry,
};
use tracing_subscriber::fmt::MakeWriter;

const ONCE: RetryConfig = STANDARD.max_attempts(1);

/// The log, as written to a file.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(log.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    /// Returns the field `error` of the only line, apart from a report of an opaque error.
    fn error(&self) -> String {
        let text = self.take();
        let (first, rest) = text.split_once('\n').unwrap();
        let is_opaque = first.starts_with(" WARN retry_utils: opaque error");
        let line = if is_opaque { rest } else { &text };
        let line = line.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "more than one line: {line}");
        line.split_once(" error=").unwrap_or_else(|| panic!("no error: {line}")).1.to_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Returns the text of an error in the log.
fn logged(error: &(impl Retryable + Display)) -> String {
    let (log, _listening) = Log::listen();
    assert_eq!(ONCE.retries("op").next(error), None);
    log.error()
}

/// An error and its causes, by their texts.
#[derive(Debug)]
struct Chain(String, Option<Box<Chain>>);

impl Chain {
    fn new(texts: &[&str]) -> Self {
        let (first, causes) = texts.split_first().unwrap();
        Self((*first).to_owned(), (!causes.is_empty()).then(|| Box::new(Self::new(causes))))
    }
}

impl Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Chain {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

impl Retryable for Chain {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

fn logged_text(text: &str) -> String {
    logged(&Chain::new(&[text]))
}

#[test]
fn an_error_cannot_add_a_line_or_change_the_terminal() {
    let cases = [
        (
            "busy\n WARN billing: payment=ok \u{1b}[31m",
            r"busy\n WARN billing: payment=ok \u{1b}[31m",
        ),
        ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
        ("\u{7f}\u{80}\u{85}\u{9b}31m\u{9f}", r"\u{7f}\u{80}\u{85}\u{9b}31m\u{9f}"),
        ("a\u{2028}b\u{2029}c", r"a\u{2028}b\u{2029}c"),
        ("\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}", r"\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}"),
        ("\u{2066}\u{2067}\u{2068}\u{2069}", r"\u{2066}\u{2067}\u{2068}\u{2069}"),
        ("\u{61c}\u{200e}\u{200f}", r"\u{61c}\u{200e}\u{200f}"),
        ("é 漢字 עברית 👩‍💻 \\ \"'", "é 漢字 עברית 👩‍💻 \\ \"'"),
    ];
    for (text, shown) in cases {
        assert_eq!(logged_text(text), shown);
        assert_eq!(logged(&Chain::new(&["outer", text])), format!("outer: {shown}"));
    }
}

#[test]
fn a_name_cannot_add_a_line() {
    let hostile = "a\u{1b}[2J\n WARN \u{202e}b";
    let shown = r"a\\u{1b}[2J\\n WARN \\u{202e}b";
    let (log, _listening) = Log::listen();
    ONCE.run_blocking(|| Err::<(), _>(TRANSIENT)).name(hostile).call().unwrap_err();
    let breaker = CircuitBreaker::new(hostile).failure_threshold(1);
    breaker.try_acquire().unwrap().failure();
    let open = breaker.try_acquire().unwrap_err();
    let breakers = CircuitBreakers::new("error_text/keyed").failure_threshold(1);
    breakers.for_key(hostile).try_acquire().unwrap().failure();
    let text = log.take();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert_eq!(text.matches(shown).count(), 4, "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{text}");
    let open = open.to_string();
    assert!(open.starts_with(r"circuit breaker `a\u{1b}[2J\n WARN \u{202e}b` is open"), "{open}");
}

#[test]
fn causes_follow_an_error() {
    let cases: [(&[&str], &str); 8] = [
        (&["no answer"], "no answer"),
        (&["request failed", "connection refused"], "request failed: connection refused"),
        (&["a", "b", "c"], "a: b: c"),
        // The text ends with the cause already.
        (
            &["request failed: connection refused", "connection refused"],
            "request failed: connection refused",
        ),
        (&["a: b: c", "b: c", "c"], "a: b: c"),
        (&["a: b", "b", "c"], "a: b: c"),
        // The cause is elsewhere in the text.
        (&["refused (no route)", "refused"], "refused (no route): refused"),
        (&["", "connection refused", ""], "connection refused"),
    ];
    for (texts, shown) in cases {
        assert_eq!(logged(&Chain::new(texts)), shown);
    }
}

#[test]
fn a_text_that_is_too_long_loses_its_middle() {
    let hundred: String = ('a'..='z').chain('0'..='9').cycle().take(100).collect();
    assert_eq!(logged_text(&hundred), hundred);
    let long = format!("{hundred}!");
    assert_eq!(logged_text(&long), format!("{}…{}", &long[..60], &long[62..]));
    assert_eq!(logged_text(&"é".repeat(300)), format!("{}…{}", "é".repeat(60), "é".repeat(39)));
    let cause = "tcp connect error: Connection refused (os error 111)";
    let shown = logged(&Chain::new(&[&"x".repeat(500), cause]));
    assert_eq!(shown, format!("{}…{}", "x".repeat(60), &cause[cause.len() - 39..]));
    // Escapes count with the length that is shown.
    let shown = logged_text(&"\u{1b}".repeat(99));
    assert_eq!(shown.chars().count(), 100);
    assert!(shown.starts_with(r"\u{1b}\u{1b}") && shown.ends_with(r"\u{1b}\u{1b}"), "{shown}");
}

/// Writes until it gets an error, and then writes a little more.
struct Endless(AtomicUsize);

impl Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = 0;
        while f.write_str("0123456789").is_ok() {
            written += 10;
            assert!(written < 100_000, "writing was not stopped");
        }
        self.0.store(written, Ordering::Relaxed);
        let _ = f.write_str("");
        let _ = f.write_str("more");
        Ok(())
    }
}

impl Retryable for Endless {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }
}

#[test]
fn an_endless_text_is_not_built() {
    let endless = Endless(AtomicUsize::new(0));
    let shown = logged(&endless);
    assert!(endless.0.load(Ordering::Relaxed) < 20_000);
    assert_eq!(shown.chars().count(), 100);
    assert!(shown.starts_with("0123456789") && shown.ends_with('…'), "{shown}");
}

/// An error that is its own cause, or the cause of its cause.
#[derive(Debug)]
struct Circle(u32, &'static [Circle]);

static CIRCLE: [Circle; 2] = [Circle(0, &CIRCLE), Circle(1, &CIRCLE)];
static POINT: [Circle; 2] = [Circle(7, &POINT), Circle(7, &POINT)];

impl Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circle {}", self.0)
    }
}

impl Error for Circle {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1[usize::from(self.0 == 0)])
    }
}

impl Retryable for Circle {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

#[test]
fn a_circle_of_causes_ends() {
    assert_eq!(logged(&POINT[0]), "circle 7");
    let shown = logged(&CIRCLE[0]);
    assert!(shown.starts_with("circle 0: circle 1: circle 0: "), "{shown}");
    assert_eq!(shown.chars().count(), 100);
}

#[test]
fn secrets_in_urls_are_redacted() {
    let cases = [
        ("http://user:pw@host/path?key=SECRET#f", "http://…@host/path?…"),
        ("http://host/path#SECRET", "http://host/path#…"),
        ("http://host?SECRET", "http://host?…"),
        ("https://TOKEN@host", "https://…@host"),
        ("HTTPS://USER:PW@HOST/?KEY", "HTTPS://…@HOST/?…"),
        ("redis://:SECRET@host:6379/0", "redis://…@host:6379/0"),
        ("postgres://u:p%40SECRET@db/app?sslmode=require", "postgres://…@db/app?…"),
        ("jdbc:postgresql://db/app?user=u&password=SECRET", "jdbc:postgresql://db/app?…"),
        ("mongodb+srv://u:SECRET@a:27017,b:27017/db?x=y", "mongodb+srv://…@a:27017,b:27017/db?…"),
        ("http://u:SECRET@[::1]:8080/a?b", "http://…@[::1]:8080/a?…"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("error for url (http://host/path?key=SECRET)", "error for url (http://host/path?…)"),
        ("url (http://host/?k=a)SECRET): refused", "url (http://host/?…): refused"),
        (r#"GET "http://u:SECRET@host": refused"#, r#"GET "http://…@host": refused"#),
        ("<http://host/?SECRET>, 'http://host/?SECRET'.", "<http://host/?…>, 'http://host/?…'."),
        (
            r#"{"a":"http://a/?SECRET","b":"at http://u:SECRET@b"}"#,
            r#"{"a":"http://a/?…","b":"at http://…@b"}"#,
        ),
        ("http://a/?SECRET -> ws://b/#SECRET", "http://a/?… -> ws://b/#…"),
        ("http://a/?u=http://x:SECRET@b/", "http://a/?…"),
        ("http://archive/http://x:SECRET@b/?SECRET", "http://archive/http://…"),
        ("http://a:1,http://x:SECRET@b/", "http://a:1,http://…"),
        ("http:////u:SECRET@host/", "http:////…@host/"),
        // Passwords without percent-encoding.
        ("postgres://u:SE/CR@ET@host/db", "postgres://…@host/db"),
        ("postgres://u:SE?CR@host/db", "postgres://…?…"),
        ("postgres://u:SE#CR@host/db", "postgres://…#…"),
        ("postgres://u:SECRET\n@host/db", r"postgres://…\n@host/db"),
        ("http://u:p\\@SECRET@host/", "http://…@host/"),
        // Cut before it reaches the log.
        ("failed: http://u:SECR…", "failed: http://…"),
        ("failed: http://u:SECR", "failed: http://…"),
        // Without secrets.
        ("http://host:8080/@scope/a@b?", "http://host:8080/@scope/a@b?"),
        ("file:///etc/hosts, unix:///run/x.sock.", "file:///etc/hosts, unix:///run/x.sock."),
        (
            "no scheme: ://u:p@host?x, a :// b?c, //u@host?x",
            "no scheme: ://u:p@host?x, a :// b?c, //u@host?x",
        ),
        ("std::io, a@b.c, 3://4?5, http:/x?y, what?", "std::io, a@b.c, 3://4?5, http:/x?y, what?"),
        ("http://…@host/path?…", "http://…@host/path?…"),
        ("http:// ? http://", "http:// ? http://"),
    ];
    for (text, shown) in cases {
        assert_eq!(logged_text(text), shown);
    }
    // The limit of the length falls into the secret.
    let text = format!("{} http://user:SECRET@host/ failed", "x".repeat(45));
    assert_eq!(logged_text(&text), format!("{} http://…@host/ failed", "x".repeat(45)));
    let cut = format!("{} http://user:SECRETSECRET", "x".repeat(16 * 1024 - 20));
    let shown = logged_text(&cut);
    assert!(!shown.contains("SEC") && shown.ends_with("http://…"), "{shown}");
    let shown = logged(&Chain::new(&["http://u:SECRET", "@host http://a/?SECRET"]));
    assert_eq!(shown, "http://…: @host http://a/?…");
}

/// Classified by hand, and without `as_error`.
#[derive(Debug, thiserror::Error)]
#[error("no answer from http://host/?SECRET")]
struct ByHand(#[source] Chain);

impl Retryable for ByHand {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }
}

#[derive(Debug, thiserror::Error, Retryable)]
enum Derived {
    #[error("no answer")]
    #[retry(unavailable)]
    NoAnswer(#[source] Chain),
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] retry_utils::TimedOut),
}

/// Not an `Error`, so it has no causes.
#[derive(Retryable)]
#[retry(unavailable)]
struct Plain;

impl Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain\n")
    }
}

type Boxed = Box<dyn Error + Send + Sync>;

fn refused() -> Chain {
    Chain::new(&["connect", "refused"])
}

#[tokio::test(start_paused = true)]
async fn the_attribute_finds_the_causes_of_every_error() {
    #[async_retry(ONCE)]
    async fn by_hand() -> Result<(), ByHand> {
        Err(ByHand(refused()))
    }

    #[async_retry(ONCE, retry_if = |_| true, attempt_timeout = "1s")]
    async fn derived() -> Result<(), Derived> {
        Err(Derived::NoAnswer(refused()))
    }

    #[async_retry(ONCE, attempt_timeout = "1s")]
    async fn late() -> Result<(), Derived> {
        std::future::pending().await
    }

    #[async_retry(ONCE)]
    async fn boxed() -> Result<(), Boxed> {
        Err(refused().into())
    }

    #[async_retry(ONCE, retry_if = |_| true)]
    async fn boxed_and_asked() -> Result<(), Boxed> {
        Err(refused().into())
    }

    #[async_retry(ONCE)]
    async fn generic<E: Retryable + Display>(error: fn() -> E) -> Result<(), E> {
        Err(error())
    }

    #[async_retry(ONCE, retry_if = |_| true)]
    async fn text() -> Result<(), String> {
        Err("a\nb".to_owned())
    }

    let (log, _listening) = Log::listen();
    by_hand().await.unwrap_err();
    assert_eq!(log.error(), "no answer from http://host/?…: connect: refused");
    derived().await.unwrap_err();
    assert_eq!(log.error(), "no answer: connect: refused");
    late().await.unwrap_err();
    assert_eq!(log.error(), "timed out: the attempt took longer than 1s");
    boxed().await.unwrap_err();
    assert_eq!(log.error(), "connect: refused");
    boxed_and_asked().await.unwrap_err();
    assert_eq!(log.error(), "connect: refused");
    let _ = generic(|| Derived::NoAnswer(refused())).await;
    assert_eq!(log.error(), "no answer: connect: refused");
    let _ = generic(|| Plain).await;
    assert_eq!(log.error(), r"plain\n");
    text().await.unwrap_err();
    assert_eq!(log.error(), r"a\nb");
}

#[tokio::test(start_paused = true)]
async fn run_and_retries_find_the_causes_of_errors_with_as_error() {
    let (log, _listening) = Log::listen();
    let derived = || Derived::NoAnswer(refused());
    ONCE.run(|| async { Err::<(), _>(derived()) }).await.unwrap_err();
    assert_eq!(log.error(), "no answer: connect: refused");
    ONCE.run(|| async { Err::<(), Boxed>(refused().into()) }).await.unwrap_err();
    assert_eq!(log.error(), "connect: refused");
    ONCE.run_blocking(|| Err::<(), _>(io::Error::other(derived()))).call().unwrap_err();
    assert_eq!(log.error(), "no answer: connect: refused");
    ONCE.run_mut(async || Err::<(), _>(Box::new(derived()))).await.unwrap_err();
    assert_eq!(log.error(), "no answer: connect: refused");
    ONCE.run(|| async { Err::<(), _>(Plain) }).await.map_err(|_| ()).unwrap_err();
    assert_eq!(log.error(), r"plain\n");
    assert_eq!(logged(&Arc::new(derived())), "no answer: connect: refused");
    assert_eq!(logged(&Failed::Kind(FailureKind::Timeout)), "timeout");
}

/// Generates pieces of texts that look like URLs or lines.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[\\x00-\\x1f\\x7f-\\x9f\\u{2028}-\\u{202e}\\u{2066}-\\u{2069}]{1,4}",
        "[a-z]{1,200}",
        Just("://".to_owned()),
        Just("http://".to_owned()),
        Just("@".to_owned()),
        "[/?#:@\\[\\]\"'<>(),. …]{1,3}",
    ]
}

/// Generates URLs of any shape, with a marked secret in each place that may have one.
fn url_with_secrets() -> impl Strategy<Value = String> {
    let part = "[a-zA-Z0-9%._~!$&'()*+,;=:-]{0,30}";
    let host = prop_oneof![
        "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}(:[0-9]{1,5})?",
        Just("[::1]:80".to_owned()),
        Just("a:1,b:2".to_owned()),
    ];
    let path = "(/[a-zA-Z0-9%._~@:-]{0,12}){0,3}";
    ("[a-zA-Z][a-zA-Z0-9+.-]{0,8}", part, host, path, part, 0..8_u8).prop_map(
        |(scheme, part, host, path, other, places)| {
            let at =
                |place: u8, text: String| if places & place == 0 { String::new() } else { text };
            let user = at(1, format!("{part}SECRET{other}@"));
            let query = at(2, format!("?{part}SECRET{other}"));
            let fragment = at(4, format!("#{other}SECRET{part}"));
            format!("{scheme}://{user}{host}{path}{query}{fragment}")
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    let url = url_with_secrets().prop_map(|url| format!(" {url} "));
    prop::collection::vec(prop_oneof![3 => piece(), 1 => url], 0..12)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_error_leaves_its_line_or_shows_a_secret(texts in prop::collection::vec(text(), 1..5)) {
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let shown = logged(&Chain::new(&texts));
        prop_assert!(shown.chars().count() <= 100, "{}", shown);
        prop_assert!(!shown.contains(|c: char| {
            c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        }), "{}", shown);
        prop_assert!(!shown.contains("SECRET"), "{}", shown);
    }
}
