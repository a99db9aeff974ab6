//! An operator's command for one breaker in the whole fleet.

use std::fmt;

use crate::limits::{AHEAD, BY, FORGOTTEN};
use crate::text;

#[cfg(test)]
mod tests;

/// A state that an operator forces. The order is that of a merge at equal epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Force {
    /// The fleet decides.
    None,
    /// Every call is admitted.
    Closed,
    /// Every call is rejected.
    Open,
}

impl Force {
    /// Returns the text on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// A mode that an operator has set. The order is that of a merge at equal epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetMode {
    /// Each process has its own mode.
    None,
    /// `Mode::Enforce`.
    Enforce,
    /// `Mode::Observe`.
    Observe,
    /// `Mode::Off`.
    Off,
}

impl SetMode {
    /// Returns the text on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Enforce => "enforce",
            Self::Observe => "observe",
            Self::Off => "off",
        }
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut all = [Self::None, Self::Enforce, Self::Observe, Self::Off].into_iter();
        all.find(|mode| mode.as_str().as_bytes() == text)
    }
}

/// An operator's command for one breaker.
///
/// The text is `1|epoch|force|until|mode|id|by`. Of two records the greater one counts, in the
/// order of the fields. Text compares bytewise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// The number of this command, from the same sequence as the epochs of registers.
    pub epoch: u64,
    /// The forced state.
    pub force: Force,
    /// The end of the force by Redis' clock. 0 means until a reset. Without a force it is 0.
    pub until: u64,
    /// The mode that was set. It does not expire.
    pub mode: SetMode,
    /// Identifies the command, so a repetition changes nothing. A name of the wire.
    pub id: Vec<u8>,
    /// The name of the operator: at most 64 bytes without control characters. It may hold `|`.
    pub by: Vec<u8>,
}

impl Record {
    /// Reads a text in exactly the form that [`to_bytes`](Self::to_bytes) writes.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let [b"1", epoch, force, until, mode, id, by] = text::fields(text)? else { return None };
        let mut forces = [Force::None, Force::Closed, Force::Open].into_iter();
        let record = Self {
            epoch: text::number(epoch)?,
            force: forces.find(|value| value.as_str().as_bytes() == force)?,
            until: text::number(until)?,
            mode: SetMode::parse(mode)?,
            id: id.to_vec(),
            by: by.to_vec(),
        };
        let is_valid = text::is_name(&record.id)
            && by.len() <= BY
            && !by.iter().any(u8::is_ascii_control)
            && (record.force != Force::None || record.until == 0);
        is_valid.then_some(record)
    }

    /// Returns the text.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { epoch, force, until, mode, id, by } = self;
        let numbers = format!("1|{epoch}|{}|{until}|{}|", force.as_str(), mode.as_str());
        [numbers.as_bytes(), id, b"|", by].concat()
    }

    /// Returns the force that is in effect at this time of Redis' clock.
    #[must_use]
    pub fn force(&self, now: u64) -> Force {
        if self.until != 0 && self.until <= now { Force::None } else { self.force }
    }

    /// Returns whether the record counts at this time of Redis' clock. Its epoch must not be more
    /// than a day ahead. A record without effect stops counting seven days after its end.
    #[must_use]
    pub fn counts(&self, now: u64) -> bool {
        let has_effect = self.mode != SetMode::None || self.force(now) != Force::None;
        let end = if self.until == 0 { self.epoch } else { self.until };
        self.epoch <= now.saturating_add(AHEAD)
            && (has_effect || end >= now.saturating_sub(FORGOTTEN))
    }
}

impl fmt::Display for Record {
    /// Writes the text for people. Invalid UTF-8 is replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

/// Returns an operator's name in the form of records: without control characters and at most 64
/// bytes, cut between characters.
#[must_use]
pub fn operator(name: &str) -> String {
    let mut kept = String::new();
    for character in name.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > BY {
            break;
        }
        kept.push(character);
    }
    kept
}
