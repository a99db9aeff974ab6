//! The delay before the next attempt, as a function of numbers.

use std::time::Duration;

/// The spread of computed delays, so that clients that failed together do not return together.
///
/// Default: [`Full`](Self::Full). It finished the same work with the fewest calls in the comparison
/// of the AWS Architecture Blog, "Exponential Backoff And Jitter" (2015), which is the source of
/// the formulas.
///
/// In the formulas, `d` is `min(base_delay · exponential_base^(n−1), max_delay)` after failed
/// attempt `n`. With a [`backoff`](crate::RetryConfig::backoff) function, `d` is
/// `min(backoff(n), max_delay)`. `U(a, b)` is uniform between `a` and `b`. No delay exceeds
/// `max_delay`, because the cap is applied last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Jitter {
    /// `d` itself, the schedule of the Python module.
    None,
    /// `U(0, d)`.
    #[default]
    Full,
    /// `d/2 + U(0, d/2)`: keeps half of the delay, for dependencies that an early retry would hurt.
    Equal,
    /// `min(max_delay, U(base_delay, 3 · previous delay))`, where the first previous delay is
    /// `base_delay`. It is never below `base_delay` and does not use `exponential_base`. It cannot
    /// be combined with a `backoff` function.
    Decorrelated,
}

#[cfg(feature = "serde")]
impl Jitter {
    pub(crate) const RULE: &str = "must be `none`, `full`, `equal` or `decorrelated`";
    pub(crate) const LIST: [Self; 4] = [Self::None, Self::Full, Self::Equal, Self::Decorrelated];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Full => "full",
            Self::Equal => "equal",
            Self::Decorrelated => "decorrelated",
        }
    }
}

/// The parameters of the delay law, independent of the policy that they come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Law {
    pub(crate) base: Duration,
    pub(crate) max: Duration,
    pub(crate) exponential_base: f64,
    pub(crate) backoff: Option<fn(u32) -> Duration>,
    pub(crate) jitter: Jitter,
}

impl Law {
    /// Returns the delay after failed attempt `attempt` (from 1). `previous` is the delay before
    /// that attempt. `random` returns a number from 0..=1 and is called only if there is a range to
    /// spread over.
    pub(crate) fn delay(
        &self,
        attempt: u32,
        previous: Option<Duration>,
        random: impl FnOnce() -> f64,
    ) -> Duration {
        let d = self.capped(attempt);
        let (least, most) = match self.jitter {
            Jitter::None => (d, d),
            Jitter::Full => (Duration::ZERO, d),
            Jitter::Equal => (d / 2, d),
            Jitter::Decorrelated => {
                // The previous delay may come from another policy and be below the base.
                let previous = previous.map_or(self.base, |previous| previous.max(self.base));
                (self.base, previous.saturating_mul(3))
            }
        };
        let spread = match most.saturating_sub(least) {
            Duration::ZERO => Duration::ZERO,
            range => part(range, random()),
        };
        least.saturating_add(spread).min(self.max)
    }

    /// Returns a wait of at least `hint`, to which jitter adds up to the base delay.
    pub(crate) fn at_least(
        &self,
        delay: Duration,
        hint: Duration,
        random: impl FnOnce() -> f64,
    ) -> Duration {
        let spread = match self.jitter {
            Jitter::None => Duration::ZERO,
            _ => part(self.base, random()),
        };
        delay.max(hint.saturating_add(spread))
    }

    /// Returns `min(base · exponential_base^(attempt−1), max)`, or `min(backoff(attempt), max)`.
    fn capped(&self, attempt: u32) -> Duration {
        if let Some(backoff) = self.backoff {
            return backoff(attempt).min(self.max);
        }
        let exponent = attempt.saturating_sub(1);
        let delay = if exponent == 0 || self.base.is_zero() {
            self.base
        } else if self.exponential_base.to_bits() == 2.0_f64.to_bits() && exponent < 32 {
            // Doubling, the default, is exact in integers.
            self.base.saturating_mul(1 << exponent)
        } else {
            let factor = self.exponential_base.powf(f64::from(exponent));
            let seconds = self.base.as_secs_f64() * factor;
            // A constant delay stays exact. A product that does not fit exceeds every maximum.
            if factor <= 1.0 {
                self.base
            } else {
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
            }
        };
        delay.min(self.max)
    }
}

