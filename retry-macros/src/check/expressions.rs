//! Queries on the expressions in an attribute.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit_mut::VisitMut as _;
use syn::{Expr, ExprClosure, ExprMacro, Stmt, StmtMacro};

use crate::args::Expression as _;
use crate::item::Function;
use crate::model::{Subject, SubjectKind};
use crate::tokens::{is_one_of, is_punct};
use crate::walk::{Node, walk};

/// Returns the first variable in the expression that satisfies the predicate. Paths, fields and
/// methods are not variables.
pub(super) fn variable(expression: &Expr, is_one: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    let mut first = None;
    walk(|node| {
        first = first.take().or_else(|| match node {
            Node::Expr(Expr::Path(path)) => path.path.get_ident().filter(|it| is_one(it)).cloned(),
            Node::Macro(found) => variable_in(found.tokens.clone(), is_one),
            _ => None,
        });
        first.is_none()
    })
    .visit_expr_mut(&mut expression.clone());
    first
}

fn variable_in(tokens: TokenStream, is_one: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Group(group) => variable_in(group.stream(), is_one),
        TokenTree::Ident(name) if is_one(name) => {
            let before = |count| at.checked_sub(count).and_then(|before| tokens.get(before));
            let is_path = |one, two| is_punct(one, ':') && is_punct(two, ':');
            let in_path =
                is_path(before(1), before(2)) || is_path(tokens.get(at + 1), tokens.get(at + 2));
            let is_member = is_punct(before(1), '.') && !is_punct(before(2), '.');
            (!in_path && !is_member).then(|| name.clone())
        }
        // `"{name}"`
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let names = text.split('{').skip(1).filter_map(|inside| {
                let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                syn::parse_str::<Ident>(&inside[..end]).ok()
            });
            names.map(|name| Ident::new(&name.to_string(), literal.span())).find(is_one)
        }
        _ => None,
    })
}

/// Returns whether the expression creates one of these types, as `RetryBudget::new()…` does.
pub(super) fn makes(expression: &Expr, types: &str) -> bool {
    match expression.bare() {
        Expr::MethodCall(call) => makes(&call.receiver, types),
        Expr::Reference(reference) => makes(&reference.expr, types),
        Expr::Paren(inner) => makes(&inner.expr, types),
        Expr::Call(call) => matches!(call.func.bare(), Expr::Path(path)
            if path.path.segments.iter().any(|segment| is_one_of(&segment.ident, types))),
        _ => false,
    }
}

/// Returns the closure if the expression is one, or a block that ends in one.
pub(super) fn closure(expression: &Expr) -> Option<&ExprClosure> {
    match expression.bare() {
        Expr::Closure(closure) => Some(closure),
        Expr::Paren(inner) => closure(&inner.expr),
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(last, None)) => closure(last),
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether the expression is an async block, an async closure, or a closure whose body is
/// an async block.
pub(super) fn is_async(expression: &Expr) -> bool {
    let is_block = |expression: &Expr| matches!(expression.bare(), Expr::Async(_));
    let is_async = |closure: &ExprClosure| closure.asyncness.is_some() || is_block(&closure.body);
    is_block(expression) || closure(expression).is_some_and(is_async)
}

/// Returns whether the expression is a closure that never returns, such as `|_| todo!()`.
pub(super) fn diverges(expression: &Expr) -> bool {
    let Expr::Closure(closure) = expression.bare() else { return false };
    let is_typed = !matches!(closure.output, syn::ReturnType::Default);
    closure.asyncness.is_none() && !is_typed && is_panic(&closure.body)
}

fn is_panic(expression: &Expr) -> bool {
    const MACROS: &str = "todo unimplemented unreachable panic";
    let called = match expression.bare() {
        Expr::Macro(ExprMacro { mac, .. }) => mac,
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Macro(StmtMacro { mac, .. })) => mac,
            Some(Stmt::Expr(last, _)) => return is_panic(last),
            _ => return false,
        },
        _ => return false,
    };
    called.path.segments.last().is_some_and(|last| is_one_of(&last.ident, MACROS))
}

impl Subject {
    /// Classifies an expression by the names that the function binds.
    pub(super) fn of(expression: Expr, function: &Function) -> Self {
        let is_variable = expression.word().is_some_and(|word| function.binds(word));
        let kind = match expression.bare() {
            Expr::Path(path) if path.qself.is_some() || names_type(&expression, function) => {
                SubjectKind::Associated
            }
            Expr::Path(_) if !is_variable => SubjectKind::Constant,
            _ => SubjectKind::Evaluated,
        };
        Self { expression, kind }
    }
}

/// Returns whether a path names `Self` or a generic parameter of the function. Items inside the
/// function cannot name these.
pub(super) fn names_type(expression: &Expr, function: &Function) -> bool {
    let generics = &function.signature.generics;
    let is_type = |name: &Ident| {
        name == "Self"
            || generics.type_params().any(|parameter| parameter.ident == *name)
            || generics.const_params().any(|parameter| parameter.ident == *name)
    };
    let mut found = false;
    walk(|node| {
        found |= matches!(node, Node::Path(path) if is_type(&path.segments[0].ident));
        true
    })
    .visit_expr_mut(&mut expression.clone());
    found
}
