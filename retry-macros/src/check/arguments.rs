//! Checks the arguments that `clone(…)`, `shared(…)`, `once(…)` and `attempt = …` name.

use proc_macro2::Ident;
use syn::{Token, Type};

use crate::diagnostics::{Errors, list};
use crate::item::Bound;
use crate::model::{Place, Retry, Site};
use crate::stack::{self, Slots};
use crate::tokens::regroup;
use crate::types::{bare, borrows, is_copied, is_mutable_reference, plain_bounds};
use crate::walk::exit;

pub(super) fn check(site: &Site, retry: &Retry, errors: &mut Errors) {
    let known = names(site);
    let lists: [(&str, Vec<&Ident>); 3] = [
        ("clone", retry.clone.iter().map(|cloned| &cloned.name).collect()),
        ("shared", retry.shared.iter().collect()),
        ("once", retry.once.iter().map(|binding| &binding.name).collect()),
    ];
    for (key, listed) in &lists {
        are_arguments(site, key, listed, &known, errors);
    }
    for Bound { name, .. } in retry.clone.iter().filter(|it| retry.shared.contains(&it.name)) {
        let message = format!("`{name}` is listed in both `clone(…)` and `shared(…)`: keep one");
        errors.at(name.span(), message);
    }
    mutable_ones_are_listed(site, retry, errors);
    clones_are_possible(site, retry, errors);
    if let Some(attempt) = retry.attempt.as_ref().filter(|attempt| known.contains(attempt)) {
        let message = format!(
            "`attempt = {attempt}` would shadow the argument `{attempt}`: choose another name"
        );
        errors.at(attempt.span(), message);
    }
    for span in retry.once.iter().filter_map(|binding| exit(&binding.value, true)) {
        let message = "`return` or `?` in `once(…)` would bypass the retry: handle the error in \
            the body";
        errors.at(span, message);
    }
}

/// Returns all names that the arguments bind, except `self`.
fn names(site: &Site) -> Vec<Ident> {
    let names = site.function.inputs().into_iter().map(|input| input.name);
    let mut names: Vec<Ident> = names.filter(|name| name != "self").collect();
    for hoisted in &site.hoisted {
        if hoisted.name != "__self" && !names.contains(&hoisted.name) {
            names.push(hoisted.name.clone());
        }
    }
    names
}

fn are_arguments(site: &Site, key: &str, listed: &[&Ident], known: &[Ident], errors: &mut Errors) {
    for (at, name) in listed.iter().enumerate() {
        let span = name.span();
        if *name == "self" && key != "shared" {
            errors.at(
                span,
                format_args!(
                    "`{key}(…)` cannot rebind `self`: take `&self`, or clone it in the body"
                ),
            );
        } else if *name == "self" && site.receiver.is_none() {
            errors.at(span, "the function has no `self`: remove it from `shared(…)`");
        } else if *name != "self" && !known.contains(name) {
            let known = if known.is_empty() { "none".to_owned() } else { list(known) };
            let message = format!("unknown argument `{name}`: the function has {known}");
            errors.at(span, message);
        }
        if listed[..at].contains(name) {
            errors.at(span, format_args!("`{name}` is listed twice in `{key}(…)`: keep one"));
        }
    }
}

/// Requires a key for each mutable argument. Without one, attempts would silently see each other's
/// changes.
fn mutable_ones_are_listed(site: &Site, retry: &Retry, errors: &mut Errors) {
    let inputs = site.function.inputs();
    let mutable = inputs.iter().filter(|input| input.mutability.is_some());
    let mut declared: Vec<_> = mutable.map(|input| (input.name.clone(), Some(input.ty))).collect();
    for hoisted in site.hoisted.iter().filter(|hoisted| hoisted.mutability.is_some()) {
        if hoisted.name != "__self" {
            let input = inputs.iter().find(|input| input.name == hoisted.name);
            declared.push((hoisted.name.clone(), input.map(|input| input.ty)));
        } else if site.function.self_type.as_ref().is_some_and(|ty| !is_copied(ty)) {
            // `#[async_trait]` also binds a `&mut self` as `mut __self`, which needs no key.
            declared.push((Ident::new("self", hoisted.name.span()), None));
        }
    }
    let once = retry.once.iter().filter(|binding| binding.mutability.is_some());
    declared.extend(once.map(|binding| (binding.name.clone(), binding.ty.as_ref())));
    for (at, (name, ty)) in declared.iter().enumerate() {
        let is_reported = declared[..at].iter().any(|(reported, _)| reported == name);
        if !is_reported && !retry.clones(name) && !retry.shared.contains(name) {
            let fix = if name == "self" || ty.is_some_and(is_mutable_reference) {
                format!("write `shared({name})` to allow that")
            } else {
                format!(
                    "write `clone({name})` to give each attempt a fresh value, or `shared({name})` \
                     to allow that; if the body consumes `{name}` and it is not `Clone`, create it \
                     in the body"
                )
            };
            errors.at(
                name.span(),
                format_args!(
                    "`{name}` is mutable, so each attempt would start with the changes of the \
                     previous one: {fix}"
                ),
            );
        }
    }
}

