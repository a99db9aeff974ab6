//! Finds the annotated function that an error is about.

use crate::cargo::{Diagnostic, Span};
use crate::find::Function;
use crate::source::Edits;

/// Returns the index of the annotated function that `error` is about.
pub fn blame(
    error: &Diagnostic,
    functions: &[Function],
    edits: &Edits,
    is_annotated: impl Fn(usize) -> bool,
) -> Option<usize> {
    let locate = |span: &Span| {
        places(span).find_map(|span| function_at(span, functions, edits, &is_annotated))
    };
    let primary = || error.spans.iter().filter(|span| span.is_primary);
    let secondary = || error.spans.iter().filter(|span| !span.is_primary);
    let notes = || notes(error).into_iter();
    // A caller may not satisfy an inserted bound.
    let mut unmet = notes().filter(|span| is_our_bound(span, functions, edits));
    if let Some(found) = unmet.find_map(locate) {
        return Some(found);
    }
    if is_about_a_future(error) {
        // The error points at the use of the future, and its notes point at the function.
        let mut all = notes().chain(secondary()).chain(primary());
        all.find_map(locate)
    } else {
        let mut all = primary().chain(secondary()).chain(notes());
        all.find_map(locate)
    }
}

/// Whether the error is about `Send` or `Sync` of a future. Its cause may be a future inside it.
fn is_about_a_future(error: &Diagnostic) -> bool {
    error.message.contains("between threads")
}

/// Returns the span and the macro calls that it comes from.
fn places(span: &Span) -> impl Iterator<Item = &Span> {
    std::iter::successors(Some(span), |span| span.expansion.as_ref().map(|call| &call.span))
}

fn notes(error: &Diagnostic) -> Vec<&Span> {
    let children = error.children.iter();
    children.flat_map(|child| child.spans.iter().chain(notes(child))).collect()
}

/// Returns the innermost annotated function around a span.
fn function_at(
    span: &Span,
    functions: &[Function],
    edits: &Edits,
    is_annotated: impl Fn(usize) -> bool,
) -> Option<usize> {
    let at = edits.get(&span.file_name)?.original(span.byte_start);
    let around = functions.iter().enumerate().filter(|(index, function)| {
        function.file == span.file_name && function.range.contains(&at) && is_annotated(*index)
    });
    around.min_by_key(|(_, function)| function.range.len()).map(|(index, _)| index)
}

/// Whether a span covers an inserted `+ Clone`.
fn is_our_bound(span: &Span, functions: &[Function], edits: &Edits) -> bool {
    let Some(edited) = edits.get(&span.file_name) else { return false };
    // The span of a type parameter begins before the bound.
    let Some(at) = (span.byte_start..span.byte_end).find(|at| edited.is_inserted(*at)) else {
        return false;
    };
    let at = edited.original(at);
    functions.iter().any(|function| {
        let bounds = function.arguments.iter().flat_map(|argument| &argument.clone_bounds);
        function.file == span.file_name && bounds.into_iter().any(|(place, _)| *place == at)
    })
}
