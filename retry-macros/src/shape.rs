//! The supported shapes of functions, and the place of the user's statements in each.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser, discouraged::Speculative};
use syn::{Error, Expr, ReturnType, Stmt, Token, Type};

use crate::args::Expression as _;
use crate::item::{Bound, Function, bindings};
use crate::stack;
use crate::tokens::{self, is_punct, is_word, regroup};
use crate::types::{future_output, is_certainly_no_future, is_named_future, is_no_result};
use crate::walk::exit;

/// The parts of a function's body.
#[derive(Default)]
pub(crate) struct Content {
    /// Bindings that `#[async_trait]` puts before the body. They move the arguments, so they run
    /// once per call, not per attempt.
    pub(crate) before: TokenStream,
    pub(crate) hoisted: Vec<Bound>,
    pub(crate) statements: TokenStream,
}

/// Returns the type of one call's outcome.
pub(crate) fn outcome(function: &Function) -> syn::Result<&Type> {
    const NO_RESULT: &str = "the function must return a `Result`: without an error, there is \
        nothing to retry or to count";
    let ReturnType::Type(_, ty) = &function.signature.output else {
        return Err(Error::new(function.signature.ident.span(), NO_RESULT));
    };
    let outcome = match function.signature.asyncness {
        Some(_) => ty,
        None => future_output(ty).ok_or_else(|| not_async(function, ty))?,
    };
    if is_no_result(outcome) {
        return Err(Error::new_spanned(outcome, NO_RESULT));
    }
    Ok(outcome)
}

/// Returns the error for a function whose return type shows no future: an attribute above made it
/// synchronous, the future has another name, or the function was never async.
fn not_async(function: &Function, ty: &Type) -> Error {
    let body = function.body.as_ref().map(Group::stream).unwrap_or_default();
    let contains = |word| tokens::contains_word(&body, word);
    let is_async = contains("async");
    let is_synchronous = is_certainly_no_future(ty)
        || contains("block_on")
        || stack::marked(&function.attributes).is_some();
    let message = if contains("block_on") && contains("Builder") {
        let attribute = if stack::has(&function.attributes, "test") { "test" } else { "main" };
        format!(
            "`#[tokio::{attribute}]` above this attribute makes the function synchronous: move it \
             below"
        )
    } else if is_async && is_synchronous {
        "an attribute above makes the function synchronous: move it below; if there is none, \
         write `async fn`"
            .into()
    } else if is_async || is_named_future(ty) {
        let message = "the return type hides the output of the future: write `impl Future<Output = \
            Result<…>>` or `Pin<Box<dyn Future<Output = Result<…>>>>`, or annotate an `async fn` \
            and call it here, as in `Box::pin(annotated(…))`";
        return Error::new_spanned(ty, message);
    } else {
        "the function must be async: write `async fn`, or return `impl Future<Output = \
         Result<…>>` or `Pin<Box<dyn Future<Output = Result<…>>>>`; for a synchronous function, \
         use `POLICY.run_blocking(|| …).call()` or `BREAKER.try_acquire()`"
            .into()
    };
    Error::new(function.signature.ident.span(), message)
}

