//! What the return type of a function is to a breaker that guards its stream.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{GenericArgument, PathArguments, Token, Type, TypeParamBound, TypePath};

use crate::shape::nameable;
use crate::tokens::is_ident;

/// `X` of an outcome that is recognisably a `Result<X, E>`.
pub(crate) fn ok_type(outcome: &Type) -> Option<&Type> {
    match outcome {
        Type::Paren(ty) => ok_type(&ty.elem),
        Type::Group(ty) => ok_type(&ty.elem),
        Type::Path(ty) if ty.path.segments.last()?.ident == "Result" => first_argument(ty),
        _ => None,
    }
}

/// `X` of `impl Stream<Item = X>`.
pub(crate) fn item_type(ty: &Type) -> Option<&Type> {
    let Type::ImplTrait(ty) = ty else { return None };
    ty.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments
        else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
            _ => None,
        })
    })
}

/// What the type of a stream is to the breaker that guards it.
pub(crate) enum StreamType {
    /// `impl Stream`, or nothing that can be told from its tokens.
    Inferred,
    Guarded,
    Other,
}

impl StreamType {
    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Paren(ty) => Self::of(&ty.elem),
            Type::Group(ty) => Self::of(&ty.elem),
            Type::ImplTrait(_) | Type::Infer(_) | Type::Macro(_) | Type::Verbatim(_) => {
                Self::Inferred
            }
            Type::Path(ty) if is_guarded(ty) => Self::Guarded,
            _ => Self::Other,
        }
    }
}

/// `X` of `Guarded<X>` as an expression may name it, `_` at `span` for any other type.
pub(crate) fn plain_stream(ty: Option<&Type>, span: Span) -> TokenStream {
    match ty {
        Some(Type::Paren(ty)) => plain_stream(Some(&ty.elem), span),
        Some(Type::Group(ty)) => plain_stream(Some(&ty.elem), span),
        Some(Type::Path(ty)) if is_guarded(ty) => first_argument(ty)
            .map_or_else(|| quote_spanned!(span=> _), |ty| nameable(ty).into_token_stream()),
        _ => quote_spanned!(span=> _),
    }
}

/// `X` of `Name<X, …>`.
fn first_argument(ty: &TypePath) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &ty.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `let __ret: Result<Guarded<S>, E> = { … };`, by which `#[async_trait]` names the type of the body, with
/// what an expression may name of it.
pub(crate) fn infer_return(statements: TokenStream) -> TokenStream {
    let parse = |input: ParseStream<'_>| {
        let start: (Token![let], Ident, Token![:]) =
            (input.parse()?, input.parse()?, input.parse()?);
        Ok((start, input.parse::<Type>()?, input.parse::<TokenStream>()?))
    };
    let mut tokens = statements.clone().into_iter().skip(1);
    if !is_ident(tokens.next().as_ref(), "__ret") {
        return statements;
    }
    match parse.parse2(statements.clone()) {
        Ok(((keyword, name, colon), ty, rest)) => {
            let ty = nameable(&ty);
            quote!(#keyword #name #colon #ty #rest)
        }
        Err(_) => statements,
    }
}

pub(crate) fn is_guarded(ty: &TypePath) -> bool {
    ty.path.segments.last().is_some_and(|last| last.ident == "Guarded")
}
