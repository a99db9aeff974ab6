use proptest::prelude::*;

use super::*;

fn words() -> [AtomicU64; WORDS] {
    [const { AtomicU64::new(0) }; WORDS]
}

#[test]
fn a_slice_is_a_tenth_of_the_window_or_a_little_more() {
    assert_eq!([0, 1, 10, 11].map(|window| slice_of(window).map_or(0, u64::from)), [0, 1, 1, 2]);
}

proptest! {
    /// Comparing with the end of the slice agrees with dividing by its length.
    #[test]
    fn a_head_lasts_until_its_slice_is_over(
        slice in 0..1000_u64,
        length in 1..1000_u64,
        origin in 1..1000_u64,
        now in 1..1_000_000_u64,
    ) {
        let words = words();
        let slices = Slices::of(&words, NonZeroU64::new(length).unwrap());
        let head = Head::new(slice, 5, 7);
        let lasts = slices.slice_at(now, origin) <= slice;
        prop_assert_eq!(slices.is_at(head, 7, now, origin), lasts);
        prop_assert!(!slices.is_at(head, 8, now, origin));
    }
}

#[test]
fn the_end_of_a_slice_does_not_overflow() {
    let words = words();
    for slice in [0, SLICE] {
        for length in [10, u64::MAX] {
            let slices = Slices::of(&words, NonZeroU64::new(length).unwrap());
            assert!(slices.is_at(Head::new(slice, 0, 0), 0, u64::MAX - 1, u64::MAX - 5));
        }
    }
}

#[test]
fn a_good_call_enters_only_a_place_of_its_slice_in_one_step() {
    let recorded = |counted: Head, tag: u64, now: u64| {
        let words = words();
        let slices = Slices::of(&words, NonZeroU64::new(10).unwrap());
        words[ORIGIN].store(1000, Ordering::Relaxed);
        let head = Head::new(3, 5, 7);
        words[HEAD].store(head.0, Ordering::Relaxed);
        assert!(slices.raise(CALLS, counted, 1).is_ok());
        slices.record_good(tag, now).then(|| slices.count(CALLS, head))
    };
    let (place, earlier) = (Head::new(3, 5, 7), Head::new(0, 5, 6));
    assert_eq!(recorded(place, 7, 1039), Some(Some(2)));
    assert_eq!(recorded(place, 7, 1000), Some(Some(2)), "a call that ended in an earlier slice");
    assert_eq!(recorded(place, 7, 1040), None, "the slice is over");
    assert_eq!(recorded(place, 6, 1039), None, "another generation");
    assert_eq!(recorded(earlier, 7, 1039), None, "the first of its slice");
}

#[test]
fn of_two_rounds_the_later_is_told_across_the_wrap() {
    for (number, than) in [(1, 0), (2047, 0), (16, 0), (0, 4095), (4, 4090), (4095, 2048)] {
        assert!(is_later(number, than) && !is_later(than, number), "{number}, {than}");
    }
    for number in [0, 7, 4095] {
        assert!(!is_later(number, number));
    }
    assert!(!is_later(2048, 0));
}

#[test]
fn a_count_is_full_when_its_own_half_is() {
    let most = MOST_FAULTS;
    let slow = |count: u64| count << SLOW_SHIFT;
    for (counted, by) in [(most, 1), (slow(most), slow(1)), (most | slow(3), 1 | slow(1))] {
        assert!(is_full(counted, by));
    }
    for (counted, by) in
        [(most - 1, 1), (most, slow(1)), (slow(most), 1), (slow(most - 1), slow(1))]
    {
        assert!(!is_full(counted, by));
    }
}

#[test]
fn a_place_that_has_been_passed_on_takes_no_late_count() {
    let words = words();
    let slices = Slices::of(&words, NonZeroU64::MIN);
    let (old, new) = (Head::new(3, 3, 0), Head::new(19, 19, 0));
    for kind in [CALLS, FAULTS] {
        assert!(slices.raise(kind, old, 1).is_ok());
        assert!(slices.raise(kind, new, 1).is_ok());
        assert!(matches!(slices.raise(kind, old, 1), Err(Refused::PassedOn)));
        assert_eq!((slices.count(kind, old), slices.count(kind, new)), (None, Some(1)));
    }
}

#[test]
fn a_slice_begins_without_the_faults_of_earlier_ones_and_with_all_later_ones() {
    let (before, next) = (Head::new(18, 18, 0), Head::new(19, 19, 0));
    // The number found in the place when the head moves there, and whether its count stays.
    for (found, stays) in [(3, false), (19, true), (35, true)] {
        let words = words();
        let slices = Slices::of(&words, NonZeroU64::MIN);
        words[HEAD].store(before.0, Ordering::Relaxed);
        let found = Head::new(found, found, 0);
        assert!(slices.raise(FAULTS, found, 1).is_ok());
        assert!(slices.move_on(before, next) == next);
        assert_eq!(slices.count(FAULTS, found), stays.then_some(1));
        if !stays {
            assert_eq!(slices.count(FAULTS, next), Some(0));
        }
    }
}
