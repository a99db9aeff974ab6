//! Small functions on token streams.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;

/// Returns whether any token in the stream, at any depth, satisfies the predicate.
pub(crate) fn any(tokens: TokenStream, predicate: &mut dyn FnMut(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| {
        predicate(&token)
            || matches!(&token, TokenTree::Group(group) if any(group.stream(), predicate))
    })
}

pub(crate) fn contains_word(tokens: &TokenStream, word: &str) -> bool {
    any(tokens.clone(), &mut |token| is_word(Some(token), word))
}

/// Returns whether code names a variable: by the word, or in a format string such as `"{name}"`.
pub(crate) fn names(code: &TokenStream, variable: &Ident) -> bool {
    let in_format = format!("{{{}", variable.unraw());
    any(code.clone(), &mut |token| match token {
        TokenTree::Ident(word) => word == variable,
        TokenTree::Literal(literal) => literal.to_string().contains(&in_format),
        TokenTree::Group(_) | TokenTree::Punct(_) => false,
    })
}

/// Returns how deep groups are nested.
pub(crate) fn depth(tokens: &TokenStream) -> usize {
    let depths = tokens.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => 1 + depth(&group.stream()),
        _ => 0,
    });
    depths.max().unwrap_or(0)
}

/// Moves all tokens to another location, and keeps their hygiene.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let inside_too = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => regroup(&group, respan(group.stream(), span)).into(),
        other => other,
    });
    respan_outside(inside_too.collect(), span)
}

/// Moves the tokens to another location, except those inside groups.
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

/// Returns the span from the first token to the last if the compiler can join them, else the first.
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

/// Returns whether the name is one of the words, which are separated by spaces.
pub(crate) fn is_one_of(name: &Ident, words: &str) -> bool {
    // Each comparison of an `Ident` with a `str` would allocate.
    let name = name.to_string();
    words.split(' ').any(|word| word == name)
}
