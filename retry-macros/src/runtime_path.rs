//! The path by which generated code finds the runtime, spelled only here.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{LitStr, Path};

use crate::hygiene::ours;

/// The facade crate's path, `::retry_utils` unless `crate = "…"` names another.
#[derive(Clone)]
pub(crate) struct RuntimePath(TokenStream);

impl RuntimePath {
    pub(crate) fn parse(literal: &LitStr) -> syn::Result<Self> {
        // The string's span, so that rustc reports an unresolved path there, and `crate` is the
        // crate that the string is written in.
        let path = literal.parse_with(Path::parse_mod_style).map_err(|_| {
            syn::Error::new(literal.span(), "`crate` takes the path of the facade crate, for example `crate = \"crate::reexports::retry_utils\"`")
        })?;
        Ok(Self(path.into_token_stream()))
    }
}

impl Default for RuntimePath {
    fn default() -> Self {
        Self(ours!(::retry_utils))
    }
}

impl ToTokens for RuntimePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
