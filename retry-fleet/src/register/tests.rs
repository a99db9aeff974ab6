use proptest::prelude::*;

use super::*;
use crate::limits::MOST;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const NOW: u64 = 1_800_000_000_000;

fn state() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Closed), Just(State::HalfOpen), Just(State::Open)]
}

/// Registers that often agree in some of their fields.
fn register() -> impl Strategy<Value = Register> {
    let field = || prop_oneof![4 => 0..3_u64, 1 => Just(MOST), 1 => 0..=MOST];
    (field(), state(), field(), field(), field())
        .prop_map(|(epoch, state, until, failed, ok)| Register { epoch, state, until, failed, ok })
}

proptest! {
    #[test]
    fn merging_does_not_depend_on_order(a in register(), b in register(), c in register()) {
        prop_assert_eq!(a.merge(b), b.merge(a));
        prop_assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
        prop_assert_eq!(a.merge(a), a);
    }

    #[test]
    fn a_merge_is_one_of_the_copies_and_nothing_is_above_it(a in register(), b in register()) {
        let merged = a.merge(b);
        prop_assert!(merged == a || merged == b);
        prop_assert_eq!(merged.merge(a), merged);
        prop_assert_eq!(merged.merge(b), merged);
    }

    #[test]
    fn the_higher_epoch_holds(a in register(), b in register()) {
        prop_assert_eq!(a.merge(b).epoch, a.epoch.max(b.epoch));
    }

    #[test]
    fn a_text_is_read_as_it_was_written(register in register()) {
        prop_assert_eq!(Register::parse(register.to_string().as_bytes()), Some(register));
    }

    #[test]
    fn what_is_read_is_canonical(
        text in prop_oneof![
            "[ +0-9a-z|.-]{0,40}",
            "1\\|[0-9]{1,18}\\|(open|half-open|Open)\\|0?[0-9]{1,3}\\|[0-9]{1,2}\\|-?[0-9]{1,2}",
        ]
    ) {
        if let Some(register) = Register::parse(text.as_bytes()) {
            prop_assert_eq!(register.to_string(), text);
        }
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Some(register) = Register::parse(&bytes) {
            prop_assert_eq!(register.to_string().into_bytes(), bytes);
        }
    }
}

#[test]
fn equal_epochs_compare_by_state_then_end_then_failed_then_ok() {
    let ascending = [
        "1|7|closed|0|0|0",
        "1|7|closed|9|9|9",
        "1|7|half-open|0|0|0",
        "1|7|half-open|0|0|1",
        "1|7|half-open|0|1|0",
        "1|7|half-open|1|0|0",
        "1|7|open|0|0|0",
        "1|7|open|5|0|9",
        "1|7|open|5|2|0",
        "1|7|open|6|0|0",
        "1|8|closed|0|0|0",
    ];
    let registers = ascending.map(|text| Register::parse(text.as_bytes()).unwrap());
    assert!(registers.is_sorted_by(|lower, higher| lower < higher));
}

#[test]
fn what_is_not_canonical_is_refused() {
    let refused = [
        "",
        "1",
        "1|1|open|1|0",
        "1|1|open|1|0|0|",
        "1|1|open|1|0|0|0",
        "2|1|open|1|0|0",
        "01|1|open|1|0|0",
        "1|01|open|1|0|0",
        "1|+1|open|1|0|0",
        "1|-1|open|1|0|0",
        "1| 1|open|1|0|0",
        "1|1 |open|1|0|0",
        "1||open|1|0|0",
        "1|1|Open|1|0|0",
        "1|1|half_open|1|0|0",
        "1|1||1|0|0",
        "1|1|open|1.0|0|0",
        "1|1|open|1e3|0|0",
        "1|1|open|0x1|0|0",
        "1|1|open|1|0|0\n",
        "1|9007199254740992|open|1|0|0",
        "1|1|open|99999999999999999999|0|0",
        "1|1|open|1|0|18446744073709551617",
    ];
    for text in refused {
        assert_eq!(Register::parse(text.as_bytes()), None, "{text:?}");
    }
    let largest = "1|9007199254740991|open|9007199254740991|0|0";
    assert!(Register::parse(largest.as_bytes()).is_some());
}

#[test]
fn a_register_counts_from_a_day_ahead_to_an_hour_past() {
    let open = |epoch, until| Register { epoch, state: State::Open, until, failed: 0, ok: 0 };
    let half_open = |until| Register { state: State::HalfOpen, ..open(NOW, until) };
    let cases = [
        (Register::closed(NOW), true),
        (Register::closed(NOW + DAY), true),
        (Register::closed(NOW + DAY + 1), false),
        (Register::closed(NOW - HOUR), true),
        (Register::closed(NOW - HOUR - 1), false),
        (open(NOW - DAY, NOW - HOUR), true),
        (open(NOW - DAY, NOW - HOUR - 1), false),
        (open(NOW - DAY, MOST), true),
        (open(NOW + DAY + 1, NOW), false),
        (half_open(NOW - HOUR), true),
        (half_open(NOW - HOUR - 1), false),
    ];
    for (register, counts) in cases {
        assert_eq!(register.counts(NOW), counts, "{register}");
    }
}

#[test]
fn only_an_open_phase_has_something_left() {
    let left = |state, until| Register { epoch: 1, state, until, failed: 0, ok: 0 }.left(NOW);
    assert_eq!(left(State::Open, NOW + 5), 5);
    assert_eq!(left(State::Open, NOW), 0);
    assert_eq!(left(State::Open, NOW - 5), 0);
    assert_eq!(left(State::HalfOpen, NOW + 5), 0);
    assert_eq!(left(State::Closed, NOW + 5), 0);
}
