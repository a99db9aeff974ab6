use proptest::prelude::*;

use super::*;
use crate::limits::MOST;

const NOW: u64 = 1_800_000_000_000;
const DAY: u64 = 24 * 3_600_000;

fn record() -> impl Strategy<Value = Record> {
    let number = || prop_oneof![4 => 0..3_u64, 1 => 0..=MOST];
    let force = prop_oneof![Just(Force::None), Just(Force::Closed), Just(Force::Open)];
    let mode = prop_oneof![
        Just(SetMode::None),
        Just(SetMode::Enforce),
        Just(SetMode::Observe),
        Just(SetMode::Off)
    ];
    let names = ("[!-z~]{1,3}", "[ -~é]{0,32}");
    (number(), force, number(), mode, names).prop_map(|(epoch, force, until, mode, (id, by))| {
        let until = if force == Force::None { 0 } else { until };
        Record { epoch, force, until, mode, id: id.into_bytes(), by: by.into_bytes() }
    })
}

proptest! {
    #[test]
    fn a_text_is_read_as_it_was_written(record in record()) {
        prop_assert_eq!(Record::parse(&record.to_bytes()), Some(record));
    }

    #[test]
    fn what_is_read_is_canonical(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100),
            "1\\|0?[0-9]{1,3}\\|(-|open|closed)\\|[0-9]{1,2}\\|(-|off)\\|[a|]{0,2}\\|[a|]{0,66}"
                .prop_map(String::into_bytes),
        ]
    ) {
        if let Some(record) = Record::parse(&bytes) {
            prop_assert_eq!(record.to_bytes(), bytes);
        }
    }

    #[test]
    fn records_have_a_total_order(a in record(), b in record()) {
        prop_assert_eq!(a.clone().max(b.clone()), b.clone().max(a.clone()));
        prop_assert_eq!(a == b, a.to_bytes() == b.to_bytes());
        prop_assert_eq!(a.clone().max(b.clone()).epoch, a.epoch.max(b.epoch));
    }

    #[test]
    fn an_operators_name_can_always_be_recorded(name in any::<String>()) {
        let by = operator(&name).into_bytes();
        let (force, mode) = (Force::None, SetMode::None);
        let record = Record { epoch: 1, force, until: 0, mode, id: b"a".to_vec(), by };
        prop_assert_eq!(Record::parse(&record.to_bytes()), Some(record));
    }
}

#[test]
fn what_is_not_canonical_is_refused() {
    let long = format!("1|1|-|0|-|a|{}", "b".repeat(65));
    let refused = [
        "",
        "1|1|-|0|-|a",
        "2|1|-|0|-|a|",
        "1|01|-|0|-|a|",
        "1|1|forced|0|-|a|",
        "1|1|-|0|disabled|a|",
        "1|1|-|5|-|a|",
        "1|1|-|0|-||",
        "1|1|-|0|-|a b|",
        "1|1|-|0|-|a|ann\n",
        "1|1|-|0|-|a|\u{7f}",
        &long,
    ];
    for text in refused {
        assert_eq!(Record::parse(text.as_bytes()), None, "{text:?}");
    }
    let by = Record::parse(b"1|1|-|0|-|a|ann|b\xff").map(|record| record.by);
    assert_eq!(by.as_deref(), Some(&b"ann|b\xff"[..]), "the last field is free");
}

#[test]
fn a_record_counts_while_it_has_effect_and_for_seven_days_more() {
    let ago = |days: u64| NOW - days * DAY;
    let cases = [
        (format!("1|{}|open|0|-|a|", ago(400)), true),
        (format!("1|{}|open|{}|-|a|", ago(400), NOW + 1), true),
        (format!("1|{}|open|{}|-|a|", ago(400), ago(7)), true),
        (format!("1|{}|open|{}|-|a|", ago(400), ago(7) - 1), false),
        (format!("1|{}|closed|{}|off|a|", ago(400), ago(300)), true),
        (format!("1|{}|-|0|observe|a|", ago(400)), true),
        (format!("1|{}|-|0|-|a|", ago(7)), true),
        (format!("1|{}|-|0|-|a|", ago(7) - 1), false),
        (format!("1|{}|open|0|-|a|", NOW + DAY), true),
        (format!("1|{}|open|0|-|a|", NOW + DAY + 1), false),
    ];
    for (text, counts) in cases {
        assert_eq!(Record::parse(text.as_bytes()).unwrap().counts(NOW), counts, "{text}");
    }
}

#[test]
fn a_force_ends_at_its_time() {
    let force = |until| {
        let text = format!("1|1|open|{until}|-|a|");
        Record::parse(text.as_bytes()).unwrap().force(NOW)
    };
    assert_eq!(force(0), Force::Open);
    assert_eq!(force(NOW + 1), Force::Open);
    assert_eq!(force(NOW), Force::None);
}

#[test]
fn an_operators_name_is_cut_between_characters() {
    assert_eq!(operator("ann\u{0} of\n ops|"), "ann of ops|");
    assert_eq!(operator(&"é".repeat(40)), "é".repeat(32));
    assert_eq!(operator(&format!("a{}", "é".repeat(40))), format!("a{}", "é".repeat(31)));
}