/// Rejects `clone(x)` for a generic argument whose known bounds do not include `Clone`.
fn clones_are_possible(site: &Site, retry: &Retry, errors: &mut Errors) {
    let arguments = site.function.inputs();
    let generics = &site.function.signature.generics;
    for Bound { name, .. } in retry.clone.iter().filter(|cloned| !retry.rebinds(&cloned.name)) {
        let argument = arguments.iter().find(|found| found.is_plain && found.name == *name);
        if argument.is_some_and(|argument| plain_bounds(argument.ty, generics).is_some()) {
            errors.at(
                name.span(),
                format_args!(
                    "`{name}` is generic and not `Clone`: add `+ Clone` to its bounds, or convert \
                     it before the first attempt with, for example, `once({name}: String = \
                     {name}.into())`"
                ),
            );
        }
    }
}

/// Rejects a result that borrows from a `&mut` argument, which a loop cannot borrow twice.
pub(super) fn outcome_borrows_nothing_mutable(site: &Site, errors: &mut Errors) {
    let mut borrows = borrows(&site.outcome).into_iter();
    let Some(borrow) = borrows.find(|borrow| !borrow.is_opaque) else { return };
    let inputs = site.function.inputs();
    let mut references = inputs.iter().filter_map(|input| match bare(input.ty) {
        Type::Reference(reference) if input.is_plain => Some((&input.name, reference)),
        _ => None,
    });
    let source = if let Some(named) = borrow.lifetime {
        references.find(|(_, reference)| reference.lifetime.as_ref() == Some(&named))
    } else {
        // An elided lifetime is that of `self`, or of the only reference.
        references.next().filter(|(name, _)| *name == "self" || references.next().is_none())
    };
    let mutable = source.filter(|(_, reference)| reference.mutability.is_some());
    if let Some((name, _)) = mutable.filter(|(name, _)| site.names(name)) {
        errors.at(
            borrow.span,
            format_args!(
                "the result borrows from `{name}`, which is mutable, so another attempt could not \
                 borrow it: return an owned value, make `{name}` a `&` reference, or write \
                 `'static` if nothing is borrowed"
            ),
        );
    }
}

/// Moves each `mut` of a cloned or rebound argument to the binding that replaces it.
pub(super) fn take_muts(site: &mut Site, retry: &mut Retry) {
    for binding in &mut retry.once {
        binding.mutability = take_mut(site, &binding.name).or(binding.mutability);
    }
    for Bound { mutability, name } in &mut retry.clone {
        let rebound = retry.once.iter_mut().find(|binding| binding.name == *name);
        *mutability = rebound.and_then(|binding| binding.mutability.take());
        *mutability = mutability.or_else(|| take_mut(site, name));
    }
}

/// Removes the `mut` from an argument, or from its binding by `#[async_trait]`.
fn take_mut(site: &mut Site, name: &Ident) -> Option<Token![mut]> {
    let Site { function, place, hoisted, .. } = site;
    let taken = function.take_mut(name);
    if taken.is_some() || !hoisted.iter().any(|hoisted| hoisted.name == *name) {
        return taken;
    }
    match place {
        Place::Around(before) => stack::take_mut(before, name),
        Place::In(slots) => {
            let body = function.body.as_mut()?;
            let mut tokens = body.stream();
            let taken = stack::take_mut(&mut tokens, name);
            *body = regroup(body, tokens.clone());
            *slots = Slots::of(tokens)?;
            taken
        }
    }
}
