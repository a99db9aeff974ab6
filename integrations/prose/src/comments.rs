//! Finds the comments in code.

use crate::markdown::{self, Prose};

/// Consecutive lines of comments of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Comment {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// Whether it documents an item.
    pub is_doc: bool,
    /// The lines, whole and without indentation and marker.
    pub lines: Vec<(String, String)>,
}

impl Comment {
    /// Returns its prose, without code.
    pub fn prose(&self) -> Vec<Prose> {
        let text: Vec<_> = self.lines.iter().map(|(_, text)| text.as_str()).collect();
        let prose = markdown::parse(&text.join("\n")).prose;
        prose.into_iter().map(|prose| Prose { line: prose.line + self.line - 1, ..prose }).collect()
    }
}

/// Returns the comments that are on separate lines.
pub fn parse(text: &str, marker: &str) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    // The third character of the last line, if that was a comment.
    let mut last = None;
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix(marker) else {
            last = None;
            continue;
        };
        let doc = rest.chars().next().filter(|c| marker == "//" && matches!(c, '/' | '!'));
        let body = rest.strip_prefix(['/', '!']).unwrap_or(rest);
        let body = body.strip_prefix(' ').unwrap_or(body);
        let line = (line.to_owned(), body.to_owned());
        match comments.last_mut() {
            Some(comment) if last == Some(doc) => comment.lines.push(line),
            _ => {
                let is_doc = doc.is_some();
                comments.push(Comment { line: index + 1, is_doc, lines: vec![line] });
            }
        }
        last = Some(doc);
    }
    comments
}
