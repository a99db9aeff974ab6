//! `#[…]` on an item, a variant, a field or an argument.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;

use super::flattened;
use crate::tokens::{contents, is_ident, is_punct};

pub(crate) struct Attribute {
    pound: TokenTree,
    bracket: Group,
}

/// What stands behind the name of an attribute.
pub(crate) enum Said {
    /// The tokens in parentheses, if there are any: `#[name]` says the same as `#[name()]`.
    List(TokenStream),
    /// `= value`.
    Value,
}

impl Attribute {
    pub(super) fn new(pound: TokenTree, bracket: Group) -> Self {
        Self { pound, bracket }
    }

    /// Whether the attribute has this name, and no path before it.
    pub(crate) fn is(&self, name: &str) -> bool {
        let tokens = flattened(&contents(&self.bracket));
        is_ident(tokens.first(), name) && !is_punct(tokens.get(1), ':')
    }

    /// What an attribute whose name is one word says.
    pub(crate) fn said(&self) -> Said {
        match flattened(&contents(&self.bracket)).get(1) {
            None => Said::List(TokenStream::new()),
            Some(TokenTree::Group(group)) => Said::List(group.stream()),
            Some(_) => Said::Value,
        }
    }
}

impl ToTokens for Attribute {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.pound.to_tokens(tokens);
        self.bracket.to_tokens(tokens);
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Delimiter;

    use super::*;
    use crate::syntax::Cursor;

    fn attribute(tokens: TokenStream) -> Attribute {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        Cursor::new(&tokens).attributes().remove(0)
    }

    fn of(text: &str) -> Attribute {
        attribute(text.parse().unwrap())
    }

    #[test]
    fn only_a_lone_name_is_the_name() {
        assert!(of("#[retry]").is("retry"));
        assert!(of("#[retry(timeout)]").is("retry"));
        assert!(of("#[retry = 1]").is("retry"));
        assert!(!of("#[retry::more]").is("retry"));
        assert!(!of("#[more::retry]").is("retry"));
        assert!(!of("#[::retry]").is("retry"));
    }

    #[test]
    fn what_is_said_is_a_list_or_a_value() {
        assert!(matches!(of("#[retry]").said(), Said::List(list) if list.is_empty()));
        assert!(matches!(of("#[retry()]").said(), Said::List(list) if list.is_empty()));
        assert!(
            matches!(of("#[retry(a, b = 1)]").said(), Said::List(list) if list.to_string() == "a , b = 1")
        );
        assert!(matches!(of("#[retry = \"a\"]").said(), Said::Value));
    }

    #[test]
    fn a_fragment_of_macro_rules_is_looked_into() {
        let meta = TokenTree::Group(Group::new(Delimiter::None, "retry(a)".parse().unwrap()));
        let mut tokens: TokenStream = "#".parse().unwrap();
        tokens.extend([TokenTree::Group(Group::new(Delimiter::Bracket, meta.into()))]);
        let attribute = attribute(tokens);
        assert!(attribute.is("retry"));
        assert!(matches!(attribute.said(), Said::List(list) if list.to_string() == "a"));
    }
}
