//! The shapes of function that can be annotated, and where in each the user's statements stand.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::diagnostics::Mistake;
use crate::guarded::is_guarded;
use crate::item::Function;
use crate::pattern::bindings;
use crate::syntax::{Argument, Bound, Form, Type};
use crate::tokens::{is_ident, is_punct, list, regroup, stream};

/// What stands between the start of the function and the user's statements, and those statements.
pub(crate) struct Content {
    /// Bindings that `#[async_trait]` puts before the body. They move the arguments, which can be done
    /// once and not per attempt: they stay outside.
    pub(crate) hoisted: TokenStream,
    pub(crate) statements: TokenStream,
}

/// The type that one call of the function gives, or why it can't be told.
pub(crate) fn outcome(function: &Function) -> Result<Type, Mistake> {
    let Some(ty) = function.output.as_ref().map(|output| &output.ty) else {
        let message = "the function must return a `Result`: without an error there is nothing to retry or to count";
        return Err(Mistake::at(function.name.span(), message));
    };
    let outcome = match function.asyncness {
        Some(_) => ty.clone(),
        None => future_output(ty).ok_or_else(|| {
            let message = "the function must be async: write `async fn`, or return `impl Future<Output = Result<…>>` or `Pin<Box<dyn Future<Output = Result<…>>>>`";
            Mistake::at(function.name.span(), message)
        })?,
    };
    if is_no_result(&outcome) {
        let message = "the function must return a `Result`: without an error there is nothing to retry or to count";
        return Err(Mistake::on(outcome.into_token_stream(), message));
    }
    Ok(outcome)
}

/// Takes the statements out of the body.
pub(crate) fn content(function: &Function, body: &Group) -> Result<Content, Mistake> {
    if function.asyncness.is_some() {
        return Ok(Content { hoisted: TokenStream::new(), statements: body.stream() });
    }
    let mut inner = None;
    rewrite_async_block(body.stream(), &mut |stream| {
        inner = Some(stream.clone());
        stream
    });
    match inner {
        Some(stream) => Ok(hoist(stream)),
        None => Err(Mistake::at(
            function.name.span(),
            "the body of a function that returns a future must be one async block: `async move { … }` or `Box::pin(async move { … })`",
        )),
    }
}

/// The body with other statements in the place that [`content`] took them from.
pub(crate) fn rebuild(function: &Function, body: &Group, statements: TokenStream) -> Group {
    let stream = if function.asyncness.is_some() {
        statements
    } else {
        rewrite_async_block(body.stream(), &mut |_| statements.clone())
    };
    regroup(body, stream)
}

/// Passes the inside of `async move { … }`, or of `Box::pin(async move { … })`, through `change`.
fn rewrite_async_block(
    tokens: TokenStream,
    change: &mut dyn FnMut(TokenStream) -> TokenStream,
) -> TokenStream {
    let mut tokens = list(tokens);
    let block = match tokens.as_slice() {
        [first, TokenTree::Group(_), ..] if is_ident(Some(first), "async") => Some(1),
        [first, second, TokenTree::Group(_), ..]
            if is_ident(Some(first), "async") && is_ident(Some(second), "move") =>
        {
            Some(2)
        }
        _ => None,
    };
    // Behind the block only a method call on it, such as `.boxed()`, may follow.
    if let Some(at) = block.filter(|at| tokens.len() == at + 1 || is_punct(tokens.get(at + 1), '.'))
        && let TokenTree::Group(group) = &tokens[at]
        && group.delimiter() == Delimiter::Brace
    {
        tokens[at] = TokenTree::Group(regroup(group, change(group.stream())));
    } else if let [.., before, TokenTree::Group(group)] = tokens.as_slice()
        && is_ident(Some(before), "pin")
        && group.delimiter() == Delimiter::Parenthesis
    {
        let inner = TokenTree::Group(regroup(group, rewrite_async_block(group.stream(), change)));
        tokens.pop();
        tokens.push(inner);
    }
    tokens.into_iter().collect()
}

/// Whether `#[instrument]` has expanded here already, which leaves a future of its name among the statements.
pub(crate) fn is_instrumented(statements: &TokenStream) -> bool {
    statements.clone().into_iter().any(
        |token| matches!(token, TokenTree::Ident(ident) if ident == "__tracing_instrument_future"),
    )
}

/// Splits off the statements that only bind arguments anew.
fn hoist(inside: TokenStream) -> Content {
    let tokens = list(inside);
    let mut end = 0;
    while let Some(length) = rebinding(&tokens[end..]) {
        end += length;
    }
    Content { hoisted: stream(&tokens[..end]), statements: stream(&tokens[end..]) }
}

