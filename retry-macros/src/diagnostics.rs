//! Collecting every mistake of one attribute, and suggesting the mend.

use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use crate::tokens;

/// One mistake, from the token where it begins to the one where it ends.
#[derive(Debug)]
pub(crate) struct Mistake {
    start: Span,
    end: Span,
    message: String,
}

impl Mistake {
    /// One that stands at `span`.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { start: span, end: span, message: message.into() }
    }

    /// One that spans all of `tokens`.
    pub(crate) fn on(tokens: TokenStream, message: impl Into<String>) -> Self {
        let tokens = tokens::list(tokens);
        let start = tokens.first().map_or_else(Span::call_site, TokenTree::span);
        let end = tokens.last().map_or(start, TokenTree::span);
        Self { start, end, message: message.into() }
    }

    fn to_compile_error(&self) -> TokenStream {
        let Self { start, end, message } = self;
        // The compiler marks all from the first token to the last.
        let mut message = Literal::string(message);
        message.set_span(*end);
        let inside = quote_spanned!(*end=> { #message });
        quote_spanned!(*start=> ::core::compile_error! #inside)
    }
}

/// The mistakes found so far; must be finished, so that none is lost.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<Mistake>,
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a mistake that stands at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Mistake::at(span, message.to_string()));
    }

    /// Adds a mistake that spans all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(Mistake::on(tokens.into_token_stream(), message.to_string()));
    }

    pub(crate) fn add(&mut self, mistake: Mistake) {
        self.found.push(mistake);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All mistakes as `compile_error!` items, or nothing.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.finished = true;
        (!self.found.is_empty()).then(|| self.found.iter().map(Mistake::to_compile_error).collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "mistakes must be reported");
    }
}

/// The known word that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many insertions, deletions and substitutions lead from one word to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_word_and_nothing_far_off() {
        let known = ["max_attempts", "max_delay", "retry_if", "retry_if_ok"];
        assert_eq!(nearest("max_attempt", &known), Some("max_attempts"));
        assert_eq!(nearest("retryif", &known), Some("retry_if"));
        assert_eq!(nearest("colour", &known), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
