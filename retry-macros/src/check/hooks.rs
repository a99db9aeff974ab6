//! Checks the hooks of `#[async_retry]`, and its `stop_on`.

use syn::Expr;

use super::expressions::{closure, is_async};
use crate::args::Expression as _;
use crate::diagnostics::Errors;
use crate::model::{Hook, HookKind, Retry};

pub(super) fn check(retry: &Retry, errors: &mut Errors) {
    if let Some(hook) = retry.on_retry.as_ref().filter(|hook| is_async(hook)) {
        errors.on(hook, "`on_retry` is synchronous, so the future that it returns would never run: for a hook that is awaited, write `before_retry`");
    }
    if let Some(Hook { expression, .. }) = &retry.before_retry {
        let takes_another_number = closure(expression).is_some_and(|it| it.inputs.len() != 1);
        if takes_another_number || matches!(expression.bare(), Expr::Async(_)) {
            errors.on(expression, "`before_retry` takes a hook that is called with the error and awaited: write `before_retry = async |error| …`, or `async |_| …`");
        }
    }
    if let Some(stop) = retry.stop_on.as_ref().filter(|stop| closure(stop).is_some()) {
        errors.on(stop, "`stop_on` takes a future, not a closure, because the expression is evaluated anew for each wait: write `stop_on = shutdown.cancelled()`");
    }
}

/// Finds the kind of a hook by its syntax.
pub(super) fn hook(expression: Expr) -> Hook {
    let kind = match closure(&expression) {
        None => HookKind::Callable,
        Some(closure) if closure.asyncness.is_some() => HookKind::AsyncClosure,
        Some(_) => HookKind::Closure,
    };
    Hook { expression, kind }
}
