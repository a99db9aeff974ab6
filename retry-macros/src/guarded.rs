//! What the return type of a function is to a breaker that guards its stream.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::shape::nameable;
use crate::syntax::{Form, Path, Type, find_mark};
use crate::tokens::{is_ident, is_punct, list, stream};

/// `X` of an outcome that is recognisably a `Result<X, E>`.
pub(crate) fn ok_type(outcome: &Type) -> Option<Type> {
    match outcome.form() {
        Form::Wrapped(ty) => ok_type(&ty),
        Form::Path(path) if path.last == "Result" => path.first_type(),
        _ => None,
    }
}

/// `X` of `impl Stream<Item = X>`.
pub(crate) fn item_type(ty: &Type) -> Option<Type> {
    let Form::ImplTrait(bounds) = ty.form() else { return None };
    bounds.iter().find_map(|bound| bound.path()?.associated("Item"))
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
        match ty.form() {
            Form::Wrapped(ty) => Self::of(&ty),
            Form::ImplTrait(_) | Form::Unknown => Self::Inferred,
            Form::Path(path) if is_guarded(&path) => Self::Guarded,
            _ => Self::Other,
        }
    }
}

/// `X` of `Guarded<X>` as an expression may name it, `_` at `span` for any other type.
pub(crate) fn plain_stream(ty: Option<&Type>, span: Span) -> TokenStream {
    let plain = match ty.map(Type::form) {
        Some(Form::Wrapped(ty)) => return plain_stream(Some(&ty), span),
        Some(Form::Path(path)) if is_guarded(&path) => path.first_type(),
        _ => None,
    };
    plain.map_or_else(|| quote_spanned!(span=> _), |ty| nameable(&ty).into_token_stream())
}

/// `let __ret: Result<Guarded<S>, E> = { … };`, by which `#[async_trait]` names the type of the body, with
/// what an expression may name of it.
pub(crate) fn infer_return(statements: TokenStream) -> TokenStream {
    let mut tokens = statements.clone().into_iter().skip(1);
    if !is_ident(tokens.next().as_ref(), "__ret") {
        return statements;
    }
    let tokens = list(statements.clone());
    let ([.., colon], rest) = tokens.split_at(3.min(tokens.len())) else {
        return statements;
    };
    match find_mark(rest, '=') {
        Some(equals) if is_punct(Some(colon), ':') => {
            let ty = nameable(&Type::new(rest[..equals].to_vec()));
            let mut inferred = stream(&tokens[..3]);
            ty.to_tokens(&mut inferred);
            inferred.extend(stream(&rest[equals..]));
            inferred
        }
        _ => statements,
    }
}

pub(crate) fn is_guarded(path: &Path<'_>) -> bool {
    path.last == "Guarded"
}
