//! Tests of `delays()` for all policies that `check` accepts.

use std::time::Duration;

use proptest::prelude::*;
use retry_runtime::{AGGRESSIVE, Jitter, RetryConfig, STANDARD};

/// The number of delays that a test checks.
const LOOKED_AT: usize = 70;

fn millis(policy: &RetryConfig) -> Vec<u128> {
    policy.delays().map(|delay| delay.as_millis()).collect()
}

/// Returns the delays before jitter, which are the schedule without jitter.
fn caps(policy: &RetryConfig) -> impl Iterator<Item = Duration> {
    policy.clone().jitter(Jitter::None).delays().take(LOOKED_AT)
}

#[test]
fn without_jitter_the_schedule_is_exact() {
    let standard = STANDARD.max_attempts(8).jitter(Jitter::None);
    assert_eq!(millis(&standard), [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
    let aggressive = AGGRESSIVE.max_attempts(7).jitter(Jitter::None);
    assert_eq!(millis(&aggressive), [1000, 2000, 4000, 8000, 16_000, 30_000]);
    let steep = standard.clone().exponential_base(3.0).max_delay(Duration::from_secs(100));
    assert_eq!(millis(&steep), [1000, 3000, 9000, 27_000, 81_000, 100_000, 100_000]);
    let fraction = standard.exponential_base(1.5).base_delay(Duration::from_millis(200));
    assert_eq!(millis(&fraction), [200, 300, 450, 675, 1012, 1518, 2278]);
}

#[test]
fn a_base_of_one_keeps_the_delay_constant_to_the_nanosecond() {
    // Too many digits for seconds as a floating-point number.
    let base = Duration::new(123_456_789, 123_456_789);
    let policy = STANDARD
        .jitter(Jitter::None)
        .exponential_base(1.0)
        .base_delay(base)
        .max_delay(Duration::MAX)
        .max_attempts(20);
    assert!(policy.delays().all(|delay| delay == base));
}

#[test]
fn nothing_does_not_grow() {
    for exponential_base in [1.0, 2.0, f64::MAX] {
        let policy = STANDARD
            .jitter(Jitter::None)
            .exponential_base(exponential_base)
            .base_delay(Duration::ZERO)
            .max_attempts(2000);
        assert!(policy.delays().all(|delay| delay.is_zero()), "{exponential_base}");
    }
}

#[test]
fn no_delay_is_ever_longer_than_the_maximum_late_in_a_long_series() {
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
        let policy = STANDARD.max_attempts(5000).jitter(jitter);
        assert!(policy.delays().all(|delay| delay <= policy.max_delay), "{jitter:?}");
    }
}

#[test]
fn jitter_spreads() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
        let policy = STANDARD.max_attempts(30).jitter(jitter);
        let (first, second): (Vec<_>, Vec<_>) =
            (policy.delays().collect(), policy.delays().collect());
        assert_ne!(first, second, "{jitter:?}");
    }
}

fn durations() -> impl Strategy<Value = Duration> {
    let nanos = 0..1_000_000_000_u32;
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(1)),
        Just(Duration::MAX),
        (0..10_000_000_u64).prop_map(Duration::from_micros),
        (any::<u64>(), nanos).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
    ]
}

fn exponential_bases() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(1.0),
        Just(1.0 + f64::EPSILON),
        Just(2.0),
        Just(f64::MAX),
        1.0..4.0_f64,
        1.0..=f64::MAX,
    ]
}

/// 60 s, an hour, and then always 60 hours.
const fn listed(retry: u32) -> Duration {
    const DELAYS: [Duration; 3] =
        [Duration::from_secs(60), Duration::from_secs(3600), Duration::from_secs(216_000)];
    let last = DELAYS.len() - 1;
    let at = retry as usize - 1;
    DELAYS[if at < last { at } else { last }]
}

#[test]
fn a_function_replaces_the_law_below_the_cap() {
    const DAYS: Duration = Duration::from_secs(10 * 86_400);
    const LISTED: RetryConfig =
        STANDARD.max_attempts(5).backoff(listed).max_delay(DAYS).jitter(Jitter::None);
    assert_eq!(LISTED.check(), Ok(()));
    let seconds = |policy: &RetryConfig| policy.delays().map(|it| it.as_secs()).collect::<Vec<_>>();
    assert_eq!(seconds(&LISTED), [60, 3600, 216_000, 216_000]);
    // The base is not used, even as a bound.
    let short = LISTED.max_delay(Duration::from_millis(100)).base_delay(DAYS).exponential_base(9.0);
    assert_eq!(short.check(), Ok(()));
    assert_eq!(millis(&short), [100; 4]);
    // A base of zero prevents growth, but the function still applies.
    let linear = STANDARD.jitter(Jitter::None).backoff(|retry| Duration::from_secs(retry.into()));
    assert_eq!(seconds(&linear.base_delay(Duration::ZERO)), [1, 2]);
    assert_eq!(seconds(&STANDARD.backoff(|_| Duration::MAX).jitter(Jitter::None)), [10, 10]);
    assert_eq!(seconds(&STANDARD.backoff(|_| Duration::ZERO)), [0, 0]);
}

