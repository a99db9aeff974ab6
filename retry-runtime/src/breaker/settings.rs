//! What a breaker was told, and the rules for that.

use std::time::Duration;

use crate::config::Mode;
use crate::failure::{FailureKind, FailureKinds};

/// The settings of a breaker. There is no way to make one that breaks a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    // In nanoseconds, since they are added to stamps; a year fits 600 times.
    recovery_timeout: u64,
    abandoned_after: Option<Duration>,
    failure_threshold: u16,
    success_threshold: u16,
    // 0: as many as `success_threshold`.
    half_open_max_calls: u16,
    trip_on: FailureKinds,
    // The one it begins with; `set_mode` changes the word.
    mode: Mode,
}

/// What an outcome says of the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Success,
    Failure,
    Neutral,
}

/// A rule of a breaker's settings that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    FailureThreshold,
    SuccessThreshold,
    HalfOpenMaxCalls,
    RecoveryTimeout,
    MaxKeys,
}

impl Settings {
    pub(crate) const DEFAULT: Self = Self {
        recovery_timeout: 60 * NANOS_PER_SECOND,
        abandoned_after: None,
        failure_threshold: 5,
        success_threshold: 2,
        half_open_max_calls: 0,
        trip_on: FailureKinds::TRANSIENT.with(FailureKind::MidStream),
        mode: Mode::Enforce,
    };

    pub(crate) const fn with_failure_threshold(mut self, failures: u32) -> Result<Self, Violation> {
        let Some(failures) = narrow(failures) else { return Err(Violation::FailureThreshold) };
        self.failure_threshold = failures;
        Ok(self)
    }

    pub(crate) const fn with_success_threshold(
        mut self,
        successes: u32,
    ) -> Result<Self, Violation> {
        let Some(successes) = narrow(successes) else { return Err(Violation::SuccessThreshold) };
        self.success_threshold = successes;
        Ok(self)
    }

    pub(crate) const fn with_half_open_max_calls(mut self, calls: u32) -> Result<Self, Violation> {
        let Some(calls) = narrow(calls) else { return Err(Violation::HalfOpenMaxCalls) };
        self.half_open_max_calls = calls;
        Ok(self)
    }

    pub(crate) const fn with_recovery_timeout(
        mut self,
        timeout: Duration,
    ) -> Result<Self, Violation> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_hours(365 * 24);
        if timeout.as_nanos() < SHORTEST.as_nanos() || timeout.as_nanos() > LONGEST.as_nanos() {
            return Err(Violation::RecoveryTimeout);
        }
        self.recovery_timeout =
            timeout.as_secs() * NANOS_PER_SECOND + timeout.subsec_nanos() as u64;
        Ok(self)
    }

    pub(crate) const fn with_trip_on(mut self, kinds: FailureKinds) -> Self {
        self.trip_on = kinds;
        self
    }

    pub(crate) const fn with_abandoned_after(mut self, limit: Duration) -> Self {
        self.abandoned_after = Some(limit);
        self
    }

    pub(crate) const fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// In nanoseconds.
    pub(super) const fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout
    }

    pub(super) const fn abandoned_after(&self) -> Option<Duration> {
        self.abandoned_after
    }

    pub(super) const fn failure_threshold(&self) -> u16 {
        self.failure_threshold
    }

    pub(super) const fn success_threshold(&self) -> u16 {
        self.success_threshold
    }

    pub(super) const fn half_open_max_calls(&self) -> u16 {
        if self.half_open_max_calls == 0 {
            self.success_threshold
        } else {
            self.half_open_max_calls
        }
    }

    pub(super) const fn trips_on(&self, kind: FailureKind) -> bool {
        self.trip_on.contains(kind)
    }

    /// What a failure of this kind says of the dependency.
    pub(super) const fn verdict(&self, kind: FailureKind) -> Verdict {
        if self.trips_on(kind) {
            return Verdict::Failure;
        }
        match kind {
            // Made on our side: whether the dependency works is as unknown as before.
            FailureKind::CircuitOpen | FailureKind::Bug | FailureKind::ResourceExhausted => {
                Verdict::Neutral
            }
            // It answered.
            _ => Verdict::Success,
        }
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A count that fits the word: 1 to 65,535.
const fn narrow(count: u32) -> Option<u16> {
    if count == 0 || count > 0xFFFF { None } else { Some((count & 0xFFFF) as u16) }
}

/// How many keys a set of breakers may have.
pub(super) const fn keys_in_range(keys: u32) -> Result<u16, Violation> {
    let Some(keys) = narrow(keys) else { return Err(Violation::MaxKeys) };
    Ok(keys)
}

impl Violation {
    /// The rule and the mend.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::FailureThreshold => {
                "`failure_threshold` must be from 1 to 65,535: 1 opens at the first failure, the default is 5"
            }
            Self::SuccessThreshold => {
                "`success_threshold` must be from 1 to 65,535: 1 closes at the first good probe, the default is 2"
            }
            Self::HalfOpenMaxCalls => {
                "`half_open_max_calls` must be from 1 to 65,535: without a probe a breaker never closes, leave it out for as many as `success_threshold`"
            }
            Self::RecoveryTimeout => {
                "`recovery_timeout` must be from 1 ms to 365 days: to keep a breaker open for good, call `force_open`"
            }
            Self::MaxKeys => {
                "`max_keys` must be from 1 to 65,535: without a key there is nothing to break, the default is 1024"
            }
        }
    }
}

