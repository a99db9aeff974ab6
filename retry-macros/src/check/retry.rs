//! Checks `#[async_retry(…)]` against the function under it.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, Lit, parse_quote_spanned};

use super::expressions::{closure, makes, names_type, variable};
use super::{arguments, consumed, hooks, site, streams};
use crate::args::{Arguments, Expression as _, text};
use crate::diagnostics::Errors;
use crate::hygiene::ours;
use crate::item::{Bound, Function, bindings};
use crate::keys::RETRY;
use crate::model::{Retry, Site, Subject, SubjectKind};
use crate::stack::Layer;

pub(crate) fn retry(
    tokens: TokenStream,
    function: &Function,
    errors: &mut Errors,
) -> Option<(Site, Retry)> {
    if !cfg!(feature = "timer") {
        errors.at(
            Span::call_site(),
            "retries need a timer: enable the feature `tokio` (on by default) or `smol` of \
             `retry-utils`",
        );
    }
    let mut arguments = Arguments::parse(tokens, &RETRY, errors);
    let runtime = arguments.runtime(errors);
    let site = site(function, Layer::RETRY, runtime, errors);
    let mut policy = arguments.subject.take().and_then(|subject| policy(subject, function, errors));
    if let (Some(_), Some(key)) = (arguments.key("retry_on"), arguments.key("retry_if")) {
        errors.at(key.span(), "`retry_on` and `retry_if` both decide what is retried: keep one");
    }
    if let (Some(_), Some(key)) = (arguments.key("backoff"), arguments.key("exponential_base")) {
        errors.at(key.span(), "`backoff` and `exponential_base` both compute the delays: keep one");
    }
    let overrides = overrides(&mut arguments, errors);
    // A constant policy is checked at compile time, so it cannot depend on the call.
    let is_constant = !policy.as_ref().is_some_and(Subject::is_evaluated);
    for (key, value) in overrides.iter().filter(|_| is_constant) {
        let closure = closure(value);
        let inputs = closure.into_iter().flat_map(|closure| &closure.inputs);
        let own: Vec<Bound> = inputs.flat_map(bindings).collect();
        let is_captured =
            |name: &Ident| function.binds(name) && own.iter().all(|bound| bound.name != *name);
        let Some(variable) = variable(value, &is_captured) else { continue };
        if closure.is_some() {
            errors.at(
                variable.span(),
                format_args!(
                    "`{key}` is a `fn(u32) -> Duration`, which cannot capture variables: for \
                     delays that depend on other values, make the attempts with `Retries`"
                ),
            );
        } else {
            errors.at(
                variable.span(),
                format_args!(
                    "`{key}` must be constant, because this policy is checked at compile time: to \
                     set it per call, write the policy as an expression such as `STANDARD.clone()`"
                ),
            );
        }
    }
    if is_constant && overrides.iter().any(|(_, value)| names_type(value, function)) {
        let standard = || Expr::Verbatim(ours!(__retry_utils::STANDARD));
        let expression = policy.take().map_or_else(standard, |policy| policy.expression);
        policy = Some(Subject { expression, kind: SubjectKind::Associated });
    }
    let cloned = arguments.names("clone", errors).into_iter();
    let retry_after_ok = arguments.key("retry_after_ok").cloned();
    let mut retry = Retry {
        policy,
        overrides,
        budget: budget(&mut arguments, function, errors),
        attempt_timeout: arguments.expression("attempt_timeout"),
        total_timeout: arguments.expression("total_timeout"),
        retry_if: arguments.expression("retry_if"),
        retry_if_ok: arguments.expression("retry_if_ok"),
        retry_after: arguments.expression("retry_after"),
        retry_after_ok: arguments.expression("retry_after_ok"),
        on_retry: arguments.expression("on_retry"),
        before_retry: arguments.expression("before_retry").map(hooks::hook),
        stop_on: arguments.expression("stop_on"),
        attempt: arguments.expression("attempt").and_then(|name| name.word().cloned()),
        name: arguments.expression("name"),
        span: arguments.key("span").is_some(),
        stream: arguments.key("stream").is_some(),
        clone: cloned.map(|name| Bound { mutability: None, name }).collect(),
        shared: arguments.names("shared", errors),
        once: arguments.bindings("once"),
    };
    hooks::check(&retry, errors);
    if let Some(key) = retry_after_ok.filter(|_| retry.retry_if_ok.is_none()) {
        errors.at(
            key.span(),
            "`retry_after_ok` has no effect without `retry_if_ok`: add `retry_if_ok = |value| …`",
        );
    }
    let is_text = |name: &Expr| name.literal().is_none() || text(name).is_some();
    if let Some(name) = retry.name.as_ref().filter(|name| !is_text(name)) {
        let message = "`name` takes a `&'static str`: write, for example, `name = \"charge\"`";
        errors.on(name, message);
    }
    if let Some(key) = arguments.key("span").filter(|_| !cfg!(feature = "tracing")) {
        let message = "`span` needs the feature `tracing`, which is on by default: enable it for \
            `retry-utils`";
        errors.at(key.span(), message);
    }
    if let Some(stream) = arguments.key("stream") {
        streams::check(stream, function, errors);
    }
    let mut site = site?;
    arguments::check(&site, &retry, errors);
    consumed::check(&site, &retry, errors);
    arguments::outcome_borrows_nothing_mutable(&site, errors);
    arguments::take_muts(&mut site, &mut retry);
    Some((site, retry))
}

fn policy(subject: Expr, function: &Function, errors: &mut Errors) -> Option<Subject> {
    if subject.literal().is_some() {
        errors.on(
            subject,
            "expected a policy, found a literal: write an expression such as `STANDARD`, or a \
             setting such as `max_attempts = 3`",
        );
        return None;
    }
    Some(Subject::of(subject, function))
}

fn budget(arguments: &mut Arguments, function: &Function, errors: &mut Errors) -> Option<Subject> {
    let budget = arguments.expression("budget")?;
    let message = if budget.literal().is_some() {
        "expected a `RetryBudget`, found a literal: declare `static API: RetryBudget = \
         RetryBudget::new().ratio(0.1);` and write `budget = API`"
    } else if makes(&budget, "RetryBudget RetryBudgets") {
        "a budget created here would be new for each call and never run out: declare it once, as \
         in `static API: RetryBudget = …;`, and name it here"
    } else {
        return Some(Subject::of(budget, function));
    };
    errors.on(budget, message);
    None
}

/// The keys that set a field of the policy.
const FIELDS: &str = "max_attempts base_delay max_delay max_retry_after exponential_base backoff \
    jitter retry_on mode";

fn overrides(arguments: &mut Arguments, errors: &mut Errors) -> Vec<(Ident, Expr)> {
    let given = FIELDS.split(' ').filter_map(|field| {
        let key = arguments.key(field)?.clone();
        Some((key, arguments.expression(field)?))
    });
    let mut overrides: Vec<(Ident, Expr)> = given.collect();
    for (key, value) in &mut overrides {
        let Some(Lit::Int(integer)) = value.literal() else { continue };
        if key == "max_attempts" && integer.base10_digits() == "0" {
            errors.on(
                value,
                "`max_attempts` must be at least 1: it counts the first attempt, so 1 means no \
                 retry",
            );
        } else if key == "exponential_base" && integer.suffix().is_empty() {
            // An integer is accepted for the float.
            let float = format!("{}.0", integer.base10_digits());
            let float = syn::LitFloat::new(&float, integer.span());
            *value = parse_quote_spanned!(integer.span()=> #float);
        }
    }
    overrides
}