#[test]
fn jitter_spreads_what_a_function_returns() {
    let policy = STANDARD.max_attempts(1000).backoff(|_| Duration::from_secs(4));
    for (jitter, least) in [(Jitter::Full, 0), (Jitter::Equal, 2000)] {
        let delays = millis(&policy.clone().jitter(jitter));
        assert!(delays.iter().all(|delay| (least..=4000).contains(delay)), "{jitter:?}");
        assert!(delays.iter().max() > Some(&3500) && delays.iter().min() < Some(&(least + 500)));
    }
}

#[test]
fn a_function_and_decorrelated_jitter_exclude_each_other() {
    let policy = STANDARD.backoff(listed).jitter(Jitter::Decorrelated);
    let error = policy.check().unwrap_err();
    assert_eq!(
        error.to_string(),
        "jitter=\"Decorrelated\": `Jitter::Decorrelated` computes its own delays and would ignore \
         `backoff`: use another jitter"
    );
    // The nearest valid policy keeps the function.
    let policy = policy.max_delay(Duration::MAX).max_attempts(200);
    let first_delays = (0..200).filter_map(|_| policy.delays().next());
    assert!(first_delays.max() > Some(Duration::from_secs(40)));
}

prop_compose! {
    /// Valid policies, with more attempts than the tests check.
    fn policies()(
        one in durations(),
        other in durations(),
        exponential_base in exponential_bases(),
        max_attempts in prop_oneof![Just(u32::MAX), 1..200_u32],
    ) -> RetryConfig {
        RetryConfig::new()
            .base_delay(one.min(other))
            .max_delay(one.max(other))
            .exponential_base(exponential_base)
            .max_attempts(max_attempts)
    }
}

proptest! {
    #[test]
    fn the_policies_of_these_tests_keep_the_rules(policy in policies()) {
        prop_assert_eq!(policy.check(), Ok(()));
    }

    #[test]
    fn without_jitter_delays_rise_from_base_to_max(policy in policies()) {
        let delays: Vec<_> = caps(&policy).collect();
        if let Some(first) = delays.first() {
            prop_assert_eq!(*first, policy.base_delay);
        }
        prop_assert!(delays.is_sorted());
        prop_assert!(delays.iter().all(|delay| *delay <= policy.max_delay));
    }

    /// The law in integers, for typical bases and maxima.
    #[test]
    fn doubling_is_exact_to_the_nanosecond(base in 0..3_600_000_u64, max in 0..1_000_000_000_u64) {
        let (base, max) = (base.min(max), base.max(max));
        let policy = RetryConfig::new()
            .base_delay(Duration::from_millis(base))
            .max_delay(Duration::from_millis(max))
            .max_attempts(60)
            .jitter(Jitter::None);
        for (retry, delay) in policy.delays().enumerate() {
            let expected = (u128::from(base) << retry).min(u128::from(max));
            prop_assert_eq!(delay.as_nanos(), expected * 1_000_000);
        }
    }

    #[test]
    fn full_jitter_lies_between_nothing_and_the_delay(policy in policies()) {
        for (delay, cap) in policy.delays().zip(caps(&policy)) {
            prop_assert!(delay <= cap);
        }
    }

    #[test]
    fn equal_jitter_keeps_half_of_the_delay(policy in policies()) {
        let policy = policy.jitter(Jitter::Equal);
        for (delay, cap) in policy.delays().zip(caps(&policy)) {
            prop_assert!(cap / 2 <= delay && delay <= cap);
        }
    }

    #[test]
    fn decorrelated_jitter_lies_between_the_base_and_three_times_the_delay_before(
        policy in policies(),
    ) {
        let policy = policy.jitter(Jitter::Decorrelated);
        let mut previous = policy.base_delay;
        for delay in policy.delays().take(LOOKED_AT) {
            let above = previous.saturating_mul(3).min(policy.max_delay);
            prop_assert!(policy.base_delay <= delay && delay <= above);
            previous = delay;
        }
    }
}
