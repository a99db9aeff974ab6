//! The arguments of `#[retry(…)]`, taken apart.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Result};
use syn::{Expr, Ident, Token};

pub(super) enum Argument {
    Word(Ident),
    Key(Ident, Expr),
    Malformed(TokenStream),
}

impl Argument {
    /// Each argument is read by itself, so that a malformed one hides no error in the next.
    pub(super) fn list(input: ParseStream<'_>) -> Result<Vec<Self>> {
        let mut arguments = Vec::new();
        while !input.is_empty() {
            let ahead = input.fork();
            match Self::well_formed(&ahead) {
                Ok(argument) if at_end(&ahead) => {
                    input.advance_to(&ahead);
                    arguments.push(argument);
                }
                _ => arguments.push(Self::Malformed(up_to_comma(input)?)),
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(arguments)
    }

    fn well_formed(input: ParseStream<'_>) -> Result<Self> {
        // `crate` is a keyword.
        let word = input.call(Ident::parse_any)?;
        match input.parse::<Option<Token![=]>>()? {
            // An expression, because `path::<A, B>` contains a comma.
            Some(_) => Ok(Self::Key(word, input.parse()?)),
            None => Ok(Self::Word(word)),
        }
    }
}

/// All tokens before the next comma, or a comma that nothing precedes.
fn up_to_comma(input: ParseStream<'_>) -> Result<TokenStream> {
    let is_comma = input.peek(Token![,]);
    let mut tokens = TokenStream::from(input.parse::<TokenTree>()?);
    while !is_comma && !at_end(input) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}
