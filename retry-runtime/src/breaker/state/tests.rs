use std::time::Duration;

use super::*;
use crate::breaker::Window;

#[test]
fn a_generation_wraps_into_no_other_bits() {
    let last = Word(u64::MAX << GENERATION_SHIFT | UNLISTED);
    let next = last.enter(CircuitState::Open, false);
    assert_eq!(next.generation(), 0);
    assert_eq!(next.bits(), UNLISTED | OPEN);
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
            let settings = Settings::DEFAULT.with_mode(mode);
            let settings = if timed { settings.with_abandoned_after(second) } else { settings };
            let first = Word::initial(&settings);
            assert_eq!((first.mode(), first.timed(), first.unlisted()), (mode, timed, true));
            for state in [CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen] {
                for forced in [false, true] {
                    let word = first.with_count(7).enter(state, forced).with_count(u16::MAX);
                    assert_eq!((word.state(), word.forced()), (state, forced));
                    assert_eq!((word.mode(), word.timed(), word.unlisted()), (mode, timed, true));
                    assert_eq!((word.count(), word.generation()), (u16::MAX, 1));
                }
            }
        }
    }
}

#[test]
fn only_a_plain_closed_breaker_admits_at_once() {
    let plain = Word::initial(&Settings::DEFAULT);
    assert!(plain.admits_at_once());
    assert!(plain.with_count(3).admits_at_once());
    assert!(!plain.with_count(3).has_nothing_to_forget());
    let timed = Settings::DEFAULT.with_abandoned_after(Duration::from_secs(1));
    assert!(!Word::initial(&timed).admits_at_once());
    assert!(Word::initial(&timed).has_nothing_to_forget());
    let slow = Settings::DEFAULT.with_slow_call(Duration::from_secs(1), 1.0).unwrap();
    assert!(!Word::initial(&slow).admits_at_once());
    assert!(!Word::initial(&slow).has_nothing_to_forget());
    let window = Settings::DEFAULT.with_failure_rate(0.5, 1, Window::calls(1)).unwrap();
    assert!(Word::initial(&window).admits_at_once());
    assert!(!Word::initial(&window).has_nothing_to_forget());
    assert!(!Word::initial(&window).enter(CircuitState::Closed, false).has_nothing_to_forget());
    assert!(!plain.with_mode(Mode::Observe).admits_at_once());
    assert!(!plain.with_mode(Mode::Off).admits_at_once());
    assert!(!plain.enter(CircuitState::Closed, true).admits_at_once());
    assert!(!plain.enter(CircuitState::HalfOpen, false).admits_at_once());
    assert!(!plain.enter(CircuitState::HalfOpen, false).has_nothing_to_forget());
}

#[test]
fn a_failure_is_only_counted_where_nothing_else_becomes_of_it() {
    let plain = Word::initial(&Settings::DEFAULT);
    let next = |word: Word, admitted| word.with_one_more_failure(admitted, 5).map(Word::count);
    assert_eq!(next(plain, plain), Some(1));
    assert_eq!(next(plain.with_count(3), plain), Some(4));
    assert_eq!(next(plain.with_count(4), plain), None);
    assert_eq!(next(Word(plain.0 & !UNLISTED), plain), Some(1));
    let later = plain.enter(CircuitState::Closed, false);
    assert_eq!(next(later, plain), None);
    let window = Settings::DEFAULT.with_failure_rate(0.5, 1, Window::calls(1)).unwrap();
    for other in [
        plain.with_mode(Mode::Observe),
        plain.with_mode(Mode::Off),
        plain.enter(CircuitState::Closed, true),
        plain.enter(CircuitState::HalfOpen, false),
        Word::initial(&window),
    ] {
        assert_eq!(next(other, other), None);
        assert_eq!(next(plain, other), None);
    }
}

#[test]
fn a_tag_is_the_end_of_the_generation() {
    let mut word = Word::initial(&Settings::DEFAULT).with_mode(Mode::Off);
    for generation in 1..=5000_u64 {
        word = word.enter(CircuitState::Closed, false);
        assert_eq!(word.tag() >> (u64::BITS - TAG_BITS), generation % (1 << TAG_BITS));
    }
}

#[test]
fn the_highest_threshold_trips_without_overflow() {
    let settings = Live::new(Settings::DEFAULT.with_failure_threshold(65_535).unwrap());
    let word = Word::initial(&settings).with_count(65_534);
    assert_eq!(word.after(Verdict::Failure, &settings).unwrap().state(), CircuitState::Open);
    let word = word.with_count(65_533).after(Verdict::Failure, &settings).unwrap();
    assert_eq!((word.state(), word.count()), (CircuitState::Closed, 65_534));
}
