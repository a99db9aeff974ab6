//! What a field is called.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;

use super::{flattened, is_free};

#[derive(Clone)]
pub(crate) enum Member {
    Named(Ident),
    /// Of a tuple.
    Numbered(u32, Span),
}

impl Member {
    /// A name or a number, if the tokens are nothing else.
    pub(crate) fn read(tokens: &[TokenTree]) -> Option<Self> {
        match flattened(tokens).as_slice() {
            [TokenTree::Ident(name)] if is_free(name) => Some(Self::Named(name.clone())),
            [TokenTree::Literal(number)] => {
                let digits = number.to_string();
                let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
                let index = digits.parse().ok().filter(|_| plain)?;
                Some(Self::Numbered(index, number.span()))
            }
            _ => None,
        }
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(one), Self::Named(other)) => one == other,
            (Self::Numbered(one, _), Self::Numbered(other, _)) => one == other,
            _ => false,
        }
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Named(name) => name.to_tokens(tokens),
            Self::Numbered(index, span) => {
                let mut literal = Literal::u32_unsuffixed(*index);
                literal.set_span(*span);
                literal.to_tokens(tokens);
            }
        }
    }
}

impl std::fmt::Display for Member {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => name.fmt(out),
            Self::Numbered(index, _) => index.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::list;

    #[test]
    fn a_member_is_a_name_or_a_plain_number() {
        let read = |text: &str| {
            Member::read(&list(text.parse().unwrap())).map(|member| member.to_string())
        };
        assert_eq!(read("wait").as_deref(), Some("wait"));
        assert_eq!(read("r#in").as_deref(), Some("r#in"));
        assert_eq!(read("1").as_deref(), Some("1"));
        for wrong in ["in", "1u8", "1.0", "\"wait\"", "-1", "a.b", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
