//! The steps of a history. Their random numbers are drawn before the history runs. Each step picks
//! from the state that it finds.

#![expect(clippy::cast_precision_loss, reason = "any score will do")]

use std::time::Duration;

use proptest::prelude::*;
use retry_fleet::leases::LeaseId;
use retry_fleet::limits::MOST;
use retry_fleet::record::{Force, Record, SetMode};
use retry_fleet::register::{Register, State};
use retry_fleet::wire::{
    Ask, Beat, Claim, Command, Known, Lease, Look, Outcome, ProbeResult, Reply, Request, Value,
    Vote, What,
};

use crate::stores::{Stores, time};

pub const GROUP: &str = "g";
const BREAKERS: [&str; 3] = ["api", "~z", "sha256:00"];
/// Names that are invalid on the wire, except for the last one.
pub const ODD: [&str; 5] = ["a b", "", "{x", LONG, LONGEST];
const LONG: &str = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
const LONGEST: &str = LONG.split_at(71).0;
const INSTANCES: [&str; 3] = ["one", "two", "three"];
const VOTERS: [&str; 3] = ["host", "host2", "HOST"];
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// Values for a field of a register or record. Most are invalid.
pub const ODD_FIELDS: [&[u8]; 30] = [
    b"",
    b"0",
    b"00",
    b"01",
    b"1",
    b"2",
    b"-1",
    b"+1",
    b" 1",
    b"1 ",
    b"1.0",
    b"1e3",
    b"0x10",
    b"9007199254740991",
    b"9007199254740992",
    b"9007199254740993",
    b"10000000000000000",
    b"inf",
    b"open",
    b"closed",
    b"half-open",
    b"off",
    b"-",
    b"OPEN",
    &[b'x'; 64],
    &[b'x'; 65],
    &[b'x'; 72],
    b"\x7f",
    b"\x1f\n",
    b"\x80\xff",
];

/// A step: random numbers for all its choices.
pub type Step = Vec<u32>;

pub fn step() -> impl Strategy<Value = Step> {
    prop::collection::vec(any::<u32>(), 30)
}

/// Reads a step's numbers, and zeros after the last one.
struct Dice<'a>(std::slice::Iter<'a, u32>);

impl Dice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |number| *number as usize % limit)
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn name(&mut self, choices: &[&str]) -> String {
        self.of(choices).to_owned()
    }

    /// Mostly returns the first choice, so that steps affect the same data.
    fn mostly(&mut self, choices: &[&str]) -> String {
        if self.below(4) == 3 { self.name(choices) } else { choices[0].to_owned() }
    }
}

/// The state of a history.
pub struct World {
    now: u64,
    mark: u64,
    registers: Vec<Register>,
    records: Vec<Record>,
    /// The keys of sorted sets with many members.
    crowded: Vec<Vec<u8>>,
    log: Vec<String>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: 1_800_000_000_000,
            mark: 0,
            registers: Vec::new(),
            records: Vec::new(),
            crowded: Vec::new(),
            log: Vec::new(),
        }
    }
}

impl World {
    /// Runs a step in both stores, and compares them.
    pub fn take(&mut self, step: &[u32], stores: &mut Stores) -> Result<(), TestCaseError> {
        let mut dice = Dice(step.iter());
        match dice.below(40) {
            0..30 => self.ask(&mut dice, stores)?,
            30..34 => {
                let spans = [1_000, 1, 250, 2_000, 1_000, 6_000, 7_000, 61_000, HOUR + 1, 8 * DAY];
                self.now += dice.of(&spans);
                self.log.push(format!("now {}", self.now));
            }
            34..36 => self.spoil_hash(&mut dice, stores),
            36..38 => self.spoil_set(&mut dice, stores),
            38 => self.crowd(&mut dice, stores),
            _ => {
                // Rare, because it discards all data.
                if dice.below(4) == 3 {
                    self.log.push("flush".to_owned());
                    stores.flush();
                }
            }
        }
        let sets: Vec<_> = sets().into_iter().filter(|key| !self.crowded.contains(key)).collect();
        let [redis, memory] = stores.stored(&hashes(), &sets);
        prop_assert_eq!(redis, memory, "\n{}", self.log());
        Ok(())
    }

