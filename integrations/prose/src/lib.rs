//! Checks what people read in this project: the Markdown files, and the comments in the code.
//!
//! | checked | rule |
//! |---|---|
//! | lines | at most 100 characters, except in tables, code and links |
//! | phrases | none of the list in [`phrases`] |
//! | doc comments | begin with a verb or a noun phrase, not with words such as "What" or "How" |
//! | sentences of the guide | at most [`phrases::LONGEST_SENTENCE`] words |
//! | links in Markdown files | lead to a file, and to a heading in it |
//! | pictures | exist, and have alternative text |
//! | code that rustdoc ignores | is in a Rust file, and so compiled |

pub mod comments;
pub mod files;
pub mod links;
pub mod markdown;
pub mod phrases;
pub mod shown;
pub mod width;

#[cfg(test)]
mod tests;

use std::path::Path;

/// A violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line, counted from 1.
    pub line: usize,
    /// The rule that the line breaks.
    pub problem: String,
}

/// Returns the violations in one file, given its path and text.
pub fn check(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if files::is_markdown(path) {
        let page = markdown::parse(text);
        findings.extend(width::markdown(text));
        findings.extend(page.prose.iter().flat_map(phrases::check));
        if files::is_guide(path) {
            findings.extend(page.prose.iter().flat_map(phrases::long_sentences));
        }
        findings.extend(links::check(path, &page));
    } else if let Some(marker) = files::comment_marker(path) {
        let comments = comments::parse(text, marker);
        findings.extend(width::comments(&comments));
        for comment in &comments {
            findings.extend(phrases::opening(comment));
            findings.extend(comment.prose().iter().flat_map(phrases::check));
        }
    }
    findings.sort();
    findings
}
