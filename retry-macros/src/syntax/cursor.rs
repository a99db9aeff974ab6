//! Reading tokens one after another.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::Attribute;
use super::angles::bracket_length;
use crate::tokens::{contents, is_ident, is_punct, stream};

/// The tokens that are still to be read. What it is asked for and does not find, it leaves.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    rest: &'t [TokenTree],
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(tokens: &'t [TokenTree]) -> Self {
        Self { rest: tokens }
    }

    pub(crate) fn rest(&self) -> &'t [TokenTree] {
        self.rest
    }

    pub(crate) fn peek(&self) -> Option<&'t TokenTree> {
        self.rest.first()
    }

    pub(crate) fn is_at(&self, punct: char) -> bool {
        is_punct(self.peek(), punct)
    }

    pub(crate) fn is_at_word(&self, word: &str) -> bool {
        is_ident(self.peek(), word)
    }

    /// Takes so many tokens, or all that are left.
    pub(crate) fn take(&mut self, count: usize) -> &'t [TokenTree] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub(crate) fn punct(&mut self, punct: char) -> bool {
        let found = self.is_at(punct);
        self.take(usize::from(found));
        found
    }

    pub(crate) fn word(&mut self, word: &str) -> bool {
        let found = self.is_at_word(word);
        self.take(usize::from(found));
        found
    }

    pub(crate) fn ident(&mut self) -> Option<&'t Ident> {
        let Some(TokenTree::Ident(ident)) = self.peek() else { return None };
        self.take(1);
        Some(ident)
    }

    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<&'t Group> {
        let Some(TokenTree::Group(group)) = self.peek() else { return None };
        (group.delimiter() == delimiter).then(|| {
            self.take(1);
            group
        })
    }

    /// Takes `::`.
    pub(crate) fn path_separator(&mut self) -> bool {
        let found = self.is_at(':') && is_punct(self.rest.get(1), ':');
        self.take(if found { 2 } else { 0 });
        found
    }

    /// Takes `<…>`, and gives all of it.
    pub(crate) fn angle_bracket(&mut self) -> Option<&'t [TokenTree]> {
        let length = bracket_length(self.rest).filter(|_| self.is_at('<'))?;
        Some(self.take(length))
    }

    /// Takes the outer attributes.
    pub(crate) fn attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        while let [pound, TokenTree::Group(group), ..] = self.rest
            && is_punct(Some(pound), '#')
            && group.delimiter() == Delimiter::Bracket
        {
            attributes.push(Attribute::new(pound.clone(), group.clone()));
            self.take(2);
        }
        attributes
    }

    /// Takes `pub`, `pub(crate)` and the like, or the invisible group of a `$vis:vis`, empty or not.
    pub(crate) fn visibility(&mut self) -> TokenStream {
        let length = match self.rest {
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::None => {
                let first = group.stream().into_iter().next();
                usize::from(first.is_none() || is_ident(first.as_ref(), "pub"))
            }
            [public, TokenTree::Group(group), ..]
                if is_ident(Some(public), "pub") && is_restriction(group) =>
            {
                2
            }
            [public, ..] if is_ident(Some(public), "pub") => 1,
            _ => 0,
        };
        stream(self.take(length))
    }
}

/// Whether `(…)` behind `pub` says to whom, and is not the type of a field.
fn is_restriction(group: &Group) -> bool {
    let inside: Vec<TokenTree> = group.stream().into_iter().take(2).collect();
    group.delimiter() == Delimiter::Parenthesis
        && match inside.as_slice() {
            [TokenTree::Ident(only)] => only == "crate" || only == "self" || only == "super",
            [first, _] => is_ident(Some(first), "in"),
            _ => false,
        }
}

/// The tokens without the invisible groups that stand around what came out of a `macro_rules` fragment.
pub(crate) fn flattened(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut flat = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flat.extend(flattened(&contents(group)));
            }
            other => flat.push(other.clone()),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The visibility, and what is left behind it.
    fn visibility(tokens: TokenStream) -> (String, String) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut cursor = Cursor::new(&tokens);
        let taken = cursor.visibility().to_string().replace(' ', "");
        let rest = stream(cursor.rest());
        (taken, rest.to_string().replace(' ', ""))
    }

    fn of(text: &str) -> (String, String) {
        visibility(text.parse().unwrap())
    }

    fn invisible(text: &str) -> TokenStream {
        TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap())).into()
    }

    #[test]
    fn visibilities_are_told_from_types_in_parentheses() {
        let parts = |taken: &str, rest: &str| (taken.to_owned(), rest.to_owned());
        assert_eq!(of("pub x"), parts("pub", "x"));
        assert_eq!(of("pub(crate) x"), parts("pub(crate)", "x"));
        assert_eq!(of("pub(in crate::a) x"), parts("pub(incrate::a)", "x"));
        assert_eq!(of("pub (crate::A, B)"), parts("pub", "(crate::A,B)"));
        assert_eq!(of("pub ()"), parts("pub", "()"));
        assert_eq!(of("x"), parts("", "x"));
    }

    #[test]
    fn visibilities_of_macro_rules_may_be_empty() {
        for (text, left) in [("", ""), ("pub(crate)", ""), ("u8", "u8")] {
            let (taken, rest) = visibility(invisible(text));
            assert_eq!(rest, left);
            assert_eq!(taken, if left.is_empty() { text } else { "" });
        }
    }

    #[test]
    fn attributes_stop_before_the_item() {
        let tokens: TokenStream = "#[a] #[b = 1] #![c] x".parse().unwrap();
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut cursor = Cursor::new(&tokens);
        assert_eq!(cursor.attributes().len(), 2);
        assert!(cursor.is_at('#'));
    }

    #[test]
    fn invisible_groups_flatten_at_any_depth() {
        let inner = invisible("a b");
        let outer = TokenTree::Group(Group::new(Delimiter::None, inner));
        assert_eq!(flattened(&[outer]).len(), 2);
    }
}
