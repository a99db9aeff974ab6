//! Edge cases that random histories seldom reach, in Redis and in `memory`.

#![expect(clippy::cast_precision_loss, reason = "the time is far below 2^53")]

use std::time::Duration;

use retry_fleet::leases::LeaseId;
use retry_fleet::limits::MOST;
use retry_fleet::record::{Force, Record, SetMode};
use retry_fleet::register::{Register, State};
use retry_fleet::wire::{Ask, Beat, Claim, Known, Lease, Outcome, ProbeResult, Request, Vote};
use with_fleet::Server;

use crate::steps::{GROUP, ODD, ODD_FIELDS, hashes, key, sets};
use crate::stores::{Clock, Stores};

const NOW: u64 = 1_800_000_000_000;

/// Returns a beat, whose reply has all registers and records that count.
fn beat() -> Request {
    let beat = Beat {
        instance: "one".to_owned(),
        voter: "host".to_owned(),
        view: String::new(),
        leaving: false,
        shares: Vec::new(),
    };
    Request { group: GROUP.to_owned(), sent: 0, mark: 0, known: Vec::new(), ask: Ask::Beat(beat) }
}

/// Returns the text with each of its fields replaced by each odd value, and with a further field.
fn odd_forms(text: &str) -> Vec<Vec<u8>> {
    let fields: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'|').collect();
    let mut forms = vec![text.as_bytes().to_vec(), fields[1..].join(&b'|')];
    for odd in ODD_FIELDS {
        for place in 0..fields.len() {
            let mut fields = fields.clone();
            fields[place] = odd;
            forms.push(fields.join(&b'|'));
        }
        forms.push([text.as_bytes(), b"|", odd].concat());
    }
    forms
}

#[test]
fn redis_and_memory_read_the_same_texts() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    let registers = ["open", "half-open", "closed"]
        .map(|state| (":r", format!("1|{NOW}|{state}|{}|3|4", NOW + 9)));
    let records = ["closed|0|off|id|by", "open|1800000000009|-|id|a|b", "-|0|-|id|"]
        .map(|rest| (":o", format!("1|{NOW}|{rest}")));
    let mut counted = 0;
    for (end, text) in registers.into_iter().chain(records) {
        for form in odd_forms(&text) {
            stores.put_field(&key(end), b"api", &form);
            stores.put_members(&key(":x"), &[(b"api".to_vec(), 5.0)]);
            let [redis, memory] = stores.run(&beat(), NOW);
            assert_eq!(redis, memory, "{:?}", String::from_utf8_lossy(&form));
            counted += usize::from(format!("{redis:?}").contains("97, 112, 105"));
        }
        stores.flush();
    }
    // Some of them are valid.
    assert!(counted > 50, "{counted}");
}

const LONGEST: Duration = Duration::from_secs(5);

fn lease(known: Register) -> Request {
    let breaker = "api".to_owned();
    let known =
        Known { breaker: breaker.clone(), longest: LONGEST, register: Some(known), record: None };
    let id = LeaseId { instance: "one".to_owned(), sequence: 1 };
    let lease = Lease { breaker, id, claim: Claim::New, places: 1, longest: LONGEST };
    Request { known: vec![known], ask: Ask::Lease(lease), ..beat() }
}

fn outcome(epoch: u64, result: ProbeResult, success_threshold: u32) -> Request {
    let outcome = Outcome {
        breaker: "api".to_owned(),
        id: LeaseId { instance: "one".to_owned(), sequence: 1 },
        epoch,
        result,
        success_threshold,
        open_for: LONGEST,
        longest: LONGEST,
    };
    Request { ask: Ask::Outcome(outcome), ..beat() }
}

/// Returns registers with numbers at boundaries.
fn odd_registers() -> Vec<Register> {
    let mut registers = Vec::new();
    for state in [State::Open, State::HalfOpen, State::Closed] {
        for until in [NOW - 1, NOW, NOW + 1, NOW + 5_000, NOW + 5_001] {
            for (failed, ok) in [(0, 0), (0, 1), (MOST, 0), (1, MOST)] {
                registers.push(Register { epoch: NOW - 1, state, until, failed, ok });
            }
        }
    }
    registers
}