    /// Compares data for which a comparison after each step would take too long.
    pub fn end(&self, stores: &mut Stores) -> Result<(), TestCaseError> {
        let [redis, memory] = stores.stored(&hashes(), &self.crowded);
        prop_assert_eq!(redis, memory, "\n{}", self.log());
        Ok(())
    }

    fn log(&self) -> String {
        self.log.join("\n")
    }

    fn ask(&mut self, dice: &mut Dice<'_>, stores: &mut Stores) -> Result<(), TestCaseError> {
        let request = Request {
            group: GROUP.to_owned(),
            sent: dice.of(&[self.now, 0, self.now - 5_000, self.now - 5_001, self.now + DAY]),
            mark: dice.of(&[self.mark, 0, self.mark, self.now + DAY, MOST]),
            known: (0..dice.below(3)).map(|_| self.known(dice)).collect(),
            ask: self.question(dice),
        };
        self.log.push(format!("{} {request:?}", self.now));
        let [redis, memory] = stores.run(&request, self.now);
        self.now = time(&redis);
        self.log.push(format!("{memory:?}"));
        prop_assert_eq!(&redis, &memory, "\n{}", self.log());
        let [redis_pushes, memory_pushes] = stores.published();
        prop_assert_eq!(redis_pushes, memory_pushes, "\n{}", self.log());
        self.learn(&request, redis)
    }

    /// Keeps data for later steps.
    fn learn(&mut self, request: &Request, reply: Value) -> Result<(), TestCaseError> {
        let reply = Reply::parse(request.script(), reply);
        let reply = reply.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let standing = match reply {
            Reply::Beat(beat) => {
                self.mark = beat.mark;
                for changed in beat.changed {
                    self.registers.extend(changed.standing.map(|standing| standing.register));
                    self.records.extend(changed.record);
                }
                None
            }
            Reply::Vote(vote) => vote.standing,
            Reply::Lease(lease) => lease.standing,
            Reply::Outcome(outcome) => outcome.standing,
            Reply::Command(command) => {
                self.records.extend(command.record);
                command.standing
            }
            Reply::Look(_) => None,
        };
        self.registers.extend(standing.map(|standing| standing.register));
        Ok(())
    }

    fn question(&self, dice: &mut Dice<'_>) -> Ask {
        let breaker = dice.mostly(&BREAKERS);
        let id = LeaseId { instance: dice.mostly(&INSTANCES), sequence: dice.below(2) as u64 };
        let epoch = self.registers.last().map_or(0, |register| register.epoch);
        let epoch = dice.of(&[epoch, epoch, epoch, 0, MOST]);
        let longest = span(dice);
        match dice.below(11) {
            0..2 => Ask::Beat(Beat {
                instance: dice.name(&INSTANCES),
                voter: dice.name(&VOTERS),
                view: dice.of(&["{}", ""]).repeat(dice.of(&[1, 128, 129])),
                leaving: dice.below(5) == 4,
                shares: BREAKERS[..dice.below(4)].iter().map(ToString::to_string).collect(),
            }),
            2..5 => Ask::Vote(Vote {
                shared_as: dice.of(&[breaker.clone(), "set".to_owned()]),
                breaker,
                voter: dice.name(&VOTERS),
                cast: dice.below(6) != 5,
                epoch,
                window: span(dice),
                quorum: dice.of(&[1, 2, 0, 3, 1_000, u32::MAX]),
                open_for: span(dice),
                longest,
            }),
            5..7 => Ask::Lease(Lease {
                breaker,
                id,
                claim: dice.of(&[Claim::New, Claim::Renew(epoch), Claim::Late]),
                places: dice.of(&[1, 2, 0, u32::MAX]),
                longest,
            }),
            7..9 => Ask::Outcome(Outcome {
                breaker,
                id,
                epoch,
                result: dice.of(&[
                    ProbeResult::Success,
                    ProbeResult::Failure,
                    ProbeResult::Success,
                    ProbeResult::Neutral,
                ]),
                success_threshold: dice.of(&[1, 2, 0, u32::MAX]),
                open_for: span(dice),
                longest,
            }),
            9 => Ask::Look(Look {
                breakers: (0..dice.of(&[3, 0, 65]))
                    .map(|_| dice.name(&["api", "~z", "sha256:00", LONG, LONGEST]))
                    .collect(),
            }),
            _ => {
                let some = Some(span(dice));
                let lasting = dice.of(&[None, Some(Duration::ZERO), some]);
                Ask::Command(Command {
                    breaker,
                    what: dice.of(&[
                        What::Open(lasting),
                        What::Closed(lasting),
                        What::Reset,
                        What::Mode(SetMode::Observe),
                        What::Mode(SetMode::None),
                    ]),
                    id: dice.name(&["c1", "c2", "c3"]),
                    by: dice.name(&["ann", "", "a|b|é", "\u{1}\u{7f}x"]),
                })
            }
        }
    }

