//! The breakers that the instances share.

use std::time::Duration;

use retry_runtime::CircuitBreaker;

/// The number of processes.
pub const INSTANCES: usize = 8;
/// The open phase of all breakers.
pub const RECOVERY: Duration = Duration::from_secs(2);
/// The time between two beats in a group of this size.
pub const BEAT: Duration = Duration::from_secs(2);
/// The maximum number of simultaneous probes of each breaker.
pub const PLACES: usize = 2;
/// The longest call. It is shorter than an open phase, so probes of two episodes never overlap.
pub const LONGEST_CALL: Duration = Duration::from_millis(400);

/// The maximum processor time of an admission, in nanoseconds.
pub const MOST_PROCESSOR_TIME: u64 = 1_000_000;
/// The maximum time of an admission, in microseconds. It is more than a thread usually waits for a
/// processor, and less than a command to Redis may take.
pub const MOST_TIME: u64 = 250_000;

/// A breaker of the same name in some of the processes.
#[derive(Debug, PartialEq, Eq)]
pub struct Shared {
    pub name: &'static str,
    /// The first instance that has it. All later ones have it too.
    pub first: usize,
    /// The milliseconds between two calls of an instance.
    pub gap: (u64, u64),
    /// The period of the clock on which calls are made, for a breaker with rare callers.
    pub period: Option<Duration>,
    failure_threshold: u32,
    success_threshold: u32,
    patience: Duration,
}

/// Called constantly by all.
pub static BUSY: Shared = Shared {
    name: "busy",
    first: 0,
    gap: (5, 60),
    period: None,
    failure_threshold: 3,
    success_threshold: 3,
    patience: Duration::from_secs(8),
};

/// Called so rarely by three instances that leases lapse before they are used. The instances call
/// at nearly the same time, so their votes meet.
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
    /// Creates a breaker, which is in no registry.
    ///
    /// The settings respect `retry_after`, but no call of the test has one. This makes the longest
    /// open phase longer than a lease. Otherwise an instance would rightly follow local rules while
    /// the leases of a dead instance are in force.
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
