//! `look`: the request for the operators' view, and its reply.

use super::Value;
use super::values::{Standing, bytes, exactly, number, standing};
use crate::limits::{LOOKED, LOOKED_INSTANCES, LOOKED_NAMES, VIEW};
use crate::record::Record;
use crate::text;

/// Reads the fleet's state of some breakers, and the instances that are alive. Changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The names of at most 64 breakers on the wire. Further ones are ignored.
    pub breakers: Vec<String>,
}

/// The reply to a look.
#[derive(Clone, Debug, PartialEq)]
pub struct LookReply {
    /// Redis' time.
    pub time: u64,
    /// The number of instances that are alive.
    pub alive: u64,
    /// The breakers that were asked for, in this order.
    pub breakers: Vec<LookedBreaker>,
    /// At most 500 instances that are alive, those that have been silent for the longest first.
    pub instances: Vec<LookedInstance>,
}

/// A breaker at the time of a look.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedBreaker {
    /// The name of the breaker on the wire.
    pub breaker: String,
    /// The register, with the rest of its open phase.
    pub standing: Option<Standing>,
    /// The operator's record.
    pub record: Option<Record>,
    /// At most 32 voters whose votes count.
    pub voters: Vec<String>,
    /// The instances that hold at most 32 unexpired leases, each once for each lease.
    pub probing: Vec<String>,
}

/// An instance at the time of a look.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedInstance {
    /// The name of the instance on the wire.
    pub instance: String,
    /// The milliseconds since its last beat. They are computed from the time until which it counts
    /// as alive and the current number of instances. They are exact in groups of up to 800
    /// instances, whose time between beats is constant.
    pub silent: u64,
    /// The view that it has written, at most 256 bytes. Empty if there is none.
    pub view: Vec<u8>,
}

impl Look {
    /// Returns the breakers whose names are sent.
    pub(super) fn named(&self) -> impl Iterator<Item = &String> {
        self.breakers.iter().take(LOOKED)
    }
}

impl LookReply {
    pub(super) fn parse(values: Vec<Value>) -> Option<Self> {
        let [time, alive, breakers, instances] = exactly(values)?;
        Some(Self {
            time: number(&time)?,
            alive: number(&alive)?,
            breakers: list(breakers, LOOKED, LookedBreaker::parse)?,
            instances: list(instances, LOOKED_INSTANCES, LookedInstance::parse)?,
        })
    }
}

impl LookedBreaker {
    fn parse(value: Value) -> Option<Self> {
        let Value::Array(values) = value else { return None };
        let [breaker, register, left, record, voters, probing] = exactly(values)?;
        Some(Self {
            breaker: name(breaker)?,
            standing: standing(&register, &left)?,
            record: Record::parse(bytes(&record)?),
            voters: list(voters, LOOKED_NAMES, name)?,
            probing: list(probing, LOOKED_NAMES, name)?,
        })
    }
}

impl LookedInstance {
    fn parse(value: Value) -> Option<Self> {
        let Value::Array(values) = value else { return None };
        let [instance, silent, view] = exactly(values)?;
        let Value::Text(view) = view else { return None };
        if view.len() > VIEW {
            return None;
        }
        Some(Self { instance: name(instance)?, silent: number(&silent)?, view })
    }
}

fn list<T>(value: Value, most: usize, parse: impl Fn(Value) -> Option<T>) -> Option<Vec<T>> {
    let Value::Array(values) = value else { return None };
    if values.len() > most {
        return None;
    }
    values.into_iter().map(parse).collect()
}

fn name(value: Value) -> Option<String> {
    let Value::Text(name) = value else { return None };
    if text::is_name(&name) { String::from_utf8(name).ok() } else { None }
}
