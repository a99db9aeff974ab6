//! Reads the values of a reply.

use std::time::Duration;

use super::Value;
use crate::register::Register;

/// A register at the time of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The register.
    pub register: Register,
    /// The rest of the open phase. In a [`Changed`](super::Changed) it is not cut to a longest open
    /// phase.
    pub left: Duration,
}

pub(super) fn exactly<const N: usize>(values: Vec<Value>) -> Option<[Value; N]> {
    values.try_into().ok()
}

pub(super) fn number(value: &Value) -> Option<u64> {
    let Value::Int(number) = value else { return None };
    u64::try_from(*number).ok().filter(|number| *number <= crate::limits::MOST)
}

pub(super) fn bytes(value: &Value) -> Option<&[u8]> {
    let Value::Text(text) = value else { return None };
    Some(text)
}

/// Returns `None` if the values are malformed, and `Some(None)` if there is no register.
#[expect(clippy::option_option, reason = "the form and the content are two questions")]
pub(super) fn standing(register: &Value, left: &Value) -> Option<Option<Standing>> {
    let left = Duration::from_millis(number(left)?);
    let register = Register::parse(bytes(register)?);
    Some(register.map(|register| Standing { register, left }))
}
