//! The path by which generated code finds the runtime, written only here.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{LitStr, Path};

use crate::hygiene::ours;

/// Returns the facade crate's path, unless `crate = "…"` names another.
pub(crate) fn default() -> TokenStream {
    ours!(::retry_utils)
}

/// Parses the string of `crate = "…"`.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<TokenStream> {
    // With the span of the string, rustc reports an unresolved path there, and `crate` means the
    // crate in which the string is written.
    let path = literal.parse_with(Path::parse_mod_style).map_err(|_| {
        syn::Error::new(
            literal.span(),
            "`crate` takes the path of a re-exported `retry_utils`: write, for example, `crate = \
             \"crate::reexports::retry_utils\"`",
        )
    })?;
    Ok(path.into_token_stream())
}
