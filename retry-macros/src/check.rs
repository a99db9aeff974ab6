//! What can be wrong between an attribute and the function under it. All mistakes are found at once.

mod breaker;

pub(crate) use breaker::breaker;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::args::{Arguments, Subject, as_float, literal};
use crate::diagnostics::{Errors, list};
use crate::expand::retry::Retry;
use crate::item::{Function, Input};
use crate::pattern::{bindings, take_mut_before};
use crate::shape;
use crate::stack::{Layer, Layers};
use crate::tokens::any_ident;
use crate::vocabulary::RETRY;

/// Understands `#[async_retry(…)]` on `function`.
pub(crate) fn retry(tokens: TokenStream, function: &Function, errors: &mut Errors) -> Retry {
    if !cfg!(feature = "timer") {
        errors.at(
            Span::call_site(),
            "a retry waits, and so needs a timer: enable the feature `tokio` of the crate `retry-utils`, which is on by default, or `smol`",
        );
    }
    let mut arguments = Arguments::parse(tokens, &RETRY, errors);
    item(function, Layer::Retry, errors);
    let runtime = arguments.runtime_path(errors);
    let policy = arguments.positional.take().and_then(|tokens| policy(tokens, function, errors));
    if let Some(key) = arguments.both("retry_if", "retry_on") {
        errors.at(key.span(), "`retry_on` and `retry_if` both decide what is retried: keep one (`retry_if` is asked instead of the classification)");
    }
    let overrides = overrides(&mut arguments, errors);
    if !matches!(policy, Some(Subject::Expression(_))) {
        overrides_are_constant(&overrides, function, errors);
    }
    let budget = arguments.take("budget").and_then(|(_, value)| budget(value, function, errors));
    let clone = arguments.names("clone", errors);
    let shared = arguments.names("shared", errors);
    let attempt = arguments.name("attempt", errors);
    let span = arguments.take("span").map(|(key, _)| key);
    if let Some(span) = span.as_ref().filter(|_| !cfg!(feature = "tracing")) {
        errors.at(
            span.span(),
            "`span` needs the feature `tracing` of the crate `retry-utils`, which is on by default",
        );
    }
    names_are_arguments(function, &clone, &shared, attempt.as_ref(), errors);
    mutable_arguments_are_listed(function, &clone, &shared, errors);
    Retry {
        policy,
        overrides,
        budget,
        attempt_timeout: arguments.duration("attempt_timeout", errors),
        total_timeout: arguments.duration("total_timeout", errors),
        retry_if: arguments.expression("retry_if"),
        retry_if_ok: arguments.expression("retry_if_ok"),
        retry_after: arguments.expression("retry_after"),
        on_retry: arguments.expression("on_retry"),
        attempt,
        name: arguments.string("name", errors),
        span: span.is_some(),
        clone: clone.into_iter().map(|name| (None, name)).collect(),
        shared,
        runtime,
    }
}

/// What both attributes ask of the function.
fn item(function: &Function, layer: Layer, errors: &mut Errors) {
    if let Some(span) = function.constness {
        errors.at(span, "a `const fn` cannot wait: remove `const`");
    }
    let Some(body) = &function.body else {
        errors.at(
            function.name.span(),
            "a function without a body cannot be annotated: put the attribute on its implementations",
        );
        return;
    };
    let content = shape::outcome(function).and_then(|_| shape::content(function, body));
    let statements = match content {
        Ok(content) => content.statements,
        Err(error) => {
            errors.add(error);
            return;
        }
    };
    if shape::is_instrumented(&statements) {
        errors.at(
            Span::call_site(),
            "`#[instrument]` stands above this attribute, which would make it one span per attempt: move it below, for one span per call",
        );
    }
    if layer == Layer::Retry
        && Layers::of(&statements).is_some_and(|layers| layers.contain(Layer::Retry))
    {
        errors.at(
            Span::call_site(),
            "the function is retried already: two retries multiply their attempts, so keep one `#[async_retry]`",
        );
    }
}

fn types(function: &Function) -> Vec<Ident> {
    function.generics.types_and_constants().cloned().collect()
}

fn policy(tokens: TokenStream, function: &Function, errors: &mut Errors) -> Option<Subject> {
    if literal(&tokens).is_some() {
        errors.on(
            tokens,
            "a policy is an expression such as `STANDARD`; for single settings write `max_attempts = 3`",
        );
        return None;
    }
    let word = tokens.to_string();
    if RETRY.keys.contains(&word.as_str()) {
        errors.on(tokens, format!("`{word}` has no value: write `{word} = …`"));
        return None;
    }
    Some(Subject::of(tokens, &function.argument_names(), &types(function)))
}

fn budget(tokens: TokenStream, function: &Function, errors: &mut Errors) -> Option<Subject> {
    if literal(&tokens).is_some() {
        errors.on(
            tokens,
            "`budget` names a `RetryBudget`: declare it once, `static API: RetryBudget = RetryBudget::new().ratio(0.1);`, and write `budget = API`",
        );
        return None;
    }
    if calls_a_function_of(&tokens, &["RetryBudget", "RetryBudgets"]) {
        errors.on(
            tokens,
            "a budget made here would be a new one for each call and never run out: declare it once, `static API: RetryBudget = …;`, and name it here",
        );
        return None;
    }
    Some(Subject::of(tokens, &function.argument_names(), &types(function)))
}

/// Whether the expression begins with a call such as `RetryBudget::new(…)`.
fn calls_a_function_of(tokens: &TokenStream, types: &[&str]) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let path_end =
        tokens.iter().position(|token| matches!(token, TokenTree::Group(_))).unwrap_or(0);
    let mut path = tokens[..path_end].iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    path.any(|name| types.contains(&name.as_str()))
}

