//! Checks the hooks of `#[async_retry]`, and its `stop_on`.

use syn::Expr;

use super::expressions::{closure, is_async};
use crate::args::Expression as _;
use crate::diagnostics::Errors;
use crate::model::{Hook, HookKind, Retry};
use crate::walk::{exit, jump, wait};

pub(super) fn check(retry: &Retry, errors: &mut Errors) {
    if let Some(hook) = retry.on_retry.as_ref().filter(|hook| is_async(hook)) {
        errors.on(
            hook,
            "`on_retry` is synchronous, so a future returned here would never run: use \
             `before_retry` for an async hook",
        );
    }
    if let Some(Hook { expression, .. }) = &retry.before_retry {
        let takes_another_number = closure(expression).is_some_and(|it| it.inputs.len() != 1);
        if takes_another_number || matches!(expression.bare(), Expr::Async(_)) {
            errors.on(
                expression,
                "`before_retry` takes an async hook with one parameter, the error: write \
                 `before_retry = async |error| …`, or `async |_| …`",
            );
        }
        stays(expression, "before_retry", errors);
    }
    if let Some(stop) = &retry.stop_on {
        stays(stop, "stop_on", errors);
        if let Some(wait) = wait(stop) {
            errors.at(
                wait,
                "`stop_on` takes a future that has not been awaited: remove `.await`, or write \
                 `stop_on = async { … }`",
            );
        }
        if closure(stop).is_some() {
            errors.on(
                stop,
                "`stop_on` takes a future, not a closure: write, for example, `stop_on = \
                 shutdown.cancelled()`, which is evaluated for each wait",
            );
        }
    }
}

/// Rejects an expression that may leave the retry loop, inside which it is evaluated. The call
/// would end without an event, and not with the outcome of its last attempt.
fn stays(expression: &Expr, key: &str, errors: &mut Errors) {
    if let Some(span) = exit(expression, true).or_else(|| jump(expression)) {
        let message = format!(
            "control flow out of `{key}` would bypass the retry: move it into an `async` block or \
             a closure"
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
