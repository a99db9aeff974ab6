//! Checks the links and pictures of Markdown files.

use std::fs;
use std::path::Path;

use crate::Finding;
use crate::markdown::{self, Link, Page};

/// The minimum length of an alternative text. A shorter one is only a title.
const SHORTEST_ALTERNATIVE: usize = 30;

/// Returns links that lead nowhere, and pictures without alternative text.
pub fn check(path: &Path, page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in page.links.iter().chain(page.pictures.iter().map(|picture| &picture.link)) {
        if let Some(problem) = problem(path, page, link) {
            findings.push(Finding { line: link.line, problem });
        }
    }
    for picture in &page.pictures {
        let length = picture.alternative.chars().count();
        if length < SHORTEST_ALTERNATIVE {
            let problem =
                format!("the alternative text has {length} characters; say what the picture shows");
            findings.push(Finding { line: picture.link.line, problem });
        }
    }
    findings
}

fn problem(path: &Path, page: &Page, link: &Link) -> Option<String> {
    let destination = match &link.destination {
        Ok(destination) => destination,
        Err(name) => return Some(format!("the link `{name}` is not defined")),
    };
    // Other sites are not requested, and rustdoc checks links to items.
    if destination.contains(':') || is_item(destination) {
        return None;
    }
    let (file, anchor) = destination.split_once('#').unwrap_or((destination, ""));
    let target = path.parent().unwrap_or(Path::new("")).join(file);
    if !file.is_empty() && !target.exists() {
        return Some(format!("there is no file `{file}`"));
    }
    let has_anchor = if anchor.is_empty() {
        true
    } else if file.is_empty() {
        page.anchors.iter().any(|known| known == anchor)
    } else {
        let text = fs::read_to_string(&target).unwrap_or_default();
        markdown::parse(&text).anchors.iter().any(|known| known == anchor)
    };
    (!has_anchor).then(|| format!("`{destination}` names no heading"))
}

/// Whether the link is for rustdoc: `crate::RetryConfig`, `macro@crate::async_retry`.
fn is_item(destination: &str) -> bool {
    destination.contains("::") || destination.contains('@')
}