    fn known(&self, dice: &mut Dice<'_>) -> Known {
        let register = match dice.below(3) {
            0 => None,
            1 if !self.registers.is_empty() => Some(dice.of(&self.registers)),
            _ => Some(self.register(dice)),
        };
        let record = match dice.below(4) {
            0 if !self.records.is_empty() => Some(dice.of(&self.records)),
            1 => Some(self.record(dice)),
            _ => None,
        };
        // An invalid name reaches the scripts only through a faulty sender.
        let breaker = if dice.below(4) == 3 { dice.name(&ODD) } else { dice.mostly(&BREAKERS) };
        Known { breaker, longest: span(dice), register, record }
    }

    /// Returns a time, most likely one at which something ends.
    fn time(&self, dice: &mut Dice<'_>) -> u64 {
        let now = self.now;
        let seen = self.registers.last().map_or(now, |register| register.epoch);
        let near = [seen, now, now + 60_000, now - HOUR, now + DAY, now - 7 * DAY];
        let far = [0, 1, MOST, MOST - 1];
        let time = if dice.below(8) == 7 { dice.of(&far) } else { dice.of(&near) };
        dice.of(&[time, time, time + 1, time.saturating_sub(1)]).min(MOST)
    }

    fn register(&self, dice: &mut Dice<'_>) -> Register {
        Register {
            epoch: self.time(dice),
            state: dice.of(&[State::Open, State::HalfOpen, State::Closed]),
            until: self.time(dice),
            failed: dice.of(&[0, 1, MOST]),
            ok: dice.of(&[0, 1, MOST]),
        }
    }

    fn record(&self, dice: &mut Dice<'_>) -> Record {
        let force = dice.of(&[Force::Open, Force::Closed, Force::None]);
        let until = if force == Force::None { 0 } else { self.time(dice) };
        let mode = dice.of(&[SetMode::None, SetMode::Enforce, SetMode::Off]);
        let ids: [&[u8]; 4] = [b"c1", b"c2", b"C", b"z~"];
        let by: [&[u8]; 4] = [b"ann", b"", b"\xff|", b"Ann"];
        let epoch = self.time(dice);
        Record { epoch, force, until, mode, id: dice.of(&ids).to_vec(), by: dice.of(&by).to_vec() }
    }

    /// Writes a value into a hash that only another program would write.
    fn spoil_hash(&mut self, dice: &mut Dice<'_>, stores: &mut Stores) {
        let field = if dice.below(3) == 2 { dice.name(&ODD) } else { dice.mostly(&BREAKERS) };
        let valid = match dice.below(2) {
            0 => self.register(dice).to_string().into_bytes(),
            _ => self.record(dice).to_bytes(),
        };
        let value = spoiled(valid, dice);
        let key = dice.of(&hashes());
        self.log.push(format!("{:?} {field:?} = {:?}", text(&key), text(&value)));
        stores.put_field(&key, field.as_bytes(), &value);
    }

