//! Checks the key `stream` of both attributes.

use proc_macro2::Ident;

use crate::diagnostics::Errors;
use crate::item::Function;
use crate::shape;
use crate::types::{associated, guarded, is_alias, is_guarded, is_inferred, is_no_result, ok_type};

pub(super) fn check(stream: &Ident, function: &Function, errors: &mut Errors) {
    if !cfg!(feature = "stream") {
        errors.at(stream.span(), "`stream` needs the feature `stream` of the crate `retry-utils`, which is on by default");
    }
    let Ok(outcome) = shape::outcome(function) else { return };
    if is_alias(outcome) && guarded(outcome).is_none() {
        errors.on(outcome, "with `stream` the return type shows the stream: write `Result<…>` with `impl Stream<Item = Result<…>>` or `Guarded<…>` in it, since an alias hides that");
    }
    let Some(ok) = ok_type(outcome) else { return };
    if let Some(item) = associated(ok, "Stream", "Item").filter(|item| is_no_result(item)) {
        errors.on(item, "with `stream` an item says whether it failed: write `Item = Result<…>`");
    }
    if !is_guarded(ok) && !is_inferred(ok) {
        errors.on(ok, "with `stream` the function returns a guarded stream: write `impl Stream<Item = Result<…>>`, or `Guarded<…>` around this type");
    }
}