#[test]
fn redis_and_memory_do_the_same_with_odd_registers() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    for register in odd_registers() {
        for (result, threshold) in [
            (ProbeResult::Success, 0),
            (ProbeResult::Success, 2),
            (ProbeResult::Success, u32::MAX),
            (ProbeResult::Failure, 1),
            (ProbeResult::Neutral, 1),
        ] {
            stores.flush();
            // An open register becomes half-open in the epoch after its own.
            let epoch = if register.state == State::Open { NOW } else { register.epoch };
            for request in [lease(register), outcome(epoch, result, threshold), beat()] {
                assert_same(&mut stores, &request);
            }
        }
    }
}

/// Runs a request in both, and compares the replies and all stored data.
fn assert_same(stores: &mut Stores, request: &Request) {
    let [redis, memory] = stores.run(request, NOW);
    assert_eq!(redis, memory, "{request:?}");
    let [redis, memory] = stores.stored(&hashes(), &sets());
    assert_eq!(redis, memory, "{request:?}");
}

#[test]
fn redis_and_memory_leave_out_the_same_names() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    for name in ODD {
        let register = format!("1|{NOW}|open|{NOW}|0|0");
        stores.put_field(&key(":r"), name.as_bytes(), register.as_bytes());
        stores.put_members(&key(":x"), &[(name.as_bytes().to_vec(), 5.0)]);
        assert_same(&mut stores, &beat());
    }
}

#[test]
fn redis_and_memory_order_records_alike() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    let mut records = Vec::new();
    for id in ["c", "c1", "C", "d"] {
        for by in ["", "a", "ab", "B", "é"] {
            let (id, by) = (id.as_bytes().to_vec(), by.as_bytes().to_vec());
            let (force, mode) = (Force::Open, SetMode::None);
            records.push(Record { epoch: NOW, force, until: 0, mode, id, by });
        }
    }
    for stored in &records {
        for known in &records {
            stores.flush();
            stores.put_field(&key(":o"), b"api", &stored.to_bytes());
            let breaker = "api".to_owned();
            let record = Some(known.clone());
            let known = vec![Known { breaker, longest: LONGEST, register: None, record }];
            assert_same(&mut stores, &Request { known, ..beat() });
        }
    }
}

#[test]
fn redis_and_memory_take_the_same_group_for_old_enough() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    let vote = Vote {
        breaker: "api".to_owned(),
        shared_as: "api".to_owned(),
        voter: "host".to_owned(),
        cast: true,
        epoch: 0,
        window: LONGEST,
        quorum: 2,
        open_for: LONGEST,
        longest: LONGEST,
    };
    let vote = Request { ask: Ask::Vote(vote), ..beat() };
    // Three of the shortest beats, and slightly more and less.
    for age in [5_999.0, 5_999.5, 6_000.0, 6_000.5, 6_001.0, -0.5, f64::INFINITY] {
        stores.flush();
        stores.put_members(&key(":a"), &[(b"|".to_vec(), age - NOW as f64)]);
        assert_same(&mut stores, &vote);
    }
}

#[test]
fn redis_and_memory_have_the_same_number_of_places() {
    let server = Server::start();
    let mut stores = Stores::new(&server, Clock::Test);
    let register = Register { epoch: NOW, state: State::HalfOpen, until: NOW, failed: 0, ok: 0 };
    for count in [998, 999, 1_000, 1_001] {
        for (claim, places) in [(Claim::New, u32::MAX), (Claim::New, 999), (Claim::Late, 1)] {
            stores.flush();
            let leases: Vec<_> = (0..count)
                .map(|number| (format!("{NOW}|two/{number}").into_bytes(), NOW as f64 + 5.0))
                .collect();
            stores.put_members(&key(":s:api"), &leases);
            let mut request = lease(register);
            let Ask::Lease(lease) = &mut request.ask else { unreachable!() };
            (lease.claim, lease.places) = (claim, places);
            assert_same(&mut stores, &request);
        }
    }
}
