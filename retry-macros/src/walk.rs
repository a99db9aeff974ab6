//! Walks over syntax with a closure.

use proc_macro2::{Span, TokenTree};
use syn::Expr;
use syn::visit_mut::{self, VisitMut};

use crate::tokens::{any, first_span, is_punct, is_word};

/// Visits nodes with a closure, outer ones first. The closure returns whether to enter the node.
/// Items inside an expression are skipped, because they cannot use variables of the function.
pub(crate) struct Walk<F>(F);

pub(crate) fn walk<F: FnMut(Node<'_>) -> bool>(visit: F) -> Walk<F> {
    Walk(visit)
}

macro_rules! nodes {
    ($($kind:ident: $visit:ident,)*) => {
        pub(crate) enum Node<'n> {
            $($kind(&'n mut syn::$kind),)*
        }

        impl<F: FnMut(Node<'_>) -> bool> VisitMut for Walk<F> {
            $(fn $visit(&mut self, node: &mut syn::$kind) {
                if (self.0)(Node::$kind(node)) {
                    visit_mut::$visit(self, node);
                }
            })*

            fn visit_item_mut(&mut self, _: &mut syn::Item) {}
        }
    };
}

nodes! {
    Expr: visit_expr_mut,
    Lifetime: visit_lifetime_mut,
    Macro: visit_macro_mut,
    Pat: visit_pat_mut,
    Path: visit_path_mut,
    Type: visit_type_mut,
}

/// Returns the first `break` or `continue` in the expression, including those of a loop inside it.
pub(crate) fn jump(expression: &Expr) -> Option<Span> {
    first(expression, |expression| match expression {
        Expr::Break(found) => Some(found.break_token.span),
        Expr::Continue(found) => Some(found.continue_token.span),
        _ => None,
    })
}

/// Returns the first `.await` in the expression.
pub(crate) fn wait(expression: &Expr) -> Option<Span> {
    first(expression, |expression| match expression {
        Expr::Await(found) => Some(found.await_token.span),
        _ => None,
    })
}

/// Returns the first match of `find` outside of closures and async blocks, which control flow
/// inside them does not leave.
fn first(expression: &Expr, find: impl Fn(&Expr) -> Option<Span>) -> Option<Span> {
    let mut first = None;
    walk(|node| {
        let Node::Expr(expression) = node else { return true };
        first = first.or_else(|| find(expression));
        !matches!(expression, Expr::Closure(_) | Expr::Async(_))
    })
    .visit_expr_mut(&mut expression.clone());
    first
}

/// Returns the first place where the expression would leave its function by `return`, or by `?`.
pub(crate) fn exit(expression: &Expr, or_by_question_mark: bool) -> Option<Span> {
    let mut is_exit = |token: &TokenTree| {
        is_word(Some(token), "return") || or_by_question_mark && is_punct(Some(token), '?')
    };
    let mut first = None;
    walk(|node| {
        let span = match node {
            Node::Expr(Expr::Return(found)) => found.return_token.span,
            Node::Expr(Expr::Try(found)) if or_by_question_mark => found.question_token.span,
            Node::Macro(it) if any(it.tokens.clone(), &mut is_exit) => first_span(&it.path),
            // Control flow in these leaves only them.
            node => return !matches!(node, Node::Expr(Expr::Closure(_) | Expr::Async(_))),
        };
        first.get_or_insert(span);
        false
    })
    .visit_expr_mut(&mut expression.clone());
    first
}
