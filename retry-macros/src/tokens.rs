//! Small questions about token streams, which the parts keep raw.

use proc_macro2::{Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::syntax::is_arrow;

/// Splits at the commas outside of brackets and of generic arguments.
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part: Vec<TokenTree> = Vec::new();
    let mut angles = 0_usize;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                ',' if angles == 0 => {
                    parts.push(part.drain(..).collect());
                    continue;
                }
                // `<` is a comparison unless a path asks for generic arguments: `f::<A, B>()`, `<T as Tr>::X`.
                '<' if angles > 0 || opens_generics(&part) => angles += 1,
                '>' if angles > 0 && !is_arrow(&part) => angles -= 1,
                _ => {}
            }
        }
        part.push(token);
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

/// Whether a `<` behind these tokens opens generic arguments.
fn opens_generics(before: &[TokenTree]) -> bool {
    match before {
        [] => true,
        // Behind an operator stands an operand, and the only one that begins so is `<T as Trait>::X`.
        [.., TokenTree::Punct(last)] => match last.as_char() {
            '<' => last.spacing() == Spacing::Alone,
            '>' | '?' => false,
            _ => true,
        },
        _ => ends_in_cast(before),
    }
}

/// Whether the tokens end in `as` and a path: a type, behind which `<` is no comparison.
fn ends_in_cast(before: &[TokenTree]) -> bool {
    let mut rest = before;
    while let [start @ .., TokenTree::Ident(word)] = rest {
        if word == "as" {
            return true;
        }
        rest = match start {
            [start @ .., one, two] if is_punct(Some(one), ':') && is_punct(Some(two), ':') => start,
            start => start,
        };
    }
    false
}

/// Whether any identifier in the stream, at any depth, satisfies the question.
pub(crate) fn any_ident(tokens: &TokenStream, ask: &mut dyn FnMut(&Ident) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ask(&ident),
        TokenTree::Group(group) => any_ident(&group.stream(), ask),
        _ => false,
    })
}

/// The stream with every identifier passed through `change`, at any depth.
pub(crate) fn map_idents(
    tokens: TokenStream,
    change: &mut dyn FnMut(Ident) -> Ident,
) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) => TokenTree::Ident(change(ident)),
            TokenTree::Group(group) => {
                let stream = map_idents(group.stream(), change);
                TokenTree::Group(regroup(&group, stream))
            }
            other => other,
        })
        .collect()
}

/// The stream at another place, with its hygiene kept.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let inside = respan(group.stream(), span);
                token = TokenTree::Group(Group::new(group.delimiter(), inside));
            }
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// A group like `group` around another stream.
pub(crate) fn regroup(group: &Group, stream: TokenStream) -> Group {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    new
}

/// The tokens of a stream one by one.
pub(crate) fn list(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// The tokens in a group one by one.
pub(crate) fn contents(group: &Group) -> Vec<TokenTree> {
    list(group.stream())
}

/// Tokens as a stream again.
pub(crate) fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// From the first token to the last, where the compiler can say so; else where the first stands.
pub(crate) fn whole_span(tokens: impl ToTokens) -> Span {
    let tokens = list(tokens.into_token_stream());
    match tokens.as_slice() {
        [] => Span::call_site(),
        [first, .., last] => first.span().join(last.span()).unwrap_or_else(|| first.span()),
        [only] => only.span(),
    }
}

pub(crate) fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

pub(crate) fn is_ident(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether the token is a colon that stands alone rather than in `::`.
pub(crate) fn is_lone_colon(previous: Option<&TokenTree>, punct: &Punct) -> bool {
    let joined = |punct: &Punct| punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
    punct.as_char() == ':'
        && !joined(punct)
        && !matches!(previous, Some(TokenTree::Punct(previous)) if joined(previous))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let tokens: TokenStream = text.parse().unwrap();
        split_at_commas(tokens).iter().map(|part| part.to_string().replace(' ', "")).collect()
    }

    #[test]
    fn commas_inside_brackets_and_generics_do_not_split() {
        assert_eq!(parts("A, b = f(1, 2), c = [1, 2],"), ["A", "b=f(1,2)", "c=[1,2]"]);
        assert_eq!(parts("policy::<A, B>(), x = 1"), ["policy::<A,B>()", "x=1"]);
        assert_eq!(parts("<T as P<A, B>>::POLICY, x = 1"), ["<TasP<A,B>>::POLICY", "x=1"]);
        assert_eq!(parts("x = f::<fn(u8) -> u8, B>, y = 2"), ["x=f::<fn(u8)->u8,B>", "y=2"]);
        assert_eq!(parts("x = -<A as B<C, D>>::E, y"), ["x=-<AasB<C,D>>::E", "y"]);
        assert_eq!(parts("x = a as b::C<D, E>, y"), ["x=aasb::C<D,E>", "y"]);
    }

    #[test]
    fn comparisons_are_no_generics() {
        assert_eq!(
            parts("retry_if = |e| e.code < 5, y = 1 > 0"),
            ["retry_if=|e|e.code<5", "y=1>0"]
        );
        assert_eq!(parts("1 << 3, a << b, f()? < 2, x"), ["1<<3", "a<<b", "f()?<2", "x"]);
        assert_eq!(parts("a as b && c < d, e"), ["aasb&&c<d", "e"]);
    }
}
