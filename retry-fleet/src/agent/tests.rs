//! A hostile server neither makes the agent panic nor makes it grow without bound.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use retry_runtime::CircuitBreaker;
use retry_runtime::fleet::now;

use super::{Agent, Step};
use crate::control::control;
use crate::limits::{BREAKERS, MOST};
use crate::setup::{Setup, Shared};
use crate::transport::{Lost, Reason};
use crate::votes::Quorum;
use crate::wire::{Script, Value};

const NAME: &str = "hostile";

fn agent(breaker: &Arc<CircuitBreaker>) -> Agent {
    let setup = Setup {
        group: "group".to_owned(),
        instance: "instance".to_owned(),
        voter: "voter".to_owned(),
        version: String::new(),
        quorum: Quorum::default(),
        shared: vec![Shared::Breaker(breaker.into())],
        share_listed: false,
        hash_keys: false,
        observes: false,
    };
    let (_, orders) = control();
    Agent::new(&setup, Arc::clone(&orders.status), now())
}

/// Numbers near the limits, and near the server's time.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..5_u64, 1_000_000..1_000_100_u64, Just(MOST), Just(MOST - 1), 0..=MOST]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(NAME.to_owned()), 1 => "[a-z]{1,3}"]
}

fn register() -> impl Strategy<Value = String> {
    let state = prop_oneof![Just("open"), Just("half-open"), Just("closed")];
    let fields = (number(), state, number(), number(), number());
    let text = fields.prop_map(|(epoch, state, until, failed, ok)| {
        format!("1|{epoch}|{state}|{until}|{failed}|{ok}")
    });
    prop_oneof![8 => text, 1 => Just(String::new()), 1 => ".{0,20}"]
}

fn record() -> impl Strategy<Value = String> {
    let force = prop_oneof![Just("-"), Just("open"), Just("closed")];
    let mode = prop_oneof![Just("-"), Just("enforce"), Just("observe"), Just("off")];
    let fields = (number(), force, number(), mode);
    let text = fields
        .prop_map(|(epoch, force, until, mode)| format!("1|{epoch}|{force}|{until}|{mode}|id|by"));
    prop_oneof![1 => text, 3 => Just(String::new())]
}

fn push() -> impl Strategy<Value = String> {
    let state = prop_oneof![Just("open"), Just("half-open"), Just("closed")];
    let kind = prop_oneof![Just("opened"), Just("reopened"), Just("closed"), Just("command")];
    let fields = (number(), state, number(), number(), kind, name());
    let text = fields.prop_map(|(epoch, state, left, failed, kind, name)| {
        format!("1|{epoch}|{state}|{left}|{failed}|{kind}|{name}")
    });
    prop_oneof![8 => text, 1 => ".{0,40}"]
}

/// The next message of a hostile server. The answer that fits the request is used.
#[derive(Debug, Clone)]
struct Said {
    numbers: [u64; 4],
    register: String,
    record: String,
    names: Vec<String>,
    answer: usize,
    push: Option<String>,
    /// Milliseconds until the next step.
    pause: u64,
    /// A call fails or succeeds, or the connection fails.
    event: u8,
}

fn said() -> impl Strategy<Value = Said> {
    let numbers = [number(), number(), number(), number()];
    let texts = (register(), record(), vec(name(), 0..70));
    let rest = (0..8_usize, proptest::option::of(push()), 0..10_000_u64, 0..12_u8);
    (numbers, texts, rest).prop_map(|(numbers, texts, (answer, push, pause, event))| {
        let (register, record, names) = texts;
        Said { numbers, register, record, names, answer, push, pause, event }
    })
}

