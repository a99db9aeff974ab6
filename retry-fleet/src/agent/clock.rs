//! The server's clock, as an instance knows it from replies.

use std::time::Duration;

use crate::limits::MOST;

const MILLI: u64 = 1_000_000;
/// The smallest jump that is reported, in milliseconds.
const JUMP: u64 = 60 * 60 * 1_000;

/// The reading of the server's clock in the last reply. Forgotten with the connection.
#[derive(Clone, Copy, Default)]
pub(crate) struct ServerClock(Option<Seen>);

#[derive(Clone, Copy)]
struct Seen {
    /// The server's time in milliseconds.
    time: u64,
    /// The process's time in nanoseconds.
    at: u64,
}

/// A jump of the server's clock by more than an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    pub(crate) is_forward: bool,
    pub(crate) by: Duration,
}

impl ServerClock {
    /// Returns the server's time now, late by the return trip of the last reply. `None` if there
    /// was no reply.
    pub(crate) fn time(&self, now: u64) -> Option<u64> {
        let Seen { time, at } = self.0?;
        Some(time.saturating_add(now.saturating_sub(at) / MILLI).min(MOST))
    }

    /// Notes the time in a reply. Returns the jump since the last reply, if there was one.
    pub(crate) fn saw(&mut self, time: u64, now: u64) -> Option<Jump> {
        let expected = self.time(now).unwrap_or(time);
        self.0 = Some(Seen { time, at: now });
        let by = time.abs_diff(expected);
        let jump = Jump { is_forward: time > expected, by: Duration::from_millis(by) };
        (by > JUMP).then_some(jump)
    }

    /// Converts a past time of the server to the process's clock. A future time becomes `now`.
    pub(crate) fn past(&self, time: u64, now: u64) -> u64 {
        let ago = self.time(now).unwrap_or(time).saturating_sub(time);
        now.saturating_sub(ago.saturating_mul(MILLI)).max(1)
    }

    /// Returns the time from now until a time of the server. Zero if it is past.
    pub(crate) fn until(&self, time: u64, now: u64) -> Duration {
        Duration::from_millis(self.time(now).map_or(0, |server| time.saturating_sub(server)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * 60 * 1_000;

    #[test]
    fn it_goes_on_from_the_last_reply() {
        let mut clock = ServerClock::default();
        assert_eq!(clock.time(5), None);
        assert_eq!(clock.saw(1_000, 5 * MILLI), None);
        assert_eq!(clock.time(9 * MILLI), Some(1_004));
        assert_eq!(clock.past(1_001, 9 * MILLI), 6 * MILLI);
        assert_eq!(clock.past(9_999, 9 * MILLI), 9 * MILLI);
        assert_eq!(clock.until(1_010, 9 * MILLI), Duration::from_millis(6));
    }

    #[test]
    fn a_jump_of_more_than_an_hour_is_told() {
        let mut clock = ServerClock::default();
        clock.saw(10 * HOUR, MILLI);
        assert_eq!(clock.saw(11 * HOUR, 2 * MILLI), None);
        let back = clock.saw(9 * HOUR, 3 * MILLI).unwrap();
        assert!(!back.is_forward && back.by > Duration::from_secs(7_200));
        assert!(clock.saw(11 * HOUR, 3 * MILLI).unwrap().is_forward);
    }
}