fn overrides(arguments: &mut Arguments, errors: &mut Errors) -> Vec<(Ident, TokenStream)> {
    let mut overrides = Vec::new();
    if let Some((key, value)) = arguments.take("max_attempts") {
        if literal(&value).is_some_and(|literal| literal.to_string() == "0") {
            errors.on(
                &value,
                "`max_attempts` counts every call, the first one too: it must be at least 1 (1 means no retry)",
            );
        }
        overrides.push((key, value));
    }
    for key in ["base_delay", "max_delay", "max_retry_after"] {
        let Some(name) = arguments.key(key) else { continue };
        if let Some(value) = arguments.duration(key, errors) {
            overrides.push((name, value));
        }
    }
    if let Some((key, value)) = arguments.take("exponential_base") {
        overrides.push((key, as_float(value)));
    }
    for key in ["jitter", "retry_on", "mode"] {
        overrides.extend(arguments.take(key));
    }
    overrides
}

/// A constant policy is checked at compile time, so nothing of the call can go into it.
fn overrides_are_constant(
    overrides: &[(Ident, TokenStream)],
    function: &Function,
    errors: &mut Errors,
) {
    let arguments = function.argument_names();
    for (key, value) in overrides {
        let mut of_the_call = None;
        any_ident(value, &mut |ident| {
            let found = ident == "self" || arguments.contains(ident);
            if found {
                of_the_call = Some(ident.clone());
            }
            found
        });
        if let Some(ident) = of_the_call {
            errors.at(
                ident.span(),
                format!("`{key}` must be constant here, since the policy is checked at compile time; to set it per call give the policy as an expression: `STANDARD.clone()`"),
            );
        }
    }
}

fn names_are_arguments(
    function: &Function,
    clone: &[Ident],
    shared: &[Ident],
    attempt: Option<&Ident>,
    errors: &mut Errors,
) {
    let mut known = function.argument_names();
    known.extend(hoisted(function).into_iter().map(|(_, name)| name));
    for name in clone.iter().chain(shared) {
        if name == "self" {
            if function.receiver().is_none() {
                errors.at(name.span(), "the function has no `self`");
            }
        } else if !known.contains(name) {
            let names: Vec<String> =
                known.iter().map(ToString::to_string).filter(|name| name != "__self").collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mend = match names.as_slice() {
                [] => "it has none".to_owned(),
                names => format!("it has {}", list(names)),
            };
            errors.at(name.span(), format!("`{name}` is no argument of the function: {mend}"));
        }
    }
    for name in clone.iter().filter(|name| *name == "self") {
        errors.at(
            name.span(),
            "`self` cannot be bound anew for each attempt: take `&self`, or clone inside the body",
        );
    }
    for name in clone.iter().filter(|name| shared.contains(name)) {
        errors.at(
            name.span(),
            format!("`{name}` is either cloned for each attempt or shared by all: name it once"),
        );
    }
    if let Some(attempt) = attempt.filter(|attempt| known.contains(attempt)) {
        errors.at(
            attempt.span(),
            format!("`attempt = {attempt}` would hide the argument of that name: choose another"),
        );
    }
}

/// A mutable argument that attempts see each other's changes of would be a silent bug: the macro asks.
fn mutable_arguments_are_listed(
    function: &Function,
    clone: &[Ident],
    shared: &[Ident],
    errors: &mut Errors,
) {
    let by_reference = function.receiver().is_some_and(|receiver| receiver.owned_mut.is_none());
    let declared = function.inputs.iter().flat_map(|input| match input {
        Input::Receiver(receiver) => receiver
            .owned_mut
            .map(|span| (span, Ident::new("self", receiver.self_span)))
            .into_iter()
            .collect::<Vec<_>>(),
        Input::Typed { pattern, .. } => {
            bindings(pattern).filter_map(|(span, name)| Some((span?, name))).collect()
        }
    });
    let hoisted = hoisted(function).into_iter().filter_map(|(span, name)| {
        // `#[async_trait]` rebinds a `&mut self` as `mut __self`, which shares nothing new.
        match span {
            Some(_) if name == "__self" && by_reference => None,
            Some(span) if name == "__self" => Some((span, Ident::new("self", name.span()))),
            Some(span) => Some((span, name)),
            None => None,
        }
    });
    let unlisted =
        declared.chain(hoisted).filter(|(_, name)| !clone.contains(name) && !shared.contains(name));
    for (_, name) in unlisted {
        let mend = if name == "self" {
            "say `shared(self)` if that is meant".to_owned()
        } else {
            format!("say `clone({name})` for a fresh one per attempt, or `shared({name})`")
        };
        errors.at(
            name.span(),
            format!("`{name}` is mutable, and each attempt would go on with what the one before left in it: {mend}"),
        );
    }
}

/// What `#[async_trait]` bound before the body.
fn hoisted(function: &Function) -> Vec<(Option<Span>, Ident)> {
    function
        .body
        .as_ref()
        .and_then(|body| shape::content(function, body).ok())
        .map(|content| shape::hoisted_bindings(&content.hoisted))
        .unwrap_or_default()
}

/// Moves the `mut` of each cloned argument to the binding that the attempts get.
pub(crate) fn take_muts(
    retry: &mut [(Option<Ident>, Ident)],
    function: &mut Function,
    content: &mut shape::Content,
) {
    for (mutability, name) in retry {
        *mutability =
            function.take_mut(name).or_else(|| take_mut_before(&mut content.hoisted, name));
    }
}
