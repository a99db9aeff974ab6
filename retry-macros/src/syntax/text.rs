//! String literals.

use proc_macro2::{Literal, Span, TokenStream};
use quote::ToTokens;

/// A string literal, with the text that it stands for.
pub(crate) struct Text {
    literal: Literal,
    value: String,
}

impl Text {
    /// Reads a literal, if it is a string: not of bytes, not for C, and without a suffix.
    pub(crate) fn read(literal: Literal) -> Option<Self> {
        let written = literal.to_string();
        let value = match written.strip_prefix('r') {
            Some(raw) => raw.trim_matches('#').strip_prefix('"')?.strip_suffix('"')?.to_owned(),
            None => unescaped(written.strip_prefix('"')?.strip_suffix('"')?)?,
        };
        Some(Self { literal, value })
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    pub(crate) fn span(&self) -> Span {
        self.literal.span()
    }
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.literal.to_tokens(tokens);
    }
}

/// The text that escapes such as `\n` stand for.
fn unescaped(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            text.push(next);
            continue;
        }
        text.push(match rest.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'x' => code_point(&rest.by_ref().take(2).collect::<String>())?,
            'u' => {
                let digits = rest.by_ref().skip(1).take_while(|next| *next != '}');
                code_point(&digits.filter(|next| *next != '_').collect::<String>())?
            }
            // The line goes on behind the white space of the next.
            '\n' => {
                rest = rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']).chars();
                continue;
            }
            quoted @ ('\\' | '"' | '\'') => quoted,
            _ => return None,
        });
    }
    Some(text)
}

fn code_point(hexadecimal: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(hexadecimal, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenTree;

    use super::*;

    fn value(written: &str) -> Option<String> {
        let tokens: TokenStream = written.parse().unwrap();
        let Some(TokenTree::Literal(literal)) = tokens.into_iter().next() else {
            panic!("a literal")
        };
        Text::read(literal).map(|text| text.value)
    }

    #[test]
    fn a_text_is_what_the_literal_stands_for() {
        for (written, expected) in [
            (r#""""#, ""),
            (r#""200ms""#, "200ms"),
            (r#""\"\\\'\n\r\t\0""#, "\"\\'\n\r\t\0"),
            (r#""\x41\u{e4}\u{1_F600}""#, "A\u{e4}\u{1F600}"),
            ("\"a\\\n   b\"", "ab"),
            ("\"a\nb\"", "a\nb"),
            (r#"r"a\n""#, "a\\n"),
            (r###"r##"a"#b"##"###, "a\"#b"),
        ] {
            assert_eq!(value(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn other_literals_are_no_text() {
        for written in ["1", "1.5", "'a'", "b\"a\"", "c\"a\"", "b'a'", "br\"a\"", "\"a\"b"] {
            assert_eq!(value(written), None, "{written}");
        }
    }
}
