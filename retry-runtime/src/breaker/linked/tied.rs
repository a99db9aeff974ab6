//! The agent's hold on a breaker.

use crate::breaker::Handle;

/// A breaker that an agent coordinates. It keeps the breaker alive.
///
/// Dropping it leaves the breaker alone: not coordinated, without unclaimed leases and without a
/// source. What the fleet forced stays so until its end. The breaker may be tied again.
#[derive(Debug)]
pub struct Tied {
    breaker: Handle,
}
