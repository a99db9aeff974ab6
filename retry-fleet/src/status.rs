//! The status of a fleet.

use std::fmt;
use std::time::Duration;

use crate::transport::Reason;

/// The relation of this process to its fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The shared breakers follow the fleet.
    Coordinated {
        /// The time from the last command to its reply.
        round_trip: Duration,
        /// The number of instances that are alive as of the last beat, including this one.
        instances: u32,
    },
    /// Each breaker behaves as it does without a fleet.
    Alone {
        /// The time since the fleet was lost, or since the start.
        since: Duration,
        /// The reason why the instance is alone.
        reason: Reason,
    },
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coordinated { round_trip, instances } => {
                let plural = if *instances == 1 { "" } else { "s" };
                write!(f, "coordinated, {instances} instance{plural}, round trip {round_trip:?}")
            }
            Self::Alone { since, reason } => write!(f, "alone for {since:?}: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_this_instance_too() {
        let status = |instances| {
            let round_trip = Duration::from_millis(2);
            Status::Coordinated { round_trip, instances }.to_string()
        };
        assert_eq!(status(1), "coordinated, 1 instance, round trip 2ms");
        assert_eq!(status(3), "coordinated, 3 instances, round trip 2ms");
    }
}
