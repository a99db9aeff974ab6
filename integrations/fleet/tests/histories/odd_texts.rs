//! Stored texts in every odd form, read by Redis and by the memory.

use retry_fleet::wire::{Ask, Beat, Request};
use with_fleet::Server;

use crate::steps::{GROUP, ODD_FIELDS, key};
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

/// Returns the text with each of its fields replaced by each odd one, and with one more at the end.
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
    // Some are in form.
    assert!(counted > 50, "{counted}");
}
