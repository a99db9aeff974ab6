use std::time::Duration;

use super::*;
use crate::breaker::Window;

#[test]
fn a_generation_wraps_into_no_other_bits() {
    let last = State(u64::MAX << GENERATION_SHIFT | UNLISTED);
    let next = last.enter(CircuitState::Open, false);
    assert_eq!(next.generation(), 0);
    assert_eq!(next.bits(), UNLISTED | 1);
}

#[test]
fn generations_are_counted_across_the_wrap_and_never_backwards() {
    let last = u64::MAX >> GENERATION_SHIFT;
    assert_eq!(generations_between(3, 7), 4);
    assert_eq!(generations_between(last, 1), 2);
    assert_eq!(generations_between(7, 7), 0);
    assert_eq!(generations_between(8, 7), 0);
    assert_eq!(generations_between(0, last / 2), last / 2);
    assert_eq!(generations_between(0, last / 2 + 1), 0);
}

#[test]
fn every_field_is_read_back_as_it_was_packed() {
    let second = Duration::from_secs(1);
    for mode in [Mode::Enforce, Mode::Observe, Mode::Off] {
        for timed in [false, true] {
            let settings = Settings::DEFAULT.with_mode(mode).unwrap();
            let settings =
                if timed { settings.with_abandoned_after(second).unwrap() } else { settings };
            let first = State::initial(&settings);
            assert_eq!((first.mode(), first.timed(), first.unlisted()), (mode, timed, true));
            for circuit in [CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen] {
                for forced in [false, true] {
                    let state = first.with_count(7).enter(circuit, forced).with_count(u16::MAX);
                    assert_eq!((state.circuit(), state.forced()), (circuit, forced));
                    assert_eq!(
                        (state.mode(), state.timed(), state.unlisted()),
                        (mode, timed, true)
                    );
                    assert_eq!((state.count(), state.generation()), (u16::MAX, 1));
                }
            }
        }
    }
}

#[test]
fn a_failure_at_once_is_one_that_only_counts() {
    let settings = |threshold| Settings::DEFAULT.with_failure_threshold(threshold).unwrap();
    let at_once = |state: State, admitted, threshold| {
        state.after_one_more_failure(admitted, threshold).map(State::bits)
    };
    let plain = State::initial(&settings(5));
    let counted = plain.with_count(3);
    assert_eq!(at_once(counted, plain, 5), Some(plain.with_count(4).bits()));
    assert_eq!(at_once(counted, plain, 4), None);

    let window = Settings::DEFAULT.with_failure_rate(0.5, 1, Window::calls(1)).unwrap();
    let slow = Settings::DEFAULT.with_slow_call(Duration::from_secs(1), 1.0).unwrap();
    for other in [
        State::initial(&window),
        State::initial(&slow),
        plain.with_mode(Mode::Observe),
        plain.with_mode(Mode::Off),
        plain.enter(CircuitState::Closed, false),
        plain.enter(CircuitState::Closed, true),
        plain.enter(CircuitState::HalfOpen, false),
        plain.enter(CircuitState::Open, false),
        plain.uncounted(),
    ] {
        assert_eq!(at_once(counted, other, 5), None);
        assert_eq!(at_once(other, plain, 5), None);
        if other.circuit() != CircuitState::Closed || !other.counts() {
            assert_eq!(at_once(other, other, 5), None);
        }
    }

    // A state that it returns equals the result of `State::after`.
    let current = CurrentSettings::new(settings(5));
    for count in 0..4 {
        let state = plain.enter(CircuitState::Closed, false).with_count(count);
        let next = state.after(Outcome::Failure, &current).map(State::bits);
        assert_eq!(at_once(state, state, 5), next);
    }
}

#[test]
fn only_a_plain_closed_breaker_admits_at_once() {
    let plain = State::initial(&Settings::DEFAULT);
    assert!(plain.admits_at_once());
    assert!(plain.with_count(3).admits_at_once());
    assert!(!plain.with_count(3).ignores_success());
    let timed = Settings::DEFAULT.with_abandoned_after(Duration::from_secs(1)).unwrap();
    assert!(!State::initial(&timed).admits_at_once());
    assert!(State::initial(&timed).ignores_success());
    let slow = Settings::DEFAULT.with_slow_call(Duration::from_secs(1), 1.0).unwrap();
    assert!(!State::initial(&slow).admits_at_once());
    assert!(!State::initial(&slow).ignores_success());
    let window = Settings::DEFAULT.with_failure_rate(0.5, 1, Window::calls(1)).unwrap();
    assert!(State::initial(&window).admits_at_once());
    assert!(!State::initial(&window).ignores_success());
    assert!(!State::initial(&window).enter(CircuitState::Closed, false).ignores_success());
    assert!(!plain.with_mode(Mode::Observe).admits_at_once());
    assert!(!plain.with_mode(Mode::Off).admits_at_once());
    assert!(!plain.enter(CircuitState::Closed, true).admits_at_once());
    assert!(!plain.enter(CircuitState::HalfOpen, false).admits_at_once());
    assert!(!plain.enter(CircuitState::HalfOpen, false).ignores_success());
}

/// The tests by mask agree with the fields.
#[test]
fn the_short_ways_are_open_exactly_where_they_may_be_taken() {
    let counts = [0, 1, u16::MAX].map(|count| u64::from(count) << COUNT_SHIFT);
    let low =
        (0..=u8::MAX).map(u64::from).filter(|bits| bits & CIRCUIT != 3 && bits & MODE != MODE);
    for bits in low.flat_map(|low| counts.map(|count| 9 << GENERATION_SHIFT | count | low)) {
        let state = State(bits);
        let plain = state.circuit() == CircuitState::Closed
            && !state.forced()
            && state.mode() == Mode::Enforce;
        let admits = plain && !state.timed();
        assert_eq!(state.admits_at_once(), admits, "{bits:b}");
        assert_eq!(state.admits_listed_at_once(), admits && !state.unlisted(), "{bits:b}");
        let nothing_counted = plain && state.count() == 0;
        assert_eq!(state.ignores_success(), nothing_counted && bits & RECORDS == 0, "{bits:b}");
        assert_eq!(state.only_records_success(), nothing_counted && !state.timed(), "{bits:b}");
        assert_eq!(state.is_healthy(), nothing_counted, "{bits:b}");
        let counts = !state.forced() && state.mode() != Mode::Off;
        assert_eq!(state.counts(), counts, "{bits:b}");
        let closed = state.circuit() == CircuitState::Closed;
        assert_eq!((state.is_closed_in(9), state.is_closed_in(8)), (closed, false), "{bits:b}");
    }
}

#[test]
fn a_tag_is_the_end_of_the_generation() {
    let mut state = State::initial(&Settings::DEFAULT).with_mode(Mode::Off);
    for generation in 1..=5000_u64 {
        state = state.enter(CircuitState::Closed, false);
        assert_eq!(state.tag() >> (u64::BITS - TAG_BITS), generation % (1 << TAG_BITS));
    }
}

#[test]
fn the_highest_threshold_trips_without_overflow() {
    let settings = CurrentSettings::new(Settings::DEFAULT.with_failure_threshold(65_535).unwrap());
    let state = State::initial(settings.built()).with_count(65_534);
    assert_eq!(state.after(Outcome::Failure, &settings).unwrap().circuit(), CircuitState::Open);
    let state = state.with_count(65_533).after(Outcome::Failure, &settings).unwrap();
    assert_eq!((state.circuit(), state.count()), (CircuitState::Closed, 65_534));
}
