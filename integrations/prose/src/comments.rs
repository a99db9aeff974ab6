//! Finds the comments in code.

use crate::markdown::{self, Prose};

/// Consecutive lines of comments of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Comment {
    /// The line on which the comment begins, counted from 1.
    pub line: usize,
    /// Whether the comment documents an item.
    pub is_doc: bool,
    /// The lines, each as a whole and without indentation and marker.
    pub lines: Vec<(String, String)>,
}

impl Comment {
    /// Returns the prose of the comment, without code.
    pub fn prose(&self) -> Vec<Prose> {
        let text: Vec<_> = self.lines.iter().map(|(_, text)| text.as_str()).collect();
        let prose = markdown::parse(&text.join("\n")).prose;
        prose.into_iter().map(|prose| Prose { line: prose.line + self.line - 1, ..prose }).collect()
    }
}

/// Returns the comments on separate lines.
pub fn parse(text: &str, marker: &str) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut kind = None;
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix(marker) else {
            kind = None;
            continue;
        };
        let doc = rest.chars().next().filter(|c| marker == "//" && matches!(c, '/' | '!'));
        let body = rest.strip_prefix(['/', '!']).unwrap_or(rest);
        let body = body.strip_prefix(' ').unwrap_or(body).to_owned();
        let this = Some(doc);
        if kind != this {
            let lines = Vec::new();
            comments.push(Comment { line: index + 1, is_doc: doc.is_some(), lines });
            kind = this;
        }
        comments.last_mut().expect("a comment was pushed").lines.push((line.to_owned(), body));
    }
    comments
}
