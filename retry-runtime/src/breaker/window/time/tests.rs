use super::*;

fn words() -> [AtomicU64; WORDS] {
    [const { AtomicU64::new(0) }; WORDS]
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
    let slices = Slices::of(&words, 10);
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
    // What is in the place when the head moves there, and how much of it stays.
    for (found, stays) in [(3, false), (19, true), (35, true)] {
        let words = words();
        let slices = Slices::of(&words, 10);
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
