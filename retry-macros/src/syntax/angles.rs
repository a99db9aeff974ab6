//! Angle brackets, which are no groups to the compiler's tokens: what stands outside of them.

use proc_macro2::{Spacing, TokenTree};

use crate::tokens::is_punct;

/// Where the first token stands that is outside of angle brackets and satisfies the question.
///
/// For types, where each `<` opens a bracket; expressions need more care.
pub(crate) fn find_outside(
    tokens: &[TokenTree],
    ask: &dyn Fn(&[TokenTree], &TokenTree) -> bool,
) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let before = &tokens[..at];
        if depth == 0 && ask(before, token) {
            return Some(at);
        }
        depth = depth_after(depth, before, token);
    }
    None
}

/// Where the first such punctuation mark stands outside of angle brackets.
pub(crate) fn find_mark(tokens: &[TokenTree], mark: char) -> Option<usize> {
    find_outside(tokens, &|_, token| is_punct(Some(token), mark))
}

/// Splits at a punctuation mark that stands outside of angle brackets; a last empty part is none.
pub(crate) fn split_outside(tokens: &[TokenTree], mark: char) -> Vec<&[TokenTree]> {
    let mut parts = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let end = find_mark(rest, mark);
        let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(part);
        rest = behind.get(1..).unwrap_or_default();
    }
    parts
}

/// The tokens with each part between commas passed through `change`.
pub(super) fn map_between_commas(
    tokens: &[TokenTree],
    change: impl Fn(&[TokenTree]) -> Vec<TokenTree>,
) -> Vec<TokenTree> {
    let mut mapped = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let end = find_mark(rest, ',');
        let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
        mapped.extend(change(part));
        mapped.extend(behind.first().cloned());
        rest = behind.get(1..).unwrap_or_default();
    }
    mapped
}

/// The length of the `<…>` that the tokens begin with.
pub(super) fn bracket_length(tokens: &[TokenTree]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        depth = depth_after(depth, &tokens[..at], token);
        if depth == 0 {
            return (at > 0).then_some(at + 1);
        }
    }
    None
}

fn depth_after(depth: usize, before: &[TokenTree], token: &TokenTree) -> usize {
    match token {
        TokenTree::Punct(punct) if punct.as_char() == '<' => depth + 1,
        TokenTree::Punct(punct) if punct.as_char() == '>' && !is_arrow(before) => {
            depth.saturating_sub(1)
        }
        _ => depth,
    }
}

/// Whether a `>` behind these tokens ends `->` or `=>`.
pub(crate) fn is_arrow(before: &[TokenTree]) -> bool {
    matches!(before.last(), Some(TokenTree::Punct(last))
        if matches!(last.as_char(), '-' | '=') && last.spacing() == Spacing::Joint)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::*;
    use crate::tokens::stream;

    fn tokens(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    fn parts(text: &str) -> Vec<String> {
        split_outside(&tokens(text), ',')
            .into_iter()
            .map(|part| stream(part).to_string().replace(' ', ""))
            .collect()
    }

    #[test]
    fn commas_in_angle_brackets_do_not_split() {
        assert_eq!(parts("Result<Vec<Option<T>>, E>, B"), ["Result<Vec<Option<T>>,E>", "B"]);
        assert_eq!(parts("F<fn(A, B) -> C, D>, E"), ["F<fn(A,B)->C,D>", "E"]);
        assert_eq!(
            parts("[u8; { N > 3 } as usize], <T as A<B, C>>::D,"),
            ["[u8;{N>3}asusize]", "<TasA<B,C>>::D"]
        );
        assert_eq!(parts("dyn for<'a, 'b> Fn(&'a T) -> U, V"), ["dynfor<'a,'b>Fn(&'aT)->U", "V"]);
        assert_eq!(parts(""), [""; 0]);
    }

    #[test]
    fn a_stray_bracket_loses_nothing() {
        assert_eq!(parts("A>, B"), ["A>", "B"]);
        assert_eq!(parts("A<, B"), ["A<,B"]);
    }

    #[test]
    fn brackets_are_measured() {
        assert_eq!(bracket_length(&tokens("<T: Fn() -> Vec<u8>>::X")), Some(12));
        assert_eq!(bracket_length(&tokens("<>()")), Some(2));
        assert_eq!(bracket_length(&tokens("T<u8>")), None);
        assert_eq!(bracket_length(&tokens("<T")), None);
    }

    #[test]
    fn what_stands_inside_is_not_found() {
        let equals = |text| find_mark(&tokens(text), '=');
        assert_eq!(equals("Item<A = B> = C"), Some(6));
        assert_eq!(equals("Item<A = B>"), None);
    }
}
