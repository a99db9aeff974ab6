//! Where generated code finds the runtime: spelled here and nowhere else.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::diagnostics::Mistake;
use crate::hygiene::ours;
use crate::syntax::{Text, is_module_path};
use crate::tokens::respan;

/// The facade crate's path, `::retry_utils` unless `crate = "…"` names another.
pub(crate) struct RuntimePath(TokenStream);

impl RuntimePath {
    /// The path in `crate = "…"`.
    pub(crate) fn parse(literal: &Text) -> Result<Self, Mistake> {
        // Spanned at the string, so that rustc reports a path that leads nowhere there.
        match literal.value().parse() {
            Ok(path) if is_module_path(&path) => Ok(Self(at_literal(path, literal.span()))),
            _ => Err(Mistake::at(
                literal.span(),
                "`crate` must be the path of the facade crate, for example \"retry_utils\" or \"crate::reexports::retry_utils\"",
            )),
        }
    }
}

/// The path as if it stood where the string does, with its hygiene too: `crate` is that of the string.
fn at_literal(path: TokenStream, span: Span) -> TokenStream {
    let tokens = path.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    tokens.collect()
}

impl RuntimePath {
    /// The path in `crate = "…"`.
    pub(crate) fn parse_lit(literal: &syn::LitStr) -> syn::Result<Self> {
        // The tokens are spanned at the string, so that rustc reports a path that leads nowhere there.
        match literal.parse_with(syn::Path::parse_mod_style) {
            Ok(path) => Ok(Self(path.into_token_stream())),
            Err(_) => Err(syn::Error::new(
                literal.span(),
                "`crate` must be the path of the facade crate, for example \"retry_utils\" or \"crate::reexports::retry_utils\"",
            )),
        }
    }
}

impl Default for RuntimePath {
    fn default() -> Self {
        Self(ours!(::retry_utils))
    }
}

impl RuntimePath {
    /// The path at a place of the user's: what the compiler reports of a call is then reported there alone.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        respan(self.0.clone(), span)
    }
}

impl ToTokens for RuntimePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
