//! The patterns of arguments, which stay tokens: what they bind, and by which `mut`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::tokens::{is_punct, regroup};

/// The names that a pattern binds, each with the span of its `mut`, if it has one.
///
/// Without parsing patterns: of the identifiers, a binding is what is no path, no field name and no
/// keyword, and begins in lower case, as `non_snake_case` has it.
pub(crate) fn bindings(
    pattern: &TokenStream,
) -> impl Iterator<Item = (Option<Span>, Ident)> + use<> {
    let mut found = Vec::new();
    collect_bindings(pattern.clone(), &mut found);
    found.into_iter()
}

fn collect_bindings(pattern: TokenStream, found: &mut Vec<(Option<Span>, Ident)>) {
    let tokens: Vec<TokenTree> = pattern.into_iter().collect();
    let mut owned_mut = None;
    for (at, token) in tokens.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|before| tokens.get(before));
        match token {
            TokenTree::Group(group) => collect_bindings(group.stream(), found),
            TokenTree::Ident(ident) if ident == "mut" => {
                let by_reference = is_punct(previous, '&')
                    || matches!(previous, Some(TokenTree::Ident(before)) if before == "ref");
                owned_mut = (!by_reference).then(|| ident.span());
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                let in_path =
                    is_punct(previous, ':') && at >= 2 && is_punct(tokens.get(at - 2), ':');
                let next = tokens.get(at + 1);
                let names_something = is_punct(next, ':')
                    || is_punct(next, '!')
                    || matches!(next, Some(TokenTree::Group(_)));
                let keyword = matches!(text.as_str(), "ref" | "_" | "true" | "false" | "box");
                if !in_path
                    && !names_something
                    && !keyword
                    && text
                        .trim_start_matches("r#")
                        .starts_with(|c: char| c.is_lowercase() || c == '_')
                {
                    found.push((owned_mut.take(), ident.clone()));
                }
            }
            _ => {}
        }
    }
}

/// Takes the `mut` in front of a name out of a pattern or a binding, if there is one.
///
/// The user's own token is what moves: made anew, it would no longer be linted when it is needless.
pub(crate) fn take_mut_before(tokens: &mut TokenStream, name: &Ident) -> Option<Ident> {
    let mut taken = None;
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in std::mem::take(tokens) {
        match token {
            TokenTree::Group(group) => {
                let mut stream = group.stream();
                taken = taken.or(take_mut_before(&mut stream, name));
                kept.push(TokenTree::Group(regroup(&group, stream)));
            }
            TokenTree::Ident(ident) => {
                let mutable = matches!(kept.last(), Some(TokenTree::Ident(last)) if last == "mut");
                if ident == *name && mutable {
                    taken = taken.or(Some(Ident::new(
                        "mut",
                        kept.pop().map_or_else(Span::call_site, |last| last.span()),
                    )));
                }
                kept.push(TokenTree::Ident(ident));
            }
            other => kept.push(other),
        }
    }
    *tokens = kept.into_iter().collect();
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str) -> String {
        let tokens: TokenStream = pattern.parse().unwrap();
        bindings(&tokens)
            .map(|(mutable, name)| format!("{}{name}", if mutable.is_some() { "mut " } else { "" }))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn bindings_of_patterns() {
        assert_eq!(names("prompt"), "prompt");
        assert_eq!(names("mut prompt"), "mut prompt");
        assert_eq!(names("(a, mut b)"), "a, mut b");
        assert_eq!(names("model::Point { x, y: mut depth, .. }"), "x, mut depth");
        assert_eq!(names("Wrapper(inner)"), "inner");
        assert_eq!(names("&mut buffer"), "buffer");
        assert_eq!(names("ref mut buffer"), "buffer");
        assert_eq!(names("_"), "");
    }
}
