//! Walks over syntax with a closure.

use proc_macro2::{Span, TokenTree};
use syn::Expr;
use syn::visit_mut::{self, VisitMut};

use crate::tokens::{any, first_span, is_punct, is_word};

/// Visits nodes with a closure, outer ones first. The closure returns whether to enter the node.
/// Items inside an expression are skipped: they see no variable of the function around them.
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

/// Returns the first `break` or `continue` in the expression that would act on a loop around it, and
/// the first `.await` in it.
///
/// One inside a loop of the expression's own is found, too: nobody needs a loop there.
pub(crate) fn jump(expression: &Expr) -> (Option<Span>, Option<Span>) {
    let (mut jump, mut wait) = (None, None);
    walk(|node| {
        match node {
            Node::Expr(Expr::Break(found)) => _ = jump.get_or_insert(found.break_token.span),
            Node::Expr(Expr::Continue(found)) => _ = jump.get_or_insert(found.continue_token.span),
            Node::Expr(Expr::Await(found)) => _ = wait.get_or_insert(found.await_token.span),
            // These are their own.
            Node::Expr(Expr::Closure(_) | Expr::Async(_)) => return false,
            _ => {}
        }
        true
    })
    .visit_expr_mut(&mut expression.clone());
    (jump, wait)
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
            // These would only leave themselves.
            node => return !matches!(node, Node::Expr(Expr::Closure(_) | Expr::Async(_))),
        };
        first.get_or_insert(span);
        false
    })
    .visit_expr_mut(&mut expression.clone());
    first
}