/// Returns the share `unit` (0..=1) of `whole`. Rounding never makes it exceed `whole`.
fn part(whole: Duration, unit: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * unit).map_or(whole, |part| part.min(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JITTERS: [Jitter; 4] = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];

    fn durations() -> impl Strategy<Value = Duration> {
        prop_oneof![
            Just(Duration::ZERO),
            Just(Duration::from_nanos(1)),
            Just(Duration::MAX),
            (0..100_000_000_u64).prop_map(Duration::from_micros),
            (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns)),
        ]
    }

    /// Numbers from 0..=1, often the ends.
    fn units() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0_f64]
    }

    fn attempts() -> impl Strategy<Value = u32> {
        prop_oneof![Just(1), Just(2), Just(u32::MAX - 1), 1..2000_u32, 1..u32::MAX]
    }

    prop_compose! {
        /// The parameters of a valid policy.
        fn laws()(
            one in durations(),
            other in durations(),
            exponential_base in
                prop_oneof![Just(1.0), Just(1.0 + f64::EPSILON), Just(f64::MAX), 1.0..4.0_f64, 1.0..=f64::MAX],
            jitter in prop::sample::select(&JITTERS[..]),
        ) -> Law {
            Law { base: one.min(other), max: one.max(other), exponential_base, backoff: None, jitter }
        }
    }

    fn unasked() -> f64 {
        panic!("no random number is needed")
    }

    proptest! {
        #[test]
        fn without_jitter_delays_rise_from_base_to_max(law in laws(), attempt in attempts()) {
            let law = Law { jitter: Jitter::None, ..law };
            let delay = |attempt| law.delay(attempt, None, unasked);
            prop_assert_eq!(delay(1), law.base);
            prop_assert!(law.base <= delay(attempt));
            prop_assert!(delay(attempt) <= delay(attempt + 1));
            prop_assert!(delay(attempt + 1) <= law.max);
            prop_assert!(delay(attempt) <= delay(u32::MAX));
        }

        #[test]
        fn each_jitter_keeps_its_bounds(
            law in laws(),
            attempt in attempts(),
            previous in prop::option::of(durations()),
            unit in units(),
        ) {
            // The delay before this one was itself between base and max.
            let previous = previous.map(|delay| delay.max(law.base).min(law.max));
            let cap = Law { jitter: Jitter::None, ..law }.delay(attempt, None, unasked);
            let delay = law.delay(attempt, previous, || unit);
            let (least, most) = match law.jitter {
                Jitter::None => (cap, cap),
                Jitter::Full => (Duration::ZERO, cap),
                Jitter::Equal => (cap / 2, cap),
                Jitter::Decorrelated => {
                    let above = previous.unwrap_or(law.base).saturating_mul(3);
                    (law.base, above.min(law.max))
                }
            };
            prop_assert!(least <= delay && delay <= most, "{least:?} <= {delay:?} <= {most:?}");
            prop_assert!(delay <= law.max);
        }

        #[test]
        fn a_law_that_breaks_the_rules_still_keeps_the_maximum(
            base in durations(),
            max in durations(),
            exponential_base in any::<f64>(),
            jitter in prop::sample::select(&JITTERS[..]),
            attempt in any::<u32>(),
            unit in units(),
        ) {
            let law = Law { base, max, exponential_base, backoff: None, jitter };
            prop_assert!(law.delay(attempt, None, || unit) <= max);
        }

        #[test]
        fn a_hint_is_a_floor(law in laws(), delay in durations(), hint in durations(), unit in units()) {
            let wait = law.at_least(delay, hint, || unit);
            prop_assert!(wait >= hint);
            prop_assert!(wait >= delay);
            prop_assert!(wait <= delay.max(hint.saturating_add(law.base)));
        }

        #[test]
        fn a_hint_is_spread_only_where_jitter_is_on(law in laws(), hint in durations()) {
            let exact = Law { jitter: Jitter::None, ..law };
            prop_assert_eq!(exact.at_least(Duration::ZERO, hint, unasked), hint);
        }
    }

    #[test]
    fn the_ends_of_the_random_range_are_the_ends_of_the_delay() {
        let law = |jitter| Law {
            base: Duration::from_secs(1),
            max: Duration::from_secs(10),
            exponential_base: 2.0,
            backoff: None,
            jitter,
        };
        let ends = |jitter, previous: Option<u64>| {
            let previous = previous.map(Duration::from_secs);
            [0.0, 1.0].map(|unit| law(jitter).delay(3, previous, || unit).as_secs())
        };
        assert_eq!(ends(Jitter::Full, None), [0, 4]);
        assert_eq!(ends(Jitter::Equal, None), [2, 4]);
        assert_eq!(ends(Jitter::Decorrelated, None), [1, 3]);
        assert_eq!(ends(Jitter::Decorrelated, Some(2)), [1, 6]);
        assert_eq!(ends(Jitter::Decorrelated, Some(9)), [1, 10]);
        assert_eq!(ends(Jitter::Decorrelated, Some(0)), [1, 3]);
        let spread = [0.0, 1.0].map(|unit| {
            law(Jitter::Full).at_least(Duration::ZERO, Duration::from_secs(60), || unit).as_secs()
        });
        assert_eq!(spread, [60, 61]);
    }

    #[test]
    fn doubling_is_exact() {
        let base = Duration::from_nanos(1_234_567_891);
        let law = |base| Law {
            base,
            max: Duration::MAX,
            exponential_base: 2.0,
            backoff: None,
            jitter: Jitter::None,
        };
        let delay = |base, attempt| law(base).delay(attempt, None, unasked);
        assert_eq!(delay(base, 1), base);
        assert_eq!(delay(base, 31), base * (1 << 30));
        // Beyond five centuries the delay need not be exact, and finally it no longer fits.
        assert!(delay(base, 70) > delay(base, 31) * (1 << 30));
        assert_eq!(delay(base, 200), Duration::MAX);
        assert_eq!(delay(Duration::MAX, 2), Duration::MAX);
        assert_eq!(delay(Duration::ZERO, u32::MAX), Duration::ZERO);
    }

    #[test]
    fn where_nothing_is_to_be_spread_no_random_number_is_drawn() {
        for jitter in [Jitter::Full, Jitter::Equal] {
            let law = Law {
                base: Duration::ZERO,
                max: Duration::ZERO,
                exponential_base: 2.0,
                backoff: None,
                jitter,
            };
            assert_eq!(law.delay(3, None, unasked), Duration::ZERO);
        }
    }

    /// Halving drops a nanosecond of an odd delay; the spread gets it back.
    #[test]
    fn equal_jitter_reaches_an_odd_delay() {
        let odd = Duration::from_nanos(5);
        let law = Law {
            base: odd,
            max: odd,
            exponential_base: 2.0,
            backoff: None,
            jitter: Jitter::Equal,
        };
        assert_eq!(law.delay(1, None, || 0.0), Duration::from_nanos(2));
        assert_eq!(law.delay(1, None, || 1.0), odd);
    }
}
