//! Tests of the reports about a fleet: to listeners, to recorders and in log lines.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use retry_runtime::observe::NotShared;
use retry_runtime::observe::fleet::{self, Opening};
use retry_runtime::testing::{RecordedEvent, Recorder};
use tracing::field::{Field, Visit};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Metadata, Subscriber, span};

const GROUP: &str = "prod/checkout";
const OPENING: Opening =
    Opening { votes: Some(2), instances: 200, retry_in: Duration::from_secs(60) };

/// Reports events of each kind, with and without the optional fields.
fn report_each() {
    fleet::lost(GROUP, "denied", Some(&"no permission for the command `hget`"));
    fleet::lost(GROUP, "timed_out", None);
    fleet::found(GROUP, Duration::from_millis(1500), 200);
    fleet::opened("lyzr-api", OPENING);
    fleet::opened("lyzr-api", Opening { votes: None, ..OPENING });
    fleet::would_open("lyzr-api", OPENING);
    fleet::closed("lyzr-api", Duration::from_secs(90));
    let lasting = Some(Duration::from_secs(7200));
    fleet::command("lyzr-api", "force_open", "ann", None, lasting);
    fleet::command("lyzr-api", "set_mode", "ann", Some(&"observe"), None);
    fleet::clock_jumped(GROUP, true, Duration::from_secs(3601));
    fleet::clock_jumped(GROUP, false, Duration::from_secs(3601));
}

fn recorded(report: impl FnOnce()) -> Vec<String> {
    let recorder = Recorder::new();
    report();
    recorder.events().iter().map(ToString::to_string).collect()
}

#[test]
fn each_event_is_one_line_with_the_fields_that_apply() {
    assert_eq!(
        recorded(report_each),
        [
            "prod/checkout: fleet lost reason=denied detail=no permission for the command `hget`",
            "prod/checkout: fleet lost reason=timed_out",
            "prod/checkout: fleet found lost_for=1.5s instances=200",
            "lyzr-api: fleet opened circuit breaker votes=2 instances=200 retry_in=60s",
            "lyzr-api: fleet opened circuit breaker instances=200 retry_in=60s",
            "lyzr-api: fleet would open circuit breaker votes=2 instances=200 retry_in=60s",
            "lyzr-api: fleet closed circuit breaker open_for=90s",
            "lyzr-api: fleet command what=force_open by=ann lasting=7200s",
            "lyzr-api: fleet command what=set_mode by=ann detail=observe",
            "prod/checkout: fleet clock jumped direction=forward jump=3601s",
            "prod/checkout: fleet clock jumped direction=back jump=3601s",
        ]
    );
}

#[test]
fn a_recorded_event_has_the_same_fields() {
    let recorder = Recorder::new();
    fleet::opened("fields", OPENING);
    let expected = RecordedEvent::FleetOpened {
        breaker: "fields".to_owned(),
        votes: Some(2),
        instances: 200,
        retry_in: Duration::from_secs(60),
    };
    assert_eq!(recorder.of("fields"), [expected]);
}

/// The log lines: level, message, and the fields that have a value.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "retry_utils"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// While only one subscriber exists, tracing asks that of the thread which reaches a log line
/// first. On a thread of a test without a subscriber, it would then disable the line for all
/// threads.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [NoSubscriber::new(), NoSubscriber::new()].map(Dispatch::new));

fn logged(report: impl FnOnce()) -> Vec<String> {
    LazyLock::force(&OTHERS);
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), report);
    Arc::into_inner(lines.0).unwrap().into_inner().unwrap()
}

#[test]
fn log_lines_have_levels_and_fields() {
    assert_eq!(
        logged(report_each),
        [
            r#"WARN message=fleet lost group="prod/checkout" reason="denied" detail=no permission for the command `hget`"#,
            r#"WARN message=fleet lost group="prod/checkout" reason="timed_out""#,
            r#"INFO message=fleet found group="prod/checkout" lost_for=1.5s instances=200"#,
            r#"WARN message=fleet opened circuit breaker breaker="lyzr-api" votes=2 instances=200 retry_in=60s"#,
            r#"WARN message=fleet opened circuit breaker breaker="lyzr-api" instances=200 retry_in=60s"#,
            r#"INFO message=fleet would open circuit breaker breaker="lyzr-api" votes=2 instances=200 retry_in=60s"#,
            r#"INFO message=fleet closed circuit breaker breaker="lyzr-api" open_for=90s"#,
            r#"INFO message=fleet command breaker="lyzr-api" what="force_open" by="ann" lasting=7200s"#,
            r#"INFO message=fleet command breaker="lyzr-api" what="set_mode" by="ann" detail=observe"#,
            r#"WARN message=fleet clock jumped group="prod/checkout" direction="forward" jump=3601s"#,
            r#"WARN message=fleet clock jumped group="prod/checkout" direction="back" jump=3601s"#,
        ]
    );
}

/// Anyone with write access to the server chooses the operator's name, and the server chooses its
/// messages.
#[test]
fn no_text_from_outside_forges_a_line() {
    let hostile = "x\nERROR y\u{1b}[2J\u{202e}";
    let shown = r"x\nERROR y\u{1b}[2J\u{202e}";
    let long = "é".repeat(5000);
    let report = || {
        fleet::lost(hostile, "denied", Some(&hostile));
        fleet::lost(GROUP, "refused", Some(&"rediss://user:password@redis.internal:6380/0"));
        fleet::lost(GROUP, "denied", Some(&long));
        fleet::command("models/a\nb", "reset", hostile, None, None);
        fleet::command("b", "reset", &long, None, None);
    };
    let said = recorded(report);
    assert_eq!(
        said,
        [
            format!("{shown}: fleet lost reason=denied detail={shown}"),
            format!("{GROUP}: fleet lost reason=refused detail=rediss://…@redis.internal:6380/0"),
            format!(
                "{GROUP}: fleet lost reason=denied detail={}…{}",
                "é".repeat(60),
                "é".repeat(39)
            ),
            format!(r"models/a\nb: fleet command what=reset by={shown}"),
            format!("b: fleet command what=reset by={}", "é".repeat(100)),
        ]
    );
    for line in logged(report) {
        assert!(!line.contains(char::is_control) && line.chars().count() < 250, "{line}");
    }
}

#[test]
fn a_set_with_too_many_keys_is_reported_once() {
    let report = || (0..3).for_each(|_| fleet::too_many_keys("models"));
    assert_eq!(recorded(report), ["models: circuit breaker not shared reason=too_many_keys"]);
    fleet::too_many_keys("hosts");
    let report = || ["models", "hosts", "tenants"].into_iter().for_each(fleet::too_many_keys);
    assert_eq!(recorded(report), ["tenants: circuit breaker not shared reason=too_many_keys"]);
}

#[test]
fn a_full_group_names_the_first_breaker_that_has_no_place() {
    let recorder = Recorder::new();
    for group in ["full", "full", "other"] {
        for number in 0..2000 {
            fleet::too_many_breakers(group, &format!("{group}-{number}"));
        }
    }
    let shown: Vec<_> = recorder.events().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "full-0: circuit breaker not shared reason=too_many_breakers",
            "other-0: circuit breaker not shared reason=too_many_breakers",
        ]
    );
    let reason = NotShared::TooManyBreakers;
    let breaker = "full-0".to_owned();
    assert_eq!(recorder.of("full-0"), [RecordedEvent::FleetNotShared { breaker, reason }]);
}