impl Said {
    fn reply(&self, script: Script) -> Value {
        let int = |number: u64| Value::Int(i64::try_from(number).unwrap());
        let text = |text: &str| Value::Text(text.as_bytes().to_vec());
        let answer = |answers: &[&str]| text(answers[self.answer % answers.len()]);
        let [time, one, two, three] = self.numbers;
        // The server's time mostly moves forward.
        let time = if self.event == 0 { time } else { 1_000_000 };
        let standing = [text(&self.register), int(three)];
        let (register, left) = (standing[0].clone(), standing[1].clone());
        Value::Array(match script {
            Script::Beat => {
                let changed = self.names.iter().map(|name| {
                    let fields = [text(name), register.clone(), left.clone(), text(&self.record)];
                    Value::Array(fields.to_vec())
                });
                let changed = Value::Array(changed.collect());
                vec![int(time), int(one), int(two), int(three), int(one % 2), changed]
            }
            Script::Vote => {
                let answer =
                    answer(&["counted", "opened", "open", "other-epoch", "full", "too-old"]);
                vec![int(time), answer, register, left, int(one), int(two), int(three)]
            }
            Script::Lease => {
                let answers =
                    ["granted", "granted", "refused", "waiting", "closed", "none", "other-epoch"];
                vec![int(time), answer(&answers), register, left, int(one)]
            }
            Script::Outcome => {
                let answers = ["counted", "closed", "reopened", "freed", "void", "too-old"];
                vec![int(time), answer(&answers), register, left]
            }
            Script::Command => vec![int(time), text("done"), register, left, text(&self.record)],
            Script::Look => {
                let names =
                    Value::Array(self.names.iter().take(32).map(|name| text(name)).collect());
                let breakers = self.names.iter().take(64).map(|name| {
                    let record = text(&self.record);
                    let fields = [text(name), register.clone(), left.clone(), record];
                    Value::Array([&fields[..], &[names.clone(), names.clone()]].concat())
                });
                let breakers = Value::Array(breakers.collect());
                let instances = self
                    .names
                    .iter()
                    .map(|name| Value::Array(vec![text(name), int(two), text(&self.record)]));
                vec![int(time), int(one), breakers, Value::Array(instances.collect())]
            }
        })
    }
}

proptest! {
    #[test]
    fn a_hostile_server_does_no_harm(all in vec(said(), 1..60)) {
        let breaker = Arc::new(CircuitBreaker::named(NAME).failure_threshold(1));
        let mut agent = agent(&breaker);
        let mut time = now();
        agent.connected(time);
        let mut views = Vec::new();
        for said in all {
            match said.event {
                1 | 2 => drop(breaker.try_acquire().map(retry_runtime::Permit::failure)),
                3 | 4 => drop(breaker.try_acquire().map(retry_runtime::Permit::success)),
                5 => {
                    agent.failed(&Lost::new(Reason::Closed, ""), time);
                    agent.connected(time);
                }
                6 => {
                    let (viewer, view) = tokio::sync::oneshot::channel();
                    agent.order_view(viewer, time);
                    views.push(view);
                }
                _ => {}
            }
            match agent.next(time) {
                Step::Send(request) => {
                    prop_assert!(request.known.len() <= 256);
                    let replied = agent.replied(said.reply(request.script()), time);
                    if let Err(lost) = replied {
                        agent.failed(&lost, time);
                        agent.connected(time);
                    }
                }
                Step::Wait(until) => time = time.max(until.min(time + 10_000_000_000)),
                Step::Done => prop_assert!(false, "nobody has asked it to leave"),
            }
            if let Some(push) = &said.push {
                agent.pushed(push.as_bytes(), time);
            }
            time += said.pause * 1_000_000;
        }
        prop_assert!(agent.copies.len() <= BREAKERS + 1);
        for view in views.iter_mut().filter_map(|view| view.try_recv().ok()) {
            prop_assert!(view.breakers.len() <= 64 && view.instances.len() <= 500);
        }
    }
}

#[test]
fn copies_of_other_breakers_are_limited() {
    let breaker = Arc::new(CircuitBreaker::named(NAME));
    let mut agent = agent(&breaker);
    let began = now();
    agent.connected(began);
    let Step::Send(_) = agent.next(began) else { panic!("it begins with a beat") };
    let said = Said {
        numbers: [1_000_000, 1, 2_000, 0],
        register: String::new(),
        record: String::new(),
        names: Vec::new(),
        answer: 0,
        push: None,
        pause: 0,
        event: 1,
    };
    agent.replied(said.reply(Script::Beat), began).unwrap();
    for number in 0..3 * BREAKERS {
        let push = format!("1|1000000|open|5000|0|opened|b{number}");
        agent.pushed(push.as_bytes(), began);
    }
    assert_eq!(agent.copies.len(), BREAKERS);
}
