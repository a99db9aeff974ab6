//! Checks `#[circuit_breaker(…)]` against the function under it.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Expr;

use super::expressions::{diverges, makes, variable};
use super::{site, streams};
use crate::args::{Arguments, Expression as _, text};
use crate::diagnostics::Errors;
use crate::item::Function;
use crate::keys::BREAKER;
use crate::model::{Breaker, Place, Site, Subject, Target};
use crate::shape;
use crate::stack::Layer;
use crate::types::{guards, is_guarded, is_shared_reference, ok_type};

pub(crate) fn breaker(
    tokens: TokenStream,
    function: &Function,
    errors: &mut Errors,
) -> Option<(Site, Breaker)> {
    let mut arguments = Arguments::parse(tokens, &BREAKER, errors);
    let runtime = arguments.runtime(errors);
    let site = site(function, Layer::BREAKER, runtime, errors);
    let subject = arguments.subject.take();
    if subject.is_none() && errors.is_empty() {
        errors.at(
            Span::call_site(),
            "missing breaker: write a `static`, as in `#[circuit_breaker(API)]`, or a name in the \
             registry, as in `#[circuit_breaker(\"api\")]`",
        );
    }
    let target = subject.and_then(|subject| target(subject, function, errors));
    if let Some(stream) = arguments.key("stream") {
        streams::check(stream, function, errors);
        streams_alone(function, &arguments, errors);
    }
    if let (Some(key), Some(Target::Named(_))) = (arguments.key("key"), &target) {
        errors.at(
            key.span(),
            "`key` needs a set of breakers, but a string names a single one: declare `static API: \
             CircuitBreakers = CircuitBreakers::new(\"api\");` and write `#[circuit_breaker(API, \
             key = …)]`",
        );
    }
    if let Some(site) = site.as_ref().filter(|_| arguments.key("stream").is_some()) {
        each_breaker_has_its_name(site, errors);
    }
    let fallback = arguments.expression("fallback");
    let (site, target) = (site?, target?);
    let mut breaker = Breaker {
        target,
        failure_if: arguments.expression("failure_if"),
        failure_if_ok: arguments.expression("failure_if_ok"),
        diverges: fallback.as_ref().is_some_and(diverges),
        fallback,
        key: arguments.expression("key"),
        stream: arguments.key("stream").is_some(),
        outlives_body: false,
        borrows_self: false,
    };
    breaker.outlives_body = outlives_body(&site, &breaker);
    let is_self = |name: &Ident| name == "self";
    breaker.borrows_self = held(&breaker).is_some_and(|held| variable(held, &is_self).is_some());
    Some((site, breaker))
}

/// Returns whether an expression that is used after the body names an argument that the body may
/// have moved.
fn outlives_body(site: &Site, breaker: &Breaker) -> bool {
    let inputs = site.function.inputs();
    let may_move = |name: &Ident| {
        let mut named = inputs.iter().filter(|input| input.name == *name);
        named.any(|input| !input.is_plain || !is_shared_reference(input.ty))
    };
    let later = [held(breaker), breaker.failure_if.as_ref(), breaker.failure_if_ok.as_ref()];
    later.into_iter().flatten().any(|expression| variable(expression, &may_move).is_some())
}

/// Returns the expression from which the breaker is borrowed during the call.
fn held(breaker: &Breaker) -> Option<&Expr> {
    match &breaker.target {
        Target::Is(subject) if subject.is_evaluated() => Some(&subject.expression),
        _ => None,
    }
}

/// Rejects keys and types that `stream` excludes.
fn streams_alone(function: &Function, arguments: &Arguments, errors: &mut Errors) {
    if let Some(key) = arguments.key("failure_if_ok") {
        errors.at(
            key.span(),
            "`failure_if_ok` cannot check a stream that has not been read: remove it, because \
             `stream` already counts items that are errors",
        );
    }
    let ok = shape::outcome(function).ok().and_then(ok_type);
    if let Some(ok) = ok.filter(|ok| is_guarded(ok) && arguments.key("failure_if").is_some()) {
        errors.on(
            ok,
            "with `failure_if`, the type of the stream contains a closure and cannot be named: \
             return `impl Stream<Item = Result<…>>`",
        );
    }
}

/// Requires one `Guarded` in the return type for each breaker with `stream`, unless it has none.
fn each_breaker_has_its_name(site: &Site, errors: &mut Errors) {
    let Place::In(slots) = &site.place else { return };
    let above = slots.first().0.matches(Layer::BREAKER_OF_STREAM.letter).count();
    let Some(ok) = ok_type(&site.outcome).filter(|ok| is_guarded(ok)) else { return };
    if guards(ok) <= above {
        errors.on(
            ok,
            "each breaker with `stream` wraps the stream in a `Guarded<…>`: write one for each \
             breaker, or return `impl Stream<Item = Result<…>>`",
        );
    }
}

fn target(subject: Expr, function: &Function, errors: &mut Errors) -> Option<Target> {
    if subject.literal().is_some() {
        let name = text(&subject).filter(|name| !name.value().trim().is_empty()).cloned();
        if name.is_none() {
            let message = "expected a breaker or a name that is not empty: write, for example, \
                `#[circuit_breaker(API)]` or `#[circuit_breaker(\"api\")]`";
            errors.on(subject, message);
        }
        return name.map(Target::Named);
    }
    if makes(&subject, "CircuitBreaker CircuitBreakers") {
        errors.on(
            subject,
            "a breaker created here would be new for each call and never open: declare it once, as \
             in `static API: CircuitBreaker = …;`, and name it here",
        );
        return None;
    }
    Some(Target::Is(Subject::of(subject, function)))
}
