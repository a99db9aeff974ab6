//! The details of a status: `google.rpc.RetryInfo` and `google.rpc.QuotaFailure`
//! (googleapis, `google/rpc/error_details.proto`).
//!
//! They are parsed here because only four fields are needed. The crate tonic-types does not know
//! `quota_id` in its version for tonic 0.13, reads no metadata, and adds a version of prost for
//! each version of tonic.

use std::time::Duration;

/// Returns the longest wait above zero that a `google.rpc.Status` asks for.
pub(super) fn retry_delay(status: &[u8]) -> Option<Duration> {
    details(status, b"google.rpc.RetryInfo").filter_map(delay_of).max()
}

/// Returns the wait in a `RetryInfo`, if it is valid and above zero.
pub(super) fn delay_of(retry_info: &[u8]) -> Option<Duration> {
    /// The maximum seconds of a `google.protobuf.Duration`. A negative number, read as unsigned,
    /// exceeds it.
    const MAX_SECONDS: u64 = 315_576_000_000;
    let duration = messages(retry_info, 1).last()?;
    let seconds = number(duration, 1);
    let nanos = u32::try_from(number(duration, 2)).ok()?;
    let is_valid = seconds <= MAX_SECONDS && nanos < 1_000_000_000;
    is_valid.then(|| Duration::new(seconds, nanos)).filter(|delay| !delay.is_zero())
}

/// Returns whether a `google.rpc.Status` reports that a daily quota is used up.
pub(super) fn is_quota_per_day(status: &[u8]) -> bool {
    const PER_DAY: &[u8] = b"PerDay";
    details(status, b"google.rpc.QuotaFailure")
        .flat_map(|failure| messages(failure, 1))
        .flat_map(|violation| messages(violation, 5))
        .any(|quota_id| quota_id.windows(PER_DAY.len()).any(|part| part == PER_DAY))
}

/// Returns the details of this type. The field `details` holds messages of the type `Any`, each
/// with the URL of a type and a value.
fn details<'b>(status: &'b [u8], name: &'static [u8]) -> impl Iterator<Item = &'b [u8]> {
    messages(status, 3).filter_map(move |any| {
        let url = messages(any, 1).last()?;
        let is_named = url.rsplit(|byte| *byte == b'/').next() == Some(name);
        is_named.then(|| messages(any, 2).last().unwrap_or_default())
    })
}

/// Returns the texts or messages in a field of a message.
fn messages(message: &[u8], field: u64) -> impl Iterator<Item = &[u8]> {
    Fields(message).filter_map(move |(number, value)| match value {
        Value::Bytes(bytes) if number == field => Some(bytes),
        _ => None,
    })
}

/// Returns the number in a field of a message. A field that is absent is zero.
fn number(message: &[u8], field: u64) -> u64 {
    let numbers = Fields(message).filter_map(|(number, value)| match value {
        Value::Number(value) if number == field => Some(value),
        _ => None,
    });
    numbers.last().unwrap_or(0)
}

/// The fields of a message in the encoding of Protocol Buffers. Iteration ends where the message is
/// malformed.
struct Fields<'b>(&'b [u8]);

enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    /// A fixed-width value. No field that is read here has one.
    Fixed,
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Value<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.number()?;
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => self.bytes(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.number()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.bytes(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

impl<'b> Fields<'b> {
    /// Reads a number of seven bits in each byte, lowest first. All bytes but the last have the
    /// eighth bit set.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, length: u64) -> Option<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }
}
