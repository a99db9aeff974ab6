//! The breakers that the instances share.

use std::time::Duration;

use retry_runtime::CircuitBreaker;

/// The number of processes.
pub const INSTANCES: usize = 8;
/// The open phase of all breakers.
pub const RECOVERY: Duration = Duration::from_secs(2);
/// The time between two beats in a group of this size.
pub const BEAT: Duration = Duration::from_secs(2);
/// The most probes at a time of each breaker.
pub const PLACES: usize = 2;
/// The longest call. It is shorter than an open phase, so that probes of two episodes never meet.
pub const LONGEST_CALL: Duration = Duration::from_millis(400);

/// The most processor time of an admission, in nanoseconds.
pub const MOST_PROCESSOR_TIME: u64 = 1_000_000;
/// The most time of an admission, in microseconds: more than a thread waits for a processor, as a
/// rule, and less than a command to Redis may take.
pub const MOST_TIME: u64 = 250_000;

/// A breaker of the same name in some of the processes.
#[derive(Debug, PartialEq, Eq)]
pub struct Shared {
    pub name: &'static str,
    /// The first instance that has it. All later ones have it, too.
    pub first: usize,
    /// The milliseconds between two calls of an instance.
    pub gap: (u64, u64),
    /// Calls come on this beat of the clock instead, for a breaker whose callers are rare.
    pub period: Option<Duration>,
    failure_threshold: u32,
    success_threshold: u32,
    patience: Duration,
}

/// Called all the time by all.
pub static BUSY: Shared = Shared {
    name: "busy",
    first: 0,
    gap: (5, 60),
    period: None,
    failure_threshold: 3,
    success_threshold: 3,
    patience: Duration::from_secs(8),
};

/// Called so rarely by three that leases lapse before they are used. They call at nearly the same
/// time, so that their votes meet.
pub static RARE: Shared = Shared {
    name: "rare",
    first: 5,
    gap: (5, 60),
    period: Some(Duration::from_secs(13)),
    failure_threshold: 1,
    success_threshold: 1,
    patience: Duration::from_secs(30),
};

/// Returns the breaker of this name.
pub fn of_name(name: &str) -> Option<&'static Shared> {
    [&BUSY, &RARE].into_iter().find(|shared| shared.name == name)
}

/// Returns the breakers that an instance has.
pub fn of_instance(number: usize) -> impl Iterator<Item = &'static Shared> {
    [&BUSY, &RARE].into_iter().filter(move |shared| shared.first <= number)
}

impl Shared {
    /// Makes a breaker. It is in no registry.
    ///
    /// No call of the test has a `retry_after`. That it would be respected makes the longest open
    /// phase longer than a lease: else an instance would follow local rules, as it should, while
    /// the leases of a dead one are in force.
    pub fn breaker(&self, name: &'static str) -> CircuitBreaker {
        CircuitBreaker::new(name)
            .failure_threshold(self.failure_threshold)
            .recovery_timeout(RECOVERY)
            .respect_retry_after(self.patience)
            .success_threshold(self.success_threshold)
            .half_open_max_calls(u32::try_from(PLACES).expect("it is small"))
            .probe_timeout(Duration::from_secs(10))
    }
}
