//! Checks the key `stream` of both attributes.

use proc_macro2::Ident;

use crate::diagnostics::Errors;
use crate::item::Function;
use crate::shape;
use crate::types::{associated, guarded, is_alias, is_guarded, is_inferred, is_no_result, ok_type};

pub(super) fn check(stream: &Ident, function: &Function, errors: &mut Errors) {
    if !cfg!(feature = "stream") {
        errors.at(
            stream.span(),
            "`stream` needs the feature `stream`, which is on by default: enable it for \
             `retry-utils`",
        );
    }
    let Ok(outcome) = shape::outcome(function) else { return };
    if is_alias(outcome) && guarded(outcome).is_none() {
        errors.on(
            outcome,
            "the return type hides the stream: write it as `Result<…>` with `impl Stream<Item = \
             Result<…>>` or `Guarded<…>` in it, not as an alias",
        );
    }
    let Some(ok) = ok_type(outcome) else { return };
    if let Some(item) = associated(ok, "Stream", "Item").filter(|item| is_no_result(item)) {
        errors.on(item, "with `stream`, the items must be results: write `Item = Result<…>`");
    }
    if !is_guarded(ok) && !is_inferred(ok) {
        errors.on(
            ok,
            "with `stream`, the function must return a stream: write `impl Stream<Item = \
             Result<…>>`, or `Guarded<…>` around this type",
        );
    }
}