    /// Writes a member into a sorted set that only another program would write.
    fn spoil_set(&mut self, dice: &mut Dice<'_>, stores: &mut Stores) {
        let epoch = self.registers.last().map_or(0, |register| register.epoch);
        let members = [
            b"|".to_vec(),
            b"one".to_vec(),
            b"api".to_vec(),
            b"\xff\0".to_vec(),
            dice.name(&ODD).into_bytes(),
            format!("{epoch}|HOST").into_bytes(),
            format!("{epoch}|one/0").into_bytes(),
            format!("{epoch}|one/\n/00").into_bytes(),
            format!("0{epoch}|one/0").into_bytes(),
        ];
        let member = dice.of(&members);
        let now = self.now as f64;
        let choices = [now, 0.0, -now, now + 1e5, f64::INFINITY, f64::NEG_INFINITY, 1e300, 5e-324];
        let score = dice.of(&choices) + dice.of(&[0.0, 0.5, 0.25, -0.5]);
        let key = dice.of(&sets());
        self.log.push(format!("{:?} {:?} = {score}", text(&key), text(&member)));
        stores.put_members(&key, &[(member, score)]);
    }

    /// Fills a sorted set up to or almost up to the limit of the scripts.
    fn crowd(&mut self, dice: &mut Dice<'_>, stores: &mut Stores) {
        let epoch = self.registers.last().map_or(0, |register| register.epoch);
        let (ends, count, prefix) = dice.of(&[
            (":x", 4_096, String::new()),
            (":a", 1_000, String::new()),
            (":q", 20, String::new()),
            (":s:api", 1_000, format!("{epoch}|")),
            (":v:api", 1_000, format!("{epoch}|")),
        ]);
        let count = count - dice.below(3);
        let score = (self.now + dice.of(&[0, 1, 5_000])) as f64;
        self.log.push(format!("{count} members of {ends} = {score}"));
        let members: Vec<_> = (0..count)
            .map(|number| (format!("{prefix}crowd{number}").into_bytes(), score))
            .collect();
        stores.put_members(&key(ends), &members);
        if members.len() > 100 {
            self.crowded.push(key(ends));
        }
    }
}

fn span(dice: &mut Dice<'_>) -> Duration {
    Duration::from_millis(dice.of(&[60_000, 1_000, 1_000, 0, 5_000, MOST, 600_000]))
}

/// Changes a valid text, or leaves it.
fn spoiled(mut text: Vec<u8>, dice: &mut Dice<'_>) -> Vec<u8> {
    let place = dice.below(text.len());
    match dice.below(6) {
        0 => text,
        1 => {
            text[place] = dice.of(b"0|9 -.e\xff\0\n");
            text
        }
        2 => text[..place].to_vec(),
        3 => text.repeat(1_000),
        _ => with_odd_field(&text, dice),
    }
}

/// Replaces a field of a register or record.
fn with_odd_field(text: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = text.split(|byte| *byte == b'|').collect();
    let place = dice.below(parts.len());
    parts[place] = dice.of(&ODD_FIELDS);
    parts.join(&b'|')
}

pub fn key(end: &str) -> Vec<u8> {
    format!("{{rf1:{GROUP}}}{end}").into_bytes()
}

/// Returns the keys of all hashes that a history may have.
pub fn hashes() -> Vec<Vec<u8>> {
    [":r", ":o", ":i"].map(key).to_vec()
}

/// Returns the keys of all sorted sets that a history may have.
pub fn sets() -> Vec<Vec<u8>> {
    let mut keys = [":x", ":a", ":q", ":w:set"].map(key).to_vec();
    for breaker in BREAKERS {
        keys.extend([":v:", ":s:", ":w:"].map(|kind| key(&format!("{kind}{breaker}"))));
    }
    keys
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
