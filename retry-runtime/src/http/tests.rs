//! Tests of internals: the tables of headers and codes, each form of date, and log lines.

mod dates;
mod guide;
#[cfg(feature = "tracing")]
mod log;

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;

use super::FailedStatus;
use super::codes;
use super::hints::{SHOULD_RETRY, SOURCES};
use crate::config::STANDARD;
use crate::failure::{RetryHint, Retryable};

/// Reads header lines, `name: value`.
fn headers<'l>(lines: impl IntoIterator<Item = &'l str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    headers
}

/// Texts like those that servers send, and arbitrary ones.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        r"[-+]?[0-9]{0,30}(\.[0-9]{0,30})?(e[0-9]{1,3})?",
        r"([0-9]{1,30}(\.[0-9]{1,12})?(h|m|s|ms|us|ns|d)?){1,4}",
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?(Z|[+-][0-9]{2}:[0-9]{2})",
        r"(Mon|Tue|Wed), [0-3][0-9] (Jan|Feb|Mar) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-5][0-9] (GMT|UTC|\+0000)(, [0-9]{1,3})?",
        r#"("[a-z;,\\"]{0,5}"(;[rtq]=[0-9-]{0,20}){0,4}, ?){0,3}"#,
        r"(limit|remaining|reset)=[0-9]{0,20}(, (limit|remaining|reset)=[0-9]{0,20}){0,4}",
        "NaN|inf|infinity|true|false|0x10|1_000",
        r"[ -~]{0,40}",
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    let remaining = SOURCES.iter().filter_map(|source| source.remaining);
    let names = SOURCES.iter().map(|source| source.name).chain(remaining).chain(SHOULD_RETRY);
    prop::sample::select(names.chain([codes::AWS_HEADER, "date", "age"]).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn no_header_makes_a_panic_or_a_wait_that_the_policy_forbids(
        status in 400..600_u16,
        lines in prop::collection::vec((name(), prop_oneof![3 => value(), 1 => Just("0".to_owned())]), 0..8),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in &lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let failed = FailedStatus::of(StatusCode::from_u16(status).unwrap(), &headers).unwrap();
        let hint = failed.retry_hint();
        prop_assert_ne!(hint, RetryHint::AtLeast(Duration::ZERO));
        prop_assert_ne!(hint, RetryHint::Soft(Duration::ZERO));
        prop_assert_eq!(failed.retry_after(), hint.duration());
        if let (RetryHint::AtLeast(wait), Some(next)) = (hint, STANDARD.retries("any").next(&failed)) {
            prop_assert!(wait <= next && wait <= STANDARD.max_retry_after, "{wait:?}, {next:?}");
        }
    }

    #[test]
    fn no_body_makes_a_panic(body in r#"(\{|\}|\[|\]|,|:|"error"|"code"|"details"|"retryDelay"|"quotaId"|"violations"|"[0-9.]{1,30}s"|"PerDay"|-?[0-9]{1,40}|null|true|\\u00|"){0,60}"#) {
        codes::read(&body);
    }

    #[test]
    fn a_body_that_is_cut_behind_its_code_still_has_it(cut in 0..100_usize, pad in "[ a-zé]{0,40}") {
        let start = format!(r#"[{{"m":"{pad}","error":{{"message":["{pad}"],"code":429,"type":"insufficient_quota""#);
        let rest = format!(r#","param":null,"more":{{"{pad}":[[1.5]]}}}}}}]"#);
        let end = rest.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(rest.len());
        let read = codes::read(&format!("{start}{}", &rest[..end]));
        prop_assert!(read.kind.is_some());
    }
}

#[test]
fn a_deep_or_a_long_body_is_no_trouble() {
    for open in ["[", r#"{"error":"#, r#"{"a":"#, r#"{"error":{"details":["#, "[{"] {
        codes::read(&open.repeat(50_000));
    }
    let long = format!(r#"{{"error":{{"details":[{}"#, r#"{"retryDelay":"1s"},"#.repeat(50_000));
    assert_eq!(codes::read(&long).retry_delay, Some(Duration::from_secs(1)));
    let deep = format!(
        r#"{{"a":{}{},"error":{{"code":"insufficient_quota"}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(codes::read(&deep).kind.is_some());
}