/// Extracts the statements from the body.
pub(crate) fn content(function: &Function, body: &Group) -> syn::Result<Content> {
    if function.signature.asyncness.is_some() {
        return Ok(Content { statements: body.stream(), ..Content::default() });
    }
    let mut inside = None;
    let rewritten = rewrite_tail(body.stream(), &mut |block| {
        inside = Some(block.clone());
        block
    });
    let (Some(inside), Some((before, _))) = (inside, rewritten) else {
        let message = "a function that returns a future must end in one async block: write `async \
            move { … }` or `Box::pin(async move { … })`";
        return Err(Error::new(function.signature.ident.span(), message));
    };
    // A future that is returned before the last one would be neither retried nor seen by a breaker.
    if let Some(span) = exit(&syn::parse2(quote!({ #before }))?, false) {
        let message = "a future returned here would bypass the attribute: move the condition into \
            the async block at the end of the body";
        return Err(Error::new(span, message));
    }
    Ok(prepared(inside))
}

/// Returns the body with other statements in the place from which [`content`] extracts them.
pub(crate) fn rebuild(function: &Function, body: &Group, statements: TokenStream) -> Group {
    if function.signature.asyncness.is_some() {
        return regroup(body, statements);
    }
    let tail = rewrite_tail(body.stream(), &mut |_| statements.clone());
    let rebuilt = tail.map(|(before, tail)| TokenStream::from_iter([before, tail]));
    regroup(body, rebuilt.unwrap_or_else(|| body.stream()))
}

/// Passes the content of a final `async move { … }`, or `Box::pin(async move { … })`, through
/// `change`. Returns the statements before it, and the rewritten end.
fn rewrite_tail(
    body: TokenStream,
    change: &mut dyn FnMut(TokenStream) -> TokenStream,
) -> Option<(TokenStream, TokenStream)> {
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    let last = tokens.len().checked_sub(1)?;
    let (start, at) = async_block(&tokens).unwrap_or((last, last));
    let TokenTree::Group(group) = &tokens[at] else { return None };
    let inside = match group.delimiter() {
        Delimiter::Brace if start < at => change(group.stream()),
        // `Box::pin(…)`, or an invisible group of `macro_rules`.
        Delimiter::Parenthesis if !is_word(tokens.get(at.wrapping_sub(1)), "pin") => return None,
        Delimiter::Parenthesis | Delimiter::None => {
            rewrite_tail(group.stream(), change).filter(|(before, _)| before.is_empty())?.1
        }
        _ => return None,
    };
    tokens[at] = TokenTree::Group(regroup(group, inside));
    // The path before `pin(…)`.
    let in_path = |it: &&TokenTree| matches!(it, TokenTree::Ident(_)) || is_punct(Some(it), ':');
    let path = tokens[..start].iter().rev().take_while(in_path);
    let tail = tokens.split_off(start - path.count()).into_iter().collect();
    let ends_statement = match tokens.last() {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        last => last.is_none() || is_punct(last, ';'),
    };
    ends_statement.then(|| (tokens.into_iter().collect(), tail))
}

/// Returns the positions of `async` and of the braces in `async move { … }`, if a body or an
/// argument ends in it. A method call such as `.boxed()` may follow.
fn async_block(tokens: &[TokenTree]) -> Option<(usize, usize)> {
    let start = tokens.iter().rposition(|token| is_word(Some(token), "async"))?;
    let at = start + 1 + usize::from(is_word(tokens.get(start + 1), "move"));
    let (TokenTree::Group(block), behind) = tokens.get(at..)?.split_first()? else { return None };
    let next = behind.first();
    let ends = next.is_none() || is_punct(next, '.') || behind.len() == 1 && is_punct(next, ',');
    (ends && block.delimiter() == Delimiter::Brace).then_some((start, at))
}

/// Splits off the statements with which `#[async_trait]` rebinds arguments.
fn prepared(inside: TokenStream) -> Content {
    let split = |input: ParseStream<'_>| {
        let mut content = Content::default();
        while input.peek(Token![let]) || input.peek(Token![if]) || input.peek(Token![#]) {
            let ahead = input.fork();
            let Ok(statement) = ahead.parse::<Stmt>() else { break };
            let Some(bound) = prepares(&statement) else { break };
            input.advance_to(&ahead);
            statement.to_tokens(&mut content.before);
            content.hoisted.extend(bound);
        }
        Ok(Content { statements: input.parse()?, ..content })
    };
    split.parse2(inside.clone()).unwrap_or(Content { statements: inside, ..Content::default() })
}

/// Returns the names that a statement binds, if `#[async_trait]` generated it:
/// `if let Some(__ret) = None::<…> { … }`, `let x = x;`, `let __self = self;`, or
/// `let (a, b) = { let __arg1 = … };`.
fn prepares(statement: &Stmt) -> Option<Vec<Bound>> {
    match statement {
        Stmt::Local(local) => {
            let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
            let names = bindings(&local.pat);
            let rebinds = match init.expr.bare() {
                // `let __arg1 = __arg1;`
                Expr::Block(block) => matches!(block.block.stmts.first(),
                    Some(Stmt::Local(syn::Local { pat: syn::Pat::Ident(pattern), .. }))
                        if pattern.ident.to_string().starts_with("__arg")),
                value => {
                    matches!((names.as_slice(), value.word()), ([Bound { name, .. }], Some(value))
                    if name == value || (name == "__self" && value == "self"))
                }
            };
            rebinds.then_some(names)
        }
        Stmt::Expr(Expr::If(branch), _) => {
            let Expr::Let(condition) = &*branch.cond else { return None };
            let names = bindings(&condition.pat);
            let is_ret = matches!(names.as_slice(), [Bound { name, .. }] if name == "__ret");
            let is_none = matches!(&*condition.expr, Expr::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "None"));
            (is_none && is_ret).then(Vec::new)
        }
        _ => None,
    }
}
