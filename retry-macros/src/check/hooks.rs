//! Checks the hooks of `#[async_retry]`, and its `stop_on`.

use syn::Expr;

use super::expressions::{closure, is_async};
use crate::args::Expression as _;
use crate::diagnostics::Errors;
use crate::model::{Hook, HookKind, Retry};
use crate::walk::{exit, jump};

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
    if let Some(Hook { expression, .. }) = &retry.before_retry {
        stays(expression, "before_retry", errors);
    }
    if let Some(stop) = &retry.stop_on {
        stays(stop, "stop_on", errors);
        if let (_, Some(wait)) = jump(stop) {
            errors.at(wait, "`stop_on` takes the future itself, which is awaited together with the wait: leave out `.await`, or write `stop_on = async { … }`");
        }
    }
    if let Some(stop) = retry.stop_on.as_ref().filter(|stop| closure(stop).is_some()) {
        errors.on(stop, "`stop_on` takes a future, not a closure, because the expression is evaluated anew for each wait: write `stop_on = shutdown.cancelled()`");
    }
}

/// The expression is evaluated inside the loop of the attempts, which it must not leave: the call
/// would end without an event, and with another outcome than its last.
fn stays(expression: &Expr, key: &str, errors: &mut Errors) {
    if let Some(span) = exit(expression, true).or(jump(expression).0) {
        let message = format!(
            "control flow that leaves `{key}` would end the call: write it inside an `async` block or closure"
        );
        errors.at(span, message);
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
