//! Finds arguments that the body certainly consumes, so that a second attempt could not use them.
//!
//! The compiler finds every such argument, but its message cannot say what to write in the
//! attribute. This module reports the obvious moves of types that are certainly not `Copy`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Local, Pat, PatIdent, parse_quote};

use crate::args::Expression as _;
use crate::diagnostics::Errors;
use crate::item::Argument;
use crate::model::{Retry, Site};
use crate::tokens::{contains_word, depth, is_one_of, is_punct, is_word};
use crate::types::{Owned, owned};

/// `await`, and methods that consume their receiver, whatever its type.
const TAKERS: &str = "await into try_into into_iter into_bytes into_string";

pub(super) fn check(site: &Site, retry: &Retry, errors: &mut Errors) {
    let generics = &site.function.signature.generics;
    let mut candidates: Vec<(Ident, Owned)> = Vec::new();
    let is_untouched = |input: &Argument<'_>| input.is_plain && input.mutability.is_none();
    for input in site.function.inputs().into_iter().filter(is_untouched) {
        let ty = owned(input.ty, generics).filter(|_| !retry.lists(&input.name));
        let ty = ty.filter(|_| may_move(site.statements.clone(), site.in_body(&input.name)));
        candidates.extend(ty.map(|ty| (input.name, ty)));
    }
    // A statement under `cfg` may be compiled out, and a deep recursion may overflow the stack.
    let is_unknown = candidates.is_empty() || contains_word(&site.statements, "cfg");
    if is_unknown || depth(&site.statements) > 60 {
        return;
    }
    // The compiler reports an incomplete body.
    let Ok(statements) = Block::parse_within.parse2(site.statements.clone()) else { return };
    for (name, ty) in candidates {
        let name_in_body = site.in_body(&name);
        let mut moves =
            Moves { name: name_in_body, found: false, is_bound_again: false, is_captured: false };
        statements.clone().iter_mut().for_each(|statement| moves.visit_stmt_mut(statement));
        if moves.found {
            let fix = fix(&name, &ty);
            errors.at(
                name.span(),
                format_args!(
                    "the first attempt consumes `{name}`, so the next one cannot use it: {fix}"
                ),
            );
        }
    }
}

/// Returns whether the code may use the value of the name. This is cheaper than parsing.
fn may_move(code: TokenStream, name: &Ident) -> bool {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => may_move(group.stream(), name),
        TokenTree::Ident(word) if word == name => {
            let is_and = |back| at >= back && is_punct(tokens.get(at - back), '&');
            let takes = matches!(tokens.get(at + 2),
                Some(TokenTree::Ident(method)) if is_one_of(method, TAKERS));
            // `&&` is an operator.
            takes || !is_punct(tokens.get(at + 1), '.') && (!is_and(1) || is_and(2))
        }
        other => is_word(Some(other), "move"),
    })
}

fn fix(name: &Ident, ty: &Owned) -> String {
    match ty {
        _ if name == "self" => "take `&self`, or clone it in the body".to_owned(),
        Owned::Value => format!("write `clone({name})`, or borrow it in the body"),
        Owned::Generic(None) => format!(
            "add `+ Clone` to its bounds and write `clone({name})`, or convert it before the first \
             attempt with `once({name} = …)`"
        ),
        Owned::Generic(Some(target)) => {
            let target = target.to_token_stream().to_string().replace(' ', "");
            format!(
                "convert it before the first attempt with `once({name}: {target} = \
                 {name}.into())`, or add `+ Clone` to its bounds and write `clone({name})`"
            )
        }
    }
}

/// Looks for moves of a variable. `&x` and `x.field` use its place, not its value.
struct Moves<'n> {
    name: &'n Ident,
    found: bool,
    /// From here on, the name may refer to another variable.
    is_bound_again: bool,
    /// Inside a `move` closure or block, which also moves variables whose place is used.
    is_captured: bool,
}

impl Moves<'_> {
    /// Replaces the variable in a place, so that the visitor does not count it as a move.
    fn pass_over(&self, place: &mut Expr) {
        if let Expr::Paren(inner) = place {
            self.pass_over(&mut inner.expr);
        } else if place.word() == Some(self.name) && !self.is_captured {
            *place = parse_quote!(());
        }
    }
}

impl VisitMut for Moves<'_> {
    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        self.is_bound_again |= pattern.ident == *self.name;
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let is_use = matches!(expression, Expr::Path(_)) && expression.word() == Some(self.name);
        self.found |= is_use && !self.is_bound_again;
        let was_captured = self.is_captured;
        self.is_captured |= matches!(expression, Expr::Closure(it) if it.capture.is_some())
            || matches!(expression, Expr::Async(it) if it.capture.is_some());
        for place in places(expression) {
            self.pass_over(place);
        }
        match expression {
            // The pattern binds its names after the value.
            Expr::Let(condition) => {
                self.visit_expr_mut(&mut condition.expr);
                self.visit_pat_mut(&mut condition.pat);
            }
            Expr::ForLoop(each) => {
                self.visit_expr_mut(&mut each.expr);
                self.visit_pat_mut(&mut each.pat);
                self.visit_block_mut(&mut each.body);
            }
            other => visit_mut::visit_expr_mut(self, other),
        }
        self.is_captured = was_captured;
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Some(init) = &mut local.init {
            if matches!(&local.pat, Pat::Wild(_) | Pat::Ident(PatIdent { by_ref: Some(_), .. })) {
                self.pass_over(&mut init.expr);
            }
            self.visit_local_init_mut(init);
        }
        self.visit_pat_mut(&mut local.pat);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns the operands that are used as places.
fn places(expression: &mut Expr) -> Vec<&mut Expr> {
    match expression {
        Expr::Reference(reference) => vec![&mut reference.expr],
        Expr::RawAddr(address) => vec![&mut address.expr],
        Expr::Field(field) => vec![&mut field.base],
        Expr::Unary(unary) => vec![&mut unary.expr],
        Expr::Cast(cast) => vec![&mut cast.expr],
        Expr::Assign(assign) => vec![&mut assign.left],
        Expr::Call(call) => vec![&mut call.func],
        Expr::Match(matched) => vec![&mut matched.expr],
        Expr::Let(condition) => vec![&mut condition.expr],
        Expr::MethodCall(call) if !is_one_of(&call.method, TAKERS) => vec![&mut call.receiver],
        Expr::Index(indexed) => vec![&mut indexed.expr, &mut indexed.index],
        Expr::Binary(binary) => vec![&mut binary.left, &mut binary.right],
        _ => Vec::new(),
    }
}
