//! Tests each row of the guide's tables, and that each header and code has a row.

use http::StatusCode;

use super::super::FailedStatus;
use super::super::codes::{AWS_HEADER, AWS_NEVER, AWS_THROTTLING, NEVER, NEVER_IN_DETAILS};
use super::super::hints::{SHOULD_RETRY, SOURCES};
use super::headers;
use crate::failure::Retryable;

const PAGE: &str = include_str!("../../../../docs/failures.md");

/// A row: the parts of the response, the status, and the expected result.
struct Row {
    parts: Vec<&'static str>,
    status: u16,
    says: &'static str,
}

impl Row {
    fn header_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| Some(part.split_once(": ")?.0))
    }

    fn failed(&self) -> FailedStatus {
        let (bodies, lines): (Vec<_>, Vec<_>) =
            self.parts.iter().partition(|part| part.starts_with('{'));
        let date = "date: Mon, 30 Nov 2026 10:00:00 GMT";
        let headers = headers(lines.into_iter().copied().chain([date]));
        let failed = FailedStatus::of(StatusCode::from_u16(self.status).unwrap(), &headers);
        let body = bodies.first().map_or("", |body| body);
        failed.unwrap().with_body(body.as_bytes())
    }
}

/// The rows of the table under a heading.
fn rows(heading: &str) -> Vec<Row> {
    let section = PAGE.split(heading).nth(1).unwrap().split("\n#").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            let cells: Vec<_> =
                line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
            let [parts, status, says, source] = cells[..] else { panic!("{line}") };
            assert!(!source.is_empty(), "no source: {line}");
            let parts = parts.trim_matches('`').split("`, `").collect();
            Row { parts, status: status.parse().unwrap(), says: says.trim_matches('`') }
        })
        .collect()
}

#[test]
fn the_tables_are_found() {
    assert!(hints().len() > SOURCES.len() && kinds().len() > AWS_THROTTLING.len());
}

fn hints() -> Vec<Row> {
    rows("\n### When to try again")
}

fn kinds() -> Vec<Row> {
    rows("\n### What headers and codes say about the kind")
}

#[test]
fn each_row_about_a_hint_is_true() {
    for row in hints() {
        let hint = row.failed().retry_hint();
        assert_eq!(format!("{hint:?}"), row.says, "{:?}", row.parts);
    }
}

#[test]
fn each_row_about_a_kind_is_true_and_says_more_than_the_status() {
    for row in kinds() {
        let kind = row.failed().failure_kind();
        assert_eq!(format!("{kind:?}"), row.says, "{:?}", row.parts);
        let by_status = StatusCode::from_u16(row.status).unwrap().failure_kind();
        assert_ne!(kind, by_status, "{:?}", row.parts);
    }
}

#[test]
fn each_header_that_is_read_has_a_row_and_no_other_has() {
    let (hints, kinds) = (hints(), kinds());
    let documented =
        |rows: &[Row], name| rows.iter().any(|row| row.header_names().any(|it| it == name));
    for source in SOURCES {
        assert!(documented(&hints, source.name), "no row for {}", source.name);
        let has_remaining = source
            .remaining
            .is_none_or(|name| documented(&hints, name) || documented(&kinds, name));
        assert!(has_remaining, "no row for {:?}", source.remaining);
    }
    for name in SHOULD_RETRY {
        assert!(documented(&hints, name) && documented(&kinds, name), "no row for {name}");
    }
    for name in hints.iter().chain(&kinds).flat_map(Row::header_names) {
        let is_read = SHOULD_RETRY.contains(&name)
            || name == AWS_HEADER
            || SOURCES.iter().any(|source| source.name == name || source.remaining == Some(name));
        assert!(is_read, "{name} is not read");
    }
}

#[test]
fn each_code_has_a_row() {
    let rows = kinds();
    let codes = [NEVER, NEVER_IN_DETAILS, AWS_NEVER, AWS_THROTTLING].concat();
    for code in codes {
        let (quoted, in_header) = (format!("\"{code}\""), format!("{AWS_HEADER}: {code}"));
        let found = |part: &&str| part.contains(&quoted) || **part == in_header;
        assert!(rows.iter().flat_map(|row| &row.parts).any(found), "no row for {code}");
    }
}
