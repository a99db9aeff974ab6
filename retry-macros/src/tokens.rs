//! Small questions about token streams: function bodies stay raw.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;

/// Whether any token in the stream, at any depth, satisfies the predicate.
pub(crate) fn any(tokens: TokenStream, predicate: &mut dyn FnMut(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| {
        predicate(&token)
            || matches!(&token, TokenTree::Group(group) if any(group.stream(), predicate))
    })
}

pub(crate) fn contains_word(tokens: &TokenStream, word: &str) -> bool {
    any(tokens.clone(), &mut |token| is_word(Some(token), word))
}

/// The words in code. Function bodies are long, and are read once for all questions about them.
#[derive(Default)]
pub(crate) struct Words {
    words: Vec<String>,
    /// Literals, in which a variable may be named.
    literals: Vec<String>,
}

impl Words {
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let mut found = Self::default();
        any(tokens.clone(), &mut |token| {
            match token {
                TokenTree::Ident(word) => found.words.push(word.to_string()),
                TokenTree::Literal(literal) => found.literals.push(literal.to_string()),
                TokenTree::Group(_) | TokenTree::Punct(_) => {}
            }
            false
        });
        found
    }

    pub(crate) fn count(&self) -> usize {
        self.words.len() + self.literals.len()
    }

    pub(crate) fn contain(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
    pub(crate) fn any_starts_with(&self, start: &str) -> bool {
        self.words.iter().any(|known| known.starts_with(start))
    }

    /// Whether the code names the variable: by the word, or in a format string such as `"{name}"`.
    pub(crate) fn name(&self, variable: &Ident) -> bool {
        let (name, in_format) = (variable.to_string(), format!("{{{}", variable.unraw()));
        self.contain(&name) || self.literals.iter().any(|text| text.contains(&in_format))
    }
}

/// How deep groups are nested.
pub(crate) fn depth(tokens: &TokenStream) -> usize {
    let depths = tokens.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => 1 + depth(&group.stream()),
        _ => 0,
    });
    depths.max().unwrap_or(0)
}

/// The stream at another place, with its hygiene kept.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let inside_too = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => regroup(&group, respan(group.stream(), span)).into(),
        other => other,
    });
    respan_outside(inside_too.collect(), span)
}

/// The stream at another place, but for what stands in its groups.
pub(crate) fn respan_outside(tokens: TokenStream, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(located).collect()
}

pub(crate) fn regroup(group: &Group, stream: TokenStream) -> Group {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    new
}

pub(crate) fn first_span(tokens: impl ToTokens) -> Span {
    tokens.into_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// From the first token to the last, where the compiler can say so; else where the first stands.
pub(crate) fn whole_span(tokens: impl ToTokens) -> Span {
    let tokens = tokens.into_token_stream();
    let first = first_span(&tokens);
    tokens.into_iter().last().and_then(|last| first.join(last.span())).unwrap_or(first)
}

pub(crate) fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}
pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether the name is one of the words, which are separated by spaces.
pub(crate) fn is_one_of(name: &Ident, words: &str) -> bool {
    words.split_whitespace().any(|word| name == word)
}
