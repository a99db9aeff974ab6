//! Words and phrases that are not allowed, and their replacements.

use crate::Finding;
use crate::comments::Comment;
use crate::markdown::Prose;

/// The maximum length of a sentence in a page for users, in words.
pub const LONGEST_SENTENCE: usize = 40;

/// Phrases in lower case, each with its replacement. Only whole words match.
const PHRASES: &[(&str, &str)] = &[
    ("of no account", "say what is ignored"),
    ("to be had", "available"),
    ("were it not", "if"),
    ("to be told from", "distinguish"),
    ("none of its own", "without one"),
    ("as far as", "if, or up to"),
    ("all the same", "anyway, or equal"),
    ("so that it", "start a new sentence"),
    ("there is nobody who", "nothing, or no caller"),
    ("beside", "next to, with, or besides"),
    ("hands on", "passes"),
    ("handed on", "passed"),
    ("comes to", "is, or reaches"),
    ("of its own", "own, or separate"),
    ("of their own", "own, or separate"),
    ("nobody", "no caller, no listener"),
    ("whoever", "the caller, anyone who"),
    ("verdict", "outcome, or decision"),
    ("verdicts", "outcomes, or decisions"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("series", "call, or retry sequence"),
    ("room", "space, capacity, or module"),
    ("sweep", "pass"),
    ("sweeps", "passes"),
    ("glance", "look, or first screen"),
    ("told", "reported, or distinguished"),
    ("behaviour", "behavior"),
    ("behaviours", "behaviors"),
    ("colour", "color"),
    ("colours", "colors"),
    ("licence", "license"),
    ("canceled", "cancelled"),
    ("misspelt", "misspelled"),
    ("judgement", "judgment"),
];

/// Terms that contain a phrase.
const TERMS: &[&str] = &["time series"];

/// Words that must not begin a doc comment.
const OPENINGS: &[&str] = &["What", "How", "Whoever", "Who", "Where", "When", "The one that"];

/// Returns the phrases in a text that are not allowed.
pub fn check(prose: &Prose) -> Vec<Finding> {
    let text = prose.text.to_lowercase();
    let text = TERMS.iter().fold(text, |text, term| text.replace(term, "`"));
    let used = PHRASES.iter().filter(|(phrase, _)| has_words(&text, phrase));
    let finding = |(phrase, instead): &(&str, &str)| Finding {
        line: prose.line,
        problem: format!("\"{phrase}\"; write: {instead}"),
    };
    used.map(finding).collect()
}

/// Returns an error if a doc comment begins with one of [`OPENINGS`].
pub fn opening(comment: &Comment) -> Option<Finding> {
    let (_, first) = comment.lines.first().filter(|_| comment.is_doc)?;
    let word = OPENINGS.iter().find(|word| has_words(first, word) && first.starts_with(**word))?;
    let problem = format!("a doc comment begins with \"{word}\"; begin with a verb or a noun");
    Some(Finding { line: comment.line, problem })
}

/// Returns the sentences that are too long.
pub fn long_sentences(prose: &Prose) -> Vec<Finding> {
    if !prose.is_sentences {
        return Vec::new();
    }
    let sentences = prose.text.split_inclusive(['.', '?', '!', ':']);
    let words = |sentence: &&str| sentence.split_whitespace().count() > LONGEST_SENTENCE;
    let finding = |sentence: &str| {
        let count = sentence.split_whitespace().count();
        let begin: Vec<_> = sentence.split_whitespace().take(5).collect();
        let problem = format!("a sentence of {count} words: \"{} …\"", begin.join(" "));
        Finding { line: prose.line, problem }
    };
    sentences.filter(words).map(finding).collect()
}

/// Whether `text` contains `words` as whole words.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(start, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let before = text[..start].chars().next_back();
        let after = text[start + words.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
