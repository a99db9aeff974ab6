use super::*;
use crate::breaker::Window;

#[test]
fn the_limits_themselves_are_allowed() {
    for count in [1, 65_535] {
        assert!(Settings::DEFAULT.with_failure_threshold(count).is_ok());
        assert!(Settings::DEFAULT.with_success_threshold(count).is_ok());
    }
    for probes in [1, 16] {
        assert!(Settings::DEFAULT.with_half_open_max_calls(probes).is_ok());
    }
    for probes in [0, 17, 256, 257, u32::MAX] {
        assert!(Settings::DEFAULT.with_half_open_max_calls(probes).is_err());
    }
    for count in [0, 65_536, u32::MAX] {
        assert!(Settings::DEFAULT.with_failure_threshold(count).is_err());
        assert!(Settings::DEFAULT.with_success_threshold(count).is_err());
    }
    let year = Duration::from_secs(365 * 24 * 3600);
    for timeout in [Duration::from_millis(1), year] {
        let settings = Settings::DEFAULT.with_recovery_timeout(timeout).unwrap();
        assert_eq!(u128::from(settings.recovery_timeout()), timeout.as_nanos());
        let settings = Settings::DEFAULT.with_probe_timeout(timeout).unwrap();
        let current = CurrentSettings::new(settings);
        assert_eq!(u128::from(current.probe_timeout()), timeout.as_nanos());
        let settings = Settings::DEFAULT.with_respect_retry_after(timeout).unwrap();
        let current = CurrentSettings::new(settings);
        assert_eq!(u128::from(current.longest_hint()), timeout.as_nanos());
    }
    for timeout in [Duration::ZERO, Duration::from_nanos(999_999), Duration::MAX] {
        assert!(Settings::DEFAULT.with_recovery_timeout(timeout).is_err());
        assert!(Settings::DEFAULT.with_probe_timeout(timeout).is_err());
        assert!(Settings::DEFAULT.with_respect_retry_after(timeout).is_err());
    }
    assert!(Settings::DEFAULT.with_recovery_timeout(year + Duration::from_nanos(1)).is_err());
}

#[test]
fn windows_and_rates_keep_their_limits() {
    let with = |rate, min_calls, window| {
        Settings::DEFAULT.with_failure_rate(rate, min_calls, window).err()
    };
    let calls = Window::calls(10);
    for rate in [f64::MIN_POSITIVE, 0.5, 1.0] {
        assert_eq!(with(rate, 1, calls), None);
        assert!(Settings::DEFAULT.with_slow_call(Duration::from_nanos(1), rate).is_ok());
    }
    for rate in [0.0, -0.5, 1.000_001, f64::NAN, f64::INFINITY] {
        assert_eq!(with(rate, 1, calls), Some(rules::FAILURE_RATE));
        let slow = Settings::DEFAULT.with_slow_call(Duration::from_nanos(1), rate);
        assert_eq!(slow.err(), Some(rules::SLOW_CALL_RATE));
    }
    let slow = Settings::DEFAULT.with_slow_call(Duration::ZERO, 0.5);
    assert_eq!(slow.err(), Some(rules::SLOW_CALL_DURATION));
    let (shortest, longest) = (Duration::from_millis(10), Duration::from_secs(86_400));
    for (min_calls, window) in [
        (10, calls),
        (1, Window::calls(1)),
        (1024, Window::calls(1024)),
        (65_535, Window::time(shortest)),
        (1, Window::time(longest)),
    ] {
        assert_eq!(with(0.5, min_calls, window), None);
    }
    for (min_calls, window) in [(0, calls), (11, calls), (65_536, Window::time(longest))] {
        assert_eq!(with(0.5, min_calls, window), Some(rules::MIN_CALLS));
    }
    for count in [0, 1025, u32::MAX] {
        assert_eq!(with(0.5, 1, Window::calls(count)), Some(rules::WINDOW_CALLS));
    }
    let nano = Duration::from_nanos(1);
    for length in [Duration::ZERO, Duration::from_nanos(9_999_999), longest + nano, Duration::MAX] {
        assert_eq!(with(0.5, 1, Window::time(length)), Some(rules::WINDOW_TIME));
    }
}

