use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::leases::LeaseId;
use crate::record::{Force, Record, SetMode};
use crate::register::{Register, State};

const SECOND: Duration = Duration::from_secs(1);

fn request(ask: Ask) -> Request {
    Request { group: "prod/checkout".to_owned(), sent: 1_000, mark: 900, known: Vec::new(), ask }
}

fn id() -> LeaseId {
    LeaseId { instance: "pod-1".to_owned(), sequence: 7 }
}

fn texts(texts: &[Vec<u8>]) -> Vec<&str> {
    texts.iter().map(|text| std::str::from_utf8(text).unwrap()).collect()
}

#[test]
fn names_that_are_long_or_not_plain_are_hashed() {
    let plain = "a".repeat(64);
    for name in ["lyzr-api", "a/b:c~d", "!", plain.as_str()] {
        assert_eq!(key_name(name), name);
    }
    let long = "a".repeat(65);
    for name in ["", " ", "a b", "a{b", "a}b", "a|b", "a\n", "é", "\u{7f}", long.as_str()] {
        assert_eq!(key_name(name), hashed_key_name(name), "{name:?}");
        assert_eq!(key_name(name).len(), 71);
    }
    assert_eq!(
        hashed_key_name("abc"),
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let hash = hashed_key_name("abc");
    assert_ne!(key_name(&hash), hash, "a breaker cannot be named like the hash of another");
}

#[test]
fn a_beat_has_a_key_for_each_breaker_that_it_shares() {
    let beat = request(Ask::Beat(Beat {
        instance: "pod-1".to_owned(),
        voter: "host-1".to_owned(),
        view: "{}".to_owned(),
        leaving: false,
        shares: vec!["llm".to_owned(), "mail".to_owned()],
    }));
    assert_eq!(beat.script(), Script::Beat);
    assert_eq!(
        texts(&beat.keys()),
        [":r", ":x", ":o", ":q", ":ch", ":a", ":i", ":w:llm", ":w:mail"]
            .map(|end| format!("{{rf1:prod/checkout}}{end}"))
    );
    assert_eq!(texts(&beat.args()), ["1000", "900", "pod-1", "host-1", "{}", "0"]);
}

#[test]
fn a_vote_names_the_set_under_which_the_breaker_is_shared() {
    let vote = request(Ask::Vote(Vote {
        breaker: "llm:gpt".to_owned(),
        shared_as: "llm".to_owned(),
        voter: "host-1".to_owned(),
        cast: true,
        epoch: 5,
        window: Duration::from_secs(30),
        quorum: 2,
        open_for: Duration::from_millis(1),
        longest: Duration::from_nanos(1_000_001),
    }));
    assert_eq!(vote.script(), Script::Vote);
    let keys = vote.keys();
    assert_eq!(
        texts(&keys[6..]),
        [":v:llm:gpt", ":s:llm:gpt", ":w:llm"].map(|end| format!("{{rf1:prod/checkout}}{end}"))
    );
    assert_eq!(
        texts(&vote.args()),
        ["1000", "900", "llm:gpt", "host-1", "cast", "5", "30000", "2", "1", "2"]
    );
}

#[test]
fn claims_outcomes_and_commands_have_their_arguments() {
    let lease = |claim| {
        let (breaker, longest) = ("llm".to_owned(), Duration::MAX);
        Ask::Lease(Lease { breaker, id: id(), claim, places: 3, longest })
    };
    let outcome = |result| {
        let (breaker, open_for, longest) = ("llm".to_owned(), SECOND, SECOND * 60);
        let (epoch, success_threshold) = (5, 2);
        let id = id();
        Ask::Outcome(Outcome { breaker, id, epoch, result, success_threshold, open_for, longest })
    };
    let command = |what| {
        let (breaker, id, by) = ("llm".to_owned(), "c-1".to_owned(), "ann\n".to_owned());
        Ask::Command(Command { breaker, what, id, by })
    };
    let longest = "9007199254740991";
    let cases: [(Ask, &[&str]); 11] = [
        (lease(Claim::New), &["llm", "pod-1/7", "new", "0", "3", longest]),
        (lease(Claim::Renew(5)), &["llm", "pod-1/7", "renew", "5", "3", longest]),
        (lease(Claim::Late), &["llm", "pod-1/7", "late", "0", "3", longest]),
        (outcome(ProbeResult::Success), &["llm", "pod-1/7", "5", "success", "2", "1000", "60000"]),
        (outcome(ProbeResult::Failure), &["llm", "pod-1/7", "5", "failure", "2", "1000", "60000"]),
        (outcome(ProbeResult::Neutral), &["llm", "pod-1/7", "5", "neutral", "2", "1000", "60000"]),
        (command(What::Open(None)), &["llm", "open", "0", "-", "c-1", "ann"]),
        (command(What::Open(Some(Duration::ZERO))), &["llm", "open", "1", "-", "c-1", "ann"]),
        (command(What::Closed(Some(SECOND))), &["llm", "closed", "1000", "-", "c-1", "ann"]),
        (command(What::Reset), &["llm", "reset", "0", "-", "c-1", "ann"]),
        (command(What::Mode(SetMode::Observe)), &["llm", "mode", "0", "observe", "c-1", "ann"]),
    ];
    for (ask, expected) in cases {
        let args = request(ask).args();
        assert_eq!(texts(&args[2..]), expected);
    }
}

#[test]
fn a_look_has_two_keys_for_each_breaker_and_restores_nothing() {
    let known = Known { breaker: "llm".to_owned(), longest: SECOND, register: None, record: None };
    let breakers = vec!["llm".to_owned(), "mail".to_owned()];
    let look = Request { known: vec![known], ..request(Ask::Look(Look { breakers })) };
    assert_eq!(look.script(), Script::Look);
    assert_eq!(
        texts(&look.keys()[6..]),
        [":i", ":v:llm", ":s:llm", ":v:mail", ":s:mail"]
            .map(|end| format!("{{rf1:prod/checkout}}{end}"))
    );
    assert_eq!(texts(&look.args()), ["1000", "900", "llm", "mail"]);

    let breakers = vec!["llm".to_owned(); 65];
    let many = request(Ask::Look(Look { breakers }));
    assert_eq!((many.keys().len(), many.args().len()), (7 + 2 * 64, 2 + 64));
}

#[test]
fn what_the_sender_knows_ends_the_arguments() {
    let register = Register { epoch: 5, state: State::Open, until: 9, failed: 1, ok: 0 };
    let (force, mode) = (Force::Open, SetMode::None);
    let record = Record { epoch: 6, force, until: 0, mode, id: b"c".to_vec(), by: b"ann".to_vec() };
    let (breaker, longest) = ("llm".to_owned(), SECOND);
    let known = Known { breaker, longest, register: Some(register), record: Some(record) };
    let nothing = Known { register: None, record: None, ..known.clone() };
    let (breaker, what) = ("mail".to_owned(), What::Reset);
    let (id, by) = ("c-1".to_owned(), String::new());
    let ask = Ask::Command(Command { breaker, what, id, by });
    let request = Request { known: vec![known, nothing], ..request(ask) };
    assert_eq!(
        texts(&request.args()[8..]),
        ["llm", "1000", "1|5|open|9|1|0", "1|6|open|0|-|c|ann", "llm", "1000", "", ""]
    );
}

#[test]
fn a_reply_is_read() {
    let text = |text: &str| Value::Text(text.into());
    let value = Value::Array(vec![
        Value::Int(50),
        text("granted"),
        text("1|5|half-open|40|1|0"),
        Value::Int(0),
        Value::Int(2),
    ]);
    let register = Register { epoch: 5, state: State::HalfOpen, until: 40, failed: 1, ok: 0 };
    let standing = Some(Standing { register, left: Duration::ZERO });
    let (time, answer, taken) = (50, LeaseAnswer::Granted, 2);
    let reply = Reply::Lease(LeaseReply { time, answer, standing, taken });
    assert_eq!(reply.time(), 50);
    assert_eq!(Reply::parse(Script::Lease, value.clone()), Ok(reply));

    let error = Reply::parse(Script::Outcome, value).unwrap_err();
    assert_eq!(error.to_string(), "the reply to the script `outcome` is malformed");
}

#[test]
fn a_register_that_does_not_parse_counts_as_absent() {
    let text = |text: &str| Value::Text(text.into());
    let nonsense = vec![text("llm"), text("1|5|ajar|0|0|0"), Value::Int(0), text("?")];
    let numbers = [50, 1, 2_000, 9, 1].map(Value::Int);
    let mut values = numbers.to_vec();
    values.push(Value::Array(vec![Value::Array(nonsense)]));
    let reply = Reply::parse(Script::Beat, Value::Array(values)).unwrap();
    let changed = vec![Changed { breaker: "llm".to_owned(), standing: None, record: None }];
    let (next_beat, too_old) = (SECOND * 2, true);
    let expected = BeatReply { time: 50, alive: 1, next_beat, mark: 9, too_old, changed };
    assert_eq!(reply, Reply::Beat(expected));
}

#[test]
fn a_reply_with_another_shape_is_refused() {
    let text = |text: &str| Value::Text(text.into());
    let good = [Value::Int(50), text("void"), text("1|5|closed|0|0|0"), Value::Int(0)];
    let parse = |values: Vec<Value>| Reply::parse(Script::Outcome, Value::Array(values));
    assert!(parse(good.to_vec()).is_ok());

    assert!(parse(good[..3].to_vec()).is_err());
    assert!(parse([good.to_vec(), vec![Value::Nil]].concat()).is_err());
    for (at, bad) in [
        (0, Value::Int(-1)),
        (0, Value::Int(1 << 53)),
        (0, text("50")),
        (1, text("granted")),
        (1, Value::Int(1)),
        (2, Value::Nil),
        (3, Value::Nil),
        (3, Value::Int(-1)),
    ] {
        let mut values = good.to_vec();
        values[at] = bad;
        assert!(parse(values.clone()).is_err(), "{values:?}");
    }

    let beat = |changed: Vec<Value>, too_old| {
        let mut values = [50, 1, 2_000, 9, too_old].map(Value::Int).to_vec();
        values.push(Value::Array(changed));
        Reply::parse(Script::Beat, Value::Array(values))
    };
    let changed = |name| Value::Array(vec![text(name), text(""), Value::Int(0), text("")]);
    assert!(beat(vec![changed("a"); 64], 0).is_ok());
    assert!(beat(vec![changed("a"); 65], 0).is_err());
    assert!(beat(vec![], 2).is_err());
    assert!(beat(vec![changed("a b")], 0).is_err());
    assert!(beat(vec![Value::Nil], 0).is_err());
}

#[test]
fn a_look_is_read_up_to_its_limits() {
    let text = |text: &str| Value::Text(text.into());
    let list = |value: Value, count: usize| Value::Array(vec![value; count]);
    let parse = |breakers, instances| {
        let values = vec![Value::Int(50), Value::Int(1), breakers, instances];
        Reply::parse(Script::Look, Value::Array(values))
    };
    let breaker = |name: &str, voters: usize, holders: usize| {
        let (voters, holders) = (list(text("v"), voters), list(text("i"), holders));
        Value::Array(vec![text(name), text("?"), Value::Int(0), text("?"), voters, holders])
    };
    let instance = |name: &str, silent: i64, view: usize| {
        Value::Array(vec![text(name), Value::Int(silent), Value::Text(vec![0xff; view])])
    };
    let none = || list(Value::Nil, 0);
    let Ok(Reply::Look(look)) =
        parse(list(breaker("llm", 32, 32), 64), list(instance("i", 1, 256), 500))
    else {
        panic!("a look at its limits is read")
    };
    assert_eq!((look.breakers.len(), look.instances.len()), (64, 500));
    assert_eq!((look.breakers[0].standing, &look.breakers[0].record), (None, &None));

    for breaker in [breaker("a b", 0, 0), breaker("a", 33, 0), breaker("a", 0, 33), Value::Nil] {
        assert!(parse(list(breaker.clone(), 1), none()).is_err(), "{breaker:?}");
    }
    for instance in [instance("", 1, 0), instance("i", -1, 0), instance("i", 1, 257)] {
        assert!(parse(none(), list(instance.clone(), 1)).is_err(), "{instance:?}");
    }
    assert!(parse(list(breaker("a", 0, 0), 65), none()).is_err());
    assert!(parse(none(), list(instance("i", 0, 0), 501)).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<i64>(), 0..5_i64, Just(1_800_000_000_000)];
    let text = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        "(counted|opened|granted|freed|void|done|closed|too-old|llm|)".prop_map(String::into_bytes),
        "1\\|[0-9]{1,2}\\|(open|closed|half-open)\\|[0-9]\\|0\\|0".prop_map(String::into_bytes),
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Nil),
        4 => number.prop_map(Value::Int),
        4 => text.prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 64, 8, |value| prop::collection::vec(value, 0..8).prop_map(Value::Array))
}

