//! What can be wrong between `#[circuit_breaker(…)]` and the function under it.

use proc_macro2::{Ident, Span, TokenStream};

use super::{calls_a_function_of, item, types};
use crate::args::{Arguments, Subject, literal};
use crate::diagnostics::Errors;
use crate::expand::breaker::{Breaker, Target};
use crate::guarded::{self, StreamType};
use crate::item::Function;
use crate::shape;
use crate::stack::Layer;
use crate::syntax::Text;
use crate::vocabulary::BREAKER;

/// Understands `#[circuit_breaker(…)]` on `function`.
pub(crate) fn breaker(
    tokens: TokenStream,
    function: &Function,
    errors: &mut Errors,
) -> Option<Breaker> {
    let mut arguments = Arguments::parse(tokens, &BREAKER, errors);
    item(function, Layer::Breaker, errors);
    let runtime = arguments.runtime_path(errors);
    let target = arguments.positional.take().and_then(|tokens| target(tokens, function, errors));
    let stream = arguments.take("stream").map(|(key, _)| key);
    if let Some(stream) = &stream {
        streams(stream, function, &arguments, errors);
    }
    if let (Some(key), Some(Target::Named(_))) = (arguments.key("key"), &target) {
        errors.at(key.span(), "a name stands for one breaker: declare the many, `static API: CircuitBreakers = CircuitBreakers::new(\"api\");`, and name them here: `#[circuit_breaker(API, key = …)]`");
    }
    let breaker = Breaker {
        key: arguments.expression("key"),
        stream: stream.is_some(),
        failure_if: arguments.expression("failure_if"),
        failure_if_ok: arguments.expression("failure_if_ok"),
        fallback: arguments.expression("fallback"),
        runtime,
        target: match target {
            Some(target) => target,
            None if !errors.is_empty() => return None,
            None => {
                errors.at(Span::call_site(), "which breaker? Name a `static`, as in `#[circuit_breaker(API)]`, or a registered one: `#[circuit_breaker(\"api\")]`");
                return None;
            }
        },
    };
    Some(breaker)
}

/// What `stream` asks of the function and of the other keys.
fn streams(stream: &Ident, function: &Function, arguments: &Arguments, errors: &mut Errors) {
    if !cfg!(feature = "stream") {
        errors.at(stream.span(), "`stream` needs the feature `stream` of the crate `retry-utils`, which is on by default");
    }
    if let Some(key) = arguments.key("failure_if_ok") {
        errors.at(key.span(), "with `stream` the value is a stream that has only begun: remove `failure_if_ok`; items that are errors count by themselves");
    }
    let Some(ok) = shape::outcome(function).ok().and_then(|ty| guarded::ok_type(&ty)) else {
        return;
    };
    if let Some(item) = guarded::item_type(&ok).filter(shape::is_no_result) {
        errors.on(item, "with `stream` an item says whether it failed: write `Item = Result<…>`");
    }
    match StreamType::of(&ok) {
        StreamType::Inferred => {}
        StreamType::Guarded if arguments.key("failure_if").is_none() => {}
        StreamType::Guarded => errors.on(
            ok,
            "`failure_if` becomes a part of the stream's type, which has no name then: write `impl Stream<Item = Result<…>>`",
        ),
        StreamType::Other => errors.on(
            ok,
            "with `stream` the function gives more than the body's stream: write `impl Stream<Item = Result<…>>`, or `Guarded<…>` around this type",
        ),
    }
}

fn target(tokens: TokenStream, function: &Function, errors: &mut Errors) -> Option<Target> {
    if let Some(literal) = literal(&tokens) {
        let name = Text::read(literal);
        let name = name.filter(|name| !name.value().trim().is_empty());
        if name.is_none() {
            errors.on(
                tokens,
                "a breaker's name is a string that is not empty: `#[circuit_breaker(\"api\")]`",
            );
        }
        return name.map(Target::Named);
    }
    if calls_a_function_of(&tokens, &["CircuitBreaker", "CircuitBreakers"]) {
        errors.on(
            tokens,
            "a breaker made here would be a new one for each call and never open: declare it once, `static API: CircuitBreaker = …;`, and name it here",
        );
        return None;
    }
    Some(Target::Is(Subject::of(tokens, &function.argument_names(), &types(function))))
}