#[test]
fn a_growing_open_phase_keeps_its_limits() {
    let minute = Duration::from_secs(60);
    let year = Duration::from_secs(365 * 24 * 3600);
    let with = |factor, max| Settings::DEFAULT.with_recovery_backoff(factor, max);
    for max in [minute, year] {
        assert!(with(1.0, max).is_ok());
    }
    for factor in [0.999, -2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(with(factor, year).err(), Some(rules::RECOVERY_FACTOR));
    }
    let nano = Duration::from_nanos(1);
    for max in [Duration::from_nanos(59_999_999_999), year + nano] {
        assert_eq!(with(2.0, max).err(), Some(rules::RECOVERY_MAX));
    }
    let settings = with(2.0, minute).unwrap();
    let longer = settings.with_recovery_timeout(minute + nano);
    assert_eq!(longer.err(), Some(rules::RECOVERY_MAX));
    assert!(settings.with_recovery_timeout(minute / 2).is_ok());
}

#[test]
fn an_open_phase_grows_without_overflow() {
    let settings = Settings::DEFAULT.with_recovery_timeout(Duration::from_millis(1)).unwrap();
    assert_eq!(CurrentSettings::new(settings).open_for(|| 7, 0), 1_000_000);
    let year = Duration::from_secs(365 * 24 * 3600);
    let doubling = settings.with_recovery_backoff(2.0, year).unwrap();
    assert_eq!(
        [0, 1, 2, 10].map(|n| CurrentSettings::new(doubling).open_for(|| n, 0)),
        [1, 2, 4, 1024].map(|n| n * 1_000_000)
    );
    for many in [64, 1100, u64::from(u32::MAX), u64::MAX] {
        assert_eq!(
            u128::from(CurrentSettings::new(doubling).open_for(|| many, 0)),
            year.as_nanos()
        );
    }
    let constant = settings.with_recovery_backoff(1.0, year).unwrap();
    assert_eq!(CurrentSettings::new(constant).open_for(|| u64::MAX, 0), 1_000_000);
}

#[test]
fn a_hint_prolongs_an_open_phase_up_to_its_limit() {
    let settings = Settings::DEFAULT.with_recovery_timeout(Duration::from_millis(4)).unwrap();
    let hints = [0, 1, 4_000_000, 4_000_001, 9_000_000, 9_000_001, u64::MAX];
    let without = CurrentSettings::new(settings);
    assert_eq!(hints.map(|hint| without.open_for(|| 0, hint)), [4_000_000; 7]);
    let longest = Duration::from_millis(9);
    let with = CurrentSettings::new(settings.with_respect_retry_after(longest).unwrap());
    assert_eq!(
        hints.map(|hint| with.open_for(|| 0, hint)),
        [4_000_000, 4_000_000, 4_000_000, 4_000_001, 9_000_000, 9_000_000, 9_000_000]
    );
}

#[test]
fn there_are_as_many_slots_as_successes_close_it_up_to_sixteen() {
    for (successes, slots) in [(1, 1), (3, 3), (15, 15), (16, 16), (17, 16), (65_535, 16)] {
        let settings = Settings::DEFAULT.with_success_threshold(successes).unwrap();
        assert_eq!(settings.half_open_max_calls(), slots);
        assert_eq!(settings.with_half_open_max_calls(1).unwrap().half_open_max_calls(), 1);
    }
}

#[test]
fn a_probe_keeps_its_slot_for_a_minute_or_for_the_current_recovery_timeout() {
    let recovering =
        |seconds| Settings::DEFAULT.with_recovery_timeout(Duration::from_secs(seconds)).unwrap();
    for (seconds, kept) in [(1, 60), (60, 60), (61, 61)] {
        let current = CurrentSettings::new(recovering(seconds));
        assert_eq!(current.probe_timeout(), kept * NANOS_PER_SECOND);
        current.change(&recovering(100));
        assert_eq!(current.probe_timeout(), 100 * NANOS_PER_SECOND);
    }
}

#[test]
fn each_kind_has_its_outcome() {
    use FailureKind as Kind;
    for kind in FailureKind::LIST {
        let expected = match kind {
            Kind::Timeout | Kind::Connection | Kind::Unavailable | Kind::RateLimited => {
                Outcome::Failure
            }
            Kind::Transient | Kind::MidStream => Outcome::Failure,
            Kind::ResourceExhausted | Kind::Bug | Kind::CircuitOpen => Outcome::Ignored,
            Kind::Unauthorized | Kind::InvalidRequest | Kind::Permanent => Outcome::Success,
        };
        assert_eq!(Settings::DEFAULT.outcome(kind), expected, "{kind}");
    }
    let all = Settings::DEFAULT.with_trip_on(FailureKinds::ALL).unwrap();
    assert_eq!(all.outcome(Kind::Bug), Outcome::Failure);
}
