//! Tests of dates and durations, value by value and against another implementation.

use std::time::{Duration, UNIX_EPOCH};

use httpdate::fmt_http_date;
use proptest::prelude::*;

use super::super::values::{decimal, go_duration, http_date, rfc_3339};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The end of the year 9998, so that an offset does not exceed the year 9999.
const LAST: u64 = 253_370_764_799;

/// The same second as a date of RFC 9110, by httpdate, and of RFC 3339, made from it.
fn both_forms(seconds: u64) -> (String, String) {
    let date = fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    let fields: Vec<_> = date.split(' ').collect();
    let [_, day, month, year, time, _] = fields[..] else { panic!("{date}") };
    let month = MONTHS.iter().position(|it| *it == month).unwrap() + 1;
    let same = format!("{year}-{month:02}-{day}T{time}");
    (date, same)
}

proptest! {
    #[test]
    fn both_forms_of_a_second_are_that_second(seconds in 0..LAST) {
        let (date, same) = both_forms(seconds);
        let expected = Some(Duration::from_secs(seconds));
        prop_assert_eq!(rfc_3339(&format!("{same}Z")), expected);
        prop_assert_eq!(http_date(&date), expected);
        for zone in ["UTC", "+0000", "-0000", "+00:00"] {
            prop_assert_eq!(http_date(&date.replace("GMT", zone)), expected);
        }
    }

    #[test]
    fn an_offset_names_the_same_moment(seconds in 100_000..LAST, minutes in -1439..1440_i64) {
        let (_, there) = both_forms(seconds.checked_add_signed(minutes * 60).unwrap());
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        let text = format!("{there}.25{sign}{hours:02}:{minutes:02}");
        prop_assert_eq!(rfc_3339(&text), Some(Duration::from_secs(seconds) + Duration::from_millis(250)));
    }

    #[test]
    fn any_text_is_read_or_not(text in r"\PC{0,40}", date in "[0-9TZ:.+ -]{0,30}") {
        for text in [text, date] {
            let _ = (rfc_3339(&text), http_date(&text), go_duration(&text), decimal(&text));
        }
    }

    #[test]
    fn a_duration_of_go_is_the_sum_of_its_parts(hours in 0..100_u64, minutes in 0..60_u64, millis in 0..60_000_u64) {
        let text = format!("{hours}h{minutes}m{}.{:03}s", millis / 1000, millis % 1000);
        let expected = Duration::from_secs(hours * 3600 + minutes * 60) + Duration::from_millis(millis);
        prop_assert_eq!(go_duration(&text), Some(expected));
    }
}

#[test]
fn dates_that_the_calendar_has_are_read() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T00:00:00Z", 951_782_400),
        ("2024-02-29T23:59:59Z", 1_709_251_199),
        ("2400-02-29T00:00:00Z", 13_574_563_200),
        ("2026-11-30t10:00:00z", 1_796_032_800),
        ("2026-11-30 10:00Z", 1_796_032_800),
        ("2026-11-30T10:00+00:00", 1_796_032_800),
        ("2026-11-30T11:30:00+01:30", 1_796_032_800),
        ("2026-11-29T22:15:00-11:45", 1_796_032_800),
        // A leap second.
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        // All times before 1970 are past.
        ("1969-12-31T23:59:59.9Z", 0),
        ("0000-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(rfc_3339(text), Some(Duration::from_secs(seconds)), "{text}");
    }
    let nanos = rfc_3339("1970-01-01T00:00:01.1234567899Z");
    assert_eq!(nanos, Some(Duration::new(1, 123_456_789)));
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "T",
        "2026-11-30",
        "10:00:00Z",
        "2026-11-30T10:00:00",
        "2026-11-30T10Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-13-10T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-11-30T24:00:00Z",
        "2026-11-30T10:60:00Z",
        "2026-11-30T10:00:61Z",
        "2026-11-30T10:00:00.Z",
        "2026-11-30T10:00:00.xZ",
        "2026-11-30T10:00.5Z",
        "2026-11-30T10:00:00+1:00",
        "2026-11-30T10:00:00+24:00",
        "2026-11-30T10:00:00+01:60",
        "2026-11-30T10:00:00ZZ",
        "2026-11-30T10:00:00Z ",
        "+026-11-30T10:00:00Z",
        "12026-11-30T10:00:00Z",
        "2026-1-30T10:00:00Z",
        "2026-11-30T1é:00:00Z",
        "２０２６-11-30T10:00:00Z",
    ] {
        assert_eq!(rfc_3339(text), None, "{text}");
    }
}

#[test]
fn lengths_of_time_have_a_unit_each() {
    for (text, nanos) in [
        ("12ms", 12_000_000),
        ("1s", 1_000_000_000),
        ("3.957525076s", 3_957_525_076),
        ("1h23m31s", 5_011_000_000_000),
        ("1.5h", 5_400_000_000_000),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("7ns", 7),
        ("0s", 0),
        (".5s", 500_000_000),
    ] {
        assert_eq!(go_duration(text), Some(Duration::from_nanos(nanos)), "{text}");
    }
    for text in ["", "s", "1", "1 s", "-1s", "+1s", "1d", "1s2", "1.2.3s", ".s", "1e3s", "NaNs"] {
        assert_eq!(go_duration(text), None, "{text}");
    }
    let longest = go_duration(&format!("{}h1h", "9".repeat(400)));
    assert_eq!(longest, Some(Duration::MAX));
}

#[test]
fn numbers_have_neither_sign_nor_exponent() {
    assert_eq!(decimal("299.997"), Some(299.997));
    for text in ["", ".", "1.2.3", "-1", "+1", "1e3", "inf", "NaN", "0x1", "1_0", " 1", "١"] {
        assert_eq!(decimal(text), None, "{text}");
    }
}
