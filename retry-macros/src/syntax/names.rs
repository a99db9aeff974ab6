//! Which words are free to be names.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::flattened;
use crate::tokens::list;

/// The words that no edition up to 2021 lets be a name. `gen` is one up to there, and `union` and the like are
/// keywords in some places only.
const RESERVED: [&str; 52] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "Self", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name, if the tokens are nothing else.
pub(crate) fn name(tokens: &TokenStream) -> Option<Ident> {
    match flattened(&list(tokens.clone())).as_slice() {
        [TokenTree::Ident(name)] if is_free(name) => Some(name.clone()),
        _ => None,
    }
}

/// Whether a word may be a name.
pub(crate) fn is_free(word: &Ident) -> bool {
    !RESERVED.iter().any(|reserved| word == reserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_no_names() {
        let is_name = |text: &str| name(&text.parse().unwrap()).is_some();
        assert!(is_name("a") && is_name("r#in") && is_name("union") && is_name("__self"));
        for other in ["in", "self", "Self", "crate", "_", "true", "a b", "a::b", "1", "\"a\"", ""] {
            assert!(!is_name(other), "{other}");
        }
    }
}