/// The settings, or the panic that makes a `static` fail to compile.
#[track_caller]
pub(crate) const fn accept(checked: Result<Settings, Violation>) -> Settings {
    match checked {
        Ok(settings) => settings,
        Err(violation) => panic!("{}", violation.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_themselves_are_allowed() {
        for count in [1, 65_535] {
            assert!(Settings::DEFAULT.with_failure_threshold(count).is_ok());
            assert!(Settings::DEFAULT.with_success_threshold(count).is_ok());
            assert!(Settings::DEFAULT.with_half_open_max_calls(count).is_ok());
        }
        for count in [0, 65_536, u32::MAX] {
            assert!(Settings::DEFAULT.with_failure_threshold(count).is_err());
            assert!(Settings::DEFAULT.with_success_threshold(count).is_err());
            assert!(Settings::DEFAULT.with_half_open_max_calls(count).is_err());
        }
        let year = Duration::from_hours(365 * 24);
        for timeout in [Duration::from_millis(1), year] {
            let settings = Settings::DEFAULT.with_recovery_timeout(timeout).unwrap();
            assert_eq!(u128::from(settings.recovery_timeout()), timeout.as_nanos());
        }
        for timeout in [Duration::ZERO, Duration::from_nanos(999_999), Duration::MAX] {
            assert!(Settings::DEFAULT.with_recovery_timeout(timeout).is_err());
        }
        assert!(Settings::DEFAULT.with_recovery_timeout(year + Duration::from_nanos(1)).is_err());
    }

    #[test]
    fn probes_follow_the_success_threshold_unless_told() {
        let three = Settings::DEFAULT.with_success_threshold(3).unwrap();
        assert_eq!(three.half_open_max_calls(), 3);
        assert_eq!(three.with_half_open_max_calls(1).unwrap().half_open_max_calls(), 1);
    }

    #[test]
    fn each_kind_has_its_verdict() {
        use FailureKind as Kind;
        for kind in FailureKind::LIST {
            let expected = match kind {
                Kind::Timeout | Kind::Connection | Kind::Unavailable | Kind::RateLimited => {
                    Verdict::Failure
                }
                Kind::Transient | Kind::MidStream => Verdict::Failure,
                Kind::ResourceExhausted | Kind::Bug | Kind::CircuitOpen => Verdict::Neutral,
                Kind::Unauthorized | Kind::InvalidRequest | Kind::Permanent => Verdict::Success,
            };
            assert_eq!(Settings::DEFAULT.verdict(kind), expected, "{kind}");
        }
        let all = Settings::DEFAULT.with_trip_on(FailureKinds::ALL);
        assert_eq!(all.verdict(Kind::Bug), Verdict::Failure);
    }
}