/// Values that have the shape of a reply, with random content in some places.
fn nearly_a_reply() -> impl Strategy<Value = Value> {
    let number = || prop_oneof![8 => (0..100_i64).prop_map(Value::Int), 1 => any_value()];
    let answer = "(counted|opened|granted|freed|void|done|too-old)";
    let answer =
        prop_oneof![8 => answer.prop_map(|it| Value::Text(it.into_bytes())), 1 => any_value()];
    let text = || any_value();
    let rest = prop::collection::vec(prop_oneof![number(), text()], 0..4);
    (number(), answer, text(), number(), rest).prop_map(|(time, answer, register, left, rest)| {
        Value::Array([vec![time, answer, register, left], rest].concat())
    })
}

proptest! {
    #[test]
    fn any_value_can_be_read(value in prop_oneof![any_value(), nearly_a_reply()]) {
        for script in Script::LIST {
            if let Ok(reply) = Reply::parse(script, value.clone()) {
                prop_assert!(reply.time() <= crate::limits::MOST);
                prop_assert!(matches!(value, Value::Array(_)));
            }
        }
    }

    #[test]
    fn a_push_is_read_as_it_was_written(
        epoch in 0..=crate::limits::MOST,
        (state, kind) in prop_oneof![
            Just((State::Open, Kind::Opened)),
            Just((State::Open, Kind::Reopened)),
            Just((State::Closed, Kind::Closed)),
            Just((State::HalfOpen, Kind::Command)),
        ],
        until in 0..2_000_u64,
        failed in 0..9_u64,
        name in "[!-z~]{1,71}",
    ) {
        let now = 1_000;
        let register = Register { epoch: 1, state, until, failed, ok: 0 };
        let text = Push::text(kind, name.as_bytes(), epoch, &register, now);
        let left = Duration::from_millis(register.left(now));
        prop_assert_eq!(Push::parse(&text), Some(Push { epoch, state, left, failed, kind, name }));
    }

    #[test]
    fn any_push_can_be_read(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "1\\|[0-9]{1,3}\\|(open|closed)\\|0?[0-9]\\|[0-9]\\|(opened|command)\\|[a -|]{0,3}"
                .prop_map(String::into_bytes),
        ]
    ) {
        if let Some(push) = Push::parse(&bytes) {
            prop_assert!(!push.name.is_empty() && push.name.len() <= 71);
            prop_assert!(bytes.ends_with(push.name.as_bytes()));
        }
    }

    #[test]
    fn names_never_break_a_key(name in any::<String>()) {
        let name = key_name(&name);
        prop_assert!((1..=71).contains(&name.len()));
        let breaks = |byte: u8| !byte.is_ascii_graphic() || b"{|}".contains(&byte);
        prop_assert!(!name.bytes().any(breaks));
    }
}
