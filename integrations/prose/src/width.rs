//! Limits lines to 100 characters.

use crate::Finding;
use crate::comments::Comment;

const LIMIT: usize = 100;

/// Returns the lines of a Markdown file that are too long.
pub fn markdown(text: &str) -> Vec<Finding> {
    let lines: Vec<_> = text.lines().map(|line| (line, line)).collect();
    too_long(1, &lines)
}

/// Returns the lines of comments that are too long.
pub fn comments(comments: &[Comment]) -> Vec<Finding> {
    let too_long = |comment: &Comment| {
        let lines: Vec<_> = comment.lines.iter().map(|(whole, text)| (&**whole, &**text)).collect();
        too_long(comment.line, &lines)
    };
    comments.iter().flat_map(too_long).collect()
}

/// Takes whole lines, and their text without the marker of a comment.
fn too_long(first: usize, lines: &[(&str, &str)]) -> Vec<Finding> {
    let mut is_code = false;
    let mut findings = Vec::new();
    for (index, (whole, text)) in lines.iter().enumerate() {
        let text = text.trim_start();
        is_code ^= text.starts_with("```");
        let length = whole.chars().count();
        if length > LIMIT && !is_code && !cannot_be_wrapped(text) {
            let problem = format!("{length} characters; wrap at {LIMIT}");
            findings.push(Finding { line: first + index, problem });
        }
    }
    findings
}

/// Whether this is a row of a table, the definition of a link, a picture, or a URL.
fn cannot_be_wrapped(text: &str) -> bool {
    let is_definition = text.starts_with('[') && text.contains("]: ");
    text.starts_with('|') || is_definition || text.starts_with("![") || text.contains("://")
}