/// The length of the statement in front, if it is one of `#[async_trait]`'s preparations:
/// `if let Some(__ret) = … { … }`, `let x = x;`, `let __self = self;`, `let (a, b) = { … };`.
fn rebinding(tokens: &[TokenTree]) -> Option<usize> {
    if is_ident(tokens.first(), "if") {
        let brace = tokens.iter().position(is_brace)?;
        let prepares = tokens[..brace].iter().any(|token| token.to_string().contains("__ret"));
        return prepares.then_some(brace + 1);
    }
    let mut start = 0;
    while is_punct(tokens.get(start), '#') {
        start += 2;
    }
    if !is_ident(tokens.get(start), "let") {
        return None;
    }
    let semicolon = tokens.iter().position(|token| is_punct(Some(token), ';'))?;
    let equals = tokens[..semicolon].iter().position(|token| is_punct(Some(token), '='))?;
    let mutable = usize::from(is_ident(tokens.get(start + 1), "mut"));
    let rebinds = match (&tokens[start + 1 + mutable..equals], &tokens[equals + 1..semicolon]) {
        ([TokenTree::Ident(name)], [TokenTree::Ident(value)]) => {
            name == value || (name == "__self" && value == "self")
        }
        (_, [TokenTree::Group(block)]) => {
            let inside: Vec<TokenTree> = block.stream().into_iter().take(2).collect();
            is_ident(inside.first(), "let")
                && inside.last().is_some_and(|name| name.to_string().starts_with("__arg"))
        }
        _ => false,
    };
    rebinds.then_some(semicolon + 1)
}

fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The arguments that hoisted statements bind, each with the span of its `mut`; `self` is `__self` there.
pub(crate) fn hoisted_bindings(hoisted: &TokenStream) -> Vec<(Option<Span>, Ident)> {
    let tokens = list(hoisted.clone());
    tokens
        .split(|token| is_punct(Some(token), ';'))
        .filter_map(|statement| {
            let start = statement.iter().position(|token| is_ident(Some(token), "let"))?;
            // `if let` binds nothing for the attempts.
            if start.checked_sub(1).is_some_and(|before| is_ident(statement.get(before), "if")) {
                let brace = statement.iter().position(is_brace)?;
                let rest = stream(&statement[brace + 1..]);
                return Some(hoisted_bindings(&rest));
            }
            let equals = statement.iter().position(|token| is_punct(Some(token), '='))?;
            let pattern = stream(&statement[start + 1..equals]);
            Some(bindings(&pattern).collect())
        })
        .flatten()
        .collect()
}

/// `X` of `impl Future<Output = X>`, `Pin<Box<dyn Future<Output = X>>>` and `BoxFuture<'_, X>`.
fn future_output(ty: &Type) -> Option<Type> {
    match ty.form() {
        Form::ImplTrait(bounds) | Form::TraitObject(bounds) => {
            bounds.iter().find_map(output_of_bound)
        }
        Form::Wrapped(ty) => future_output(&ty),
        Form::Path(path) => match path.last.to_string().as_str() {
            "Pin" | "Box" => future_output(&path.first_type()?),
            "BoxFuture" | "LocalBoxFuture" => path.first_type(),
            _ => None,
        },
        _ => None,
    }
}

fn output_of_bound(bound: &Bound) -> Option<Type> {
    bound.path().filter(|path| path.last == "Future")?.associated("Output")
}

/// Whether a type is certainly none; an unknown name may be an alias of one.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const OTHERS: [&str; 24] = [
        "bool", "char", "str", "String", "Vec", "Option", "Box", "Arc", "Rc", "HashMap", "u8",
        "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
        "f64",
    ];
    match ty.form() {
        Form::Wrapped(ty) => is_no_result(&ty),
        Form::Path(path) => OTHERS.iter().any(|other| path.last == other),
        Form::Unknown => false,
        _ => true,
    }
}

/// Where to report what is wrong with the error type: on `E` of `Result<T, E>`, else on the type's name.
pub(crate) fn error_span(outcome: &Type) -> Span {
    let name_of = |ty: &Type| match ty.form() {
        Form::Path(path) => Some(path.last.span()),
        _ => None,
    };
    let error = match outcome.form() {
        Form::Path(path) if path.last == "Result" => match path.arguments().nth(1) {
            Some(Argument::Type(error)) => Some(error),
            _ => None,
        },
        Form::Wrapped(ty) => return error_span(&ty),
        _ => None,
    };
    let reported = error.as_ref().unwrap_or(outcome);
    name_of(reported).unwrap_or_else(|| first_span(reported))
}

/// The place where tokens begin.
pub(crate) fn first_span(tokens: impl ToTokens) -> Span {
    tokens.into_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// The type as an expression may name it: `impl Trait` is left to inference, and so is `Guarded<S>`, since
/// the body gives the `S` and a layer of `#[circuit_breaker(…, stream)]` makes the rest.
pub(crate) fn nameable(ty: &Type) -> Type {
    ty.inferring(&|form| match form {
        Form::ImplTrait(_) => true,
        Form::Path(path) => is_guarded(path),
        _ => false,
    })
}

/// Whether a value of the type may borrow from the arguments, as far as its tokens tell.
pub(crate) fn may_borrow(ty: &Type) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Group(group) => any(group.stream()),
            TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream())
}
