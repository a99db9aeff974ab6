//! Queries on the types in a signature.

use proc_macro2::Span;
use quote::ToTokens;
use syn::visit_mut::VisitMut as _;
use syn::{
    GenericArgument, Generics, Lifetime, PathArguments, PathSegment, Type, TypeGroup,
    TypeParamBound, TypeParen, WherePredicate, parse_quote_spanned,
};

use crate::tokens::{contains_word, first_span, is_one_of, whole_span};
use crate::walk::{Node, walk};

/// Returns the type without parentheses and without invisible groups of `macro_rules`.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(TypeParen { elem, .. }) | Type::Group(TypeGroup { elem, .. }) => bare(elem),
        other => other,
    }
}

/// The last name of a path, with its arguments: `Result<T>` of `std::io::Result<T>`.
fn last(ty: &Type) -> Option<&PathSegment> {
    if let Type::Path(path) = bare(ty) { path.path.segments.last() } else { None }
}

/// Returns whether the last name is one of these words.
fn is_named(ty: &Type, words: &str) -> bool {
    last(ty).is_some_and(|last| is_one_of(&last.ident, words))
}

/// The last name of a trait's path, with its arguments.
fn bound(bound: &TypeParamBound) -> Option<&PathSegment> {
    if let TypeParamBound::Trait(bound) = bound { bound.path.segments.last() } else { None }
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments(segment).filter_map(|argument| {
        if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }
    })
}

/// The types among the arguments of a type, if it has this name.
pub(crate) fn arguments_of<'t>(of: &str, ty: &'t Type) -> impl Iterator<Item = &'t Type> + use<'t> {
    last(ty).filter(|last| last.ident == of).into_iter().flat_map(types)
}

/// `X` of `impl Trait<Name = X>` or `dyn Trait<Name = X>`, for the trait of this name.
pub(crate) fn associated<'t>(ty: &'t Type, of: &str, associated: &str) -> Option<&'t Type> {
    let bounds = match bare(ty) {
        Type::ImplTrait(ty) => &ty.bounds,
        Type::TraitObject(ty) => &ty.bounds,
        _ => return None,
    };
    let found = bounds.iter().filter_map(bound).find(|found| found.ident == of)?;
    arguments(found).find_map(|argument| match argument {
        GenericArgument::AssocType(item) if item.ident == associated => Some(&item.ty),
        _ => None,
    })
}

/// `X` of `impl Future<Output = X>`, `Pin<Box<dyn Future<Output = X>>>` and `BoxFuture<'_, X>`.
pub(crate) fn future_output(ty: &Type) -> Option<&Type> {
    let Some(path) = last(ty) else { return associated(ty, "Future", "Output") };
    let inner = types(path).next()?;
    if is_named(ty, "Pin Box") {
        return future_output(inner);
    }
    is_named(ty, "BoxFuture LocalBoxFuture").then_some(inner)
}

/// Returns whether a type is certainly not a future. An unknown name may be an alias of one.
pub(crate) fn is_certainly_no_future(ty: &Type) -> bool {
    let may_hide_one = is_named(ty, "Box") || matches!(bare(ty), Type::ImplTrait(_));
    is_named(ty, "Result") || is_no_result(ty) && !may_hide_one
}

/// Returns whether the name of a type suggests a future, such as `Self::Future` or `HttpFuture`.
pub(crate) fn is_named_future(ty: &Type) -> bool {
    last(ty).is_some_and(|last| last.ident.to_string().contains("Fut"))
}

const PRIMITIVES: &str = "bool char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64";

/// Returns whether a type is certainly not a `Result`. An unknown name may be an alias of one.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const OTHERS: &str = "str String Vec Option Box Arc Rc HashMap";
    let is_known = is_named(ty, PRIMITIVES) || is_named(ty, OTHERS);
    !is_unknown(ty) && (is_known || last(ty).is_none())
}

/// Returns whether the type may be a `Result` of another name, and can be written in an expression.
pub(crate) fn is_alias(ty: &Type) -> bool {
    let is_other = last(ty).is_some_and(|last| last.ident != "Result");
    is_other && !contains_word(&ty.to_token_stream(), "impl")
}

/// Returns the span for errors about the error type: `E` in `Result<T, E>`, else the type's name.
pub(crate) fn error_span(outcome: &Type) -> Span {
    name_span(error_type(outcome).unwrap_or(outcome))
}

/// `E` of an outcome that is written as `Result<T, E>`.
pub(crate) fn error_type(outcome: &Type) -> Option<&Type> {
    arguments_of("Result", outcome).nth(1)
}

/// Returns the span of the type's last name.
pub(crate) fn name_span(ty: &Type) -> Span {
    last(ty).map_or_else(|| first_span(ty), |last| last.ident.span())
}

/// `X` of an outcome that is written as `Result<X, E>`.
pub(crate) fn ok_type(outcome: &Type) -> Option<&Type> {
    arguments_of("Result", outcome).next()
}

/// Returns whether the type is `impl Trait`, or one that its tokens do not show.
pub(crate) fn is_inferred(ty: &Type) -> bool {
    matches!(bare(ty), Type::ImplTrait(_)) || is_unknown(ty)
}

fn is_unknown(ty: &Type) -> bool {
    matches!(bare(ty), Type::Infer(_) | Type::Macro(_) | Type::Verbatim(_))
}

pub(crate) fn is_guarded(ty: &Type) -> bool {
    is_named(ty, "Guarded")
}

/// The `Guarded<…>` among the arguments of an outcome, also if the outcome is an alias.
pub(crate) fn guarded(outcome: &Type) -> Option<&Type> {
    last(outcome).into_iter().flat_map(types).find(|ty| is_guarded(ty))
}

/// `X` of `Guarded<X>`, which may be nested, or any other type unchanged.
pub(crate) fn unguarded(ty: &Type) -> &Type {
    arguments_of("Guarded", ty).next().map_or(ty, unguarded)
}

/// Returns how many times `Guarded` wraps the stream.
pub(crate) fn guards(ty: &Type) -> usize {
    arguments_of("Guarded", ty).next().map_or(0, |inner| 1 + guards(inner))
}

/// Returns the type as an expression may name it. `impl Trait` and `Guarded<S>` are left to
/// inference: the body returns the `S`, and `#[circuit_breaker(…, stream)]` wraps it.
pub(crate) fn nameable(ty: &Type) -> Type {
    let mut ty = ty.clone();
    walk(|node| match node {
        Node::Type(ty) if matches!(ty, Type::ImplTrait(_)) || is_guarded(ty) => {
            *ty = parse_quote_spanned!(whole_span(&*ty)=> _);
            false
        }
        _ => true,
    })
    .visit_type_mut(&mut ty);
    ty
}

/// A part of a type through which a value may borrow from an argument: a reference, a lifetime
/// other than `'static`, or an `impl Trait`, which captures what is in scope.
pub(crate) struct Borrow {
    pub(crate) span: Span,
    pub(crate) lifetime: Option<Lifetime>,
    /// It is an `impl Trait`, which may or may not borrow.
    pub(crate) is_opaque: bool,
}

pub(crate) fn borrows(ty: &Type) -> Vec<Borrow> {
    let captures_nothing = |bound: &TypeParamBound| match bound {
        TypeParamBound::PreciseCapture(captures) => captures.params.is_empty(),
        _ => false,
    };
    let mut found = Vec::new();
    walk(|node| {
        let (span, lifetime, is_opaque) = match node {
            Node::Type(Type::Reference(ty)) if ty.lifetime.is_none() => {
                (ty.and_token.span, None, false)
            }
            Node::Lifetime(lifetime) if lifetime.ident != "static" => {
                let named = Some(lifetime.clone()).filter(|lifetime| lifetime.ident != "_");
                (lifetime.span(), named, false)
            }
            Node::Type(Type::ImplTrait(ty)) if !ty.bounds.iter().any(captures_nothing) => {
                (ty.impl_token.span, None, true)
            }
            // Neither `fn(&T) -> &U` nor `dyn Fn(&T) -> &U` borrows.
            Node::Type(Type::FnPtr(_)) => return false,
            Node::Path(path) => {
                for segment in &mut path.segments {
                    if matches!(segment.arguments, PathArguments::Parenthesized(_)) {
                        segment.arguments = PathArguments::None;
                    }
                }
                return true;
            }
            _ => return true,
        };
        found.push(Borrow { span, lifetime, is_opaque });
        true
    })
    .visit_type_mut(&mut ty.clone());
    found
}

/// Returns whether an outcome may borrow from an argument of this reference type. It cannot if all
/// its lifetimes are named, and the reference's is not.
pub(crate) fn may_borrow_from(outcome: &Type, argument: &Type) -> bool {
    let is_named = matches!(bare(argument), Type::Reference(ty) if ty.lifetime.is_some());
    borrows(outcome).iter().any(|borrow| borrow.lifetime.is_none() || is_named)
}

pub(crate) fn is_mutable_reference(ty: &Type) -> bool {
    matches!(bare(ty), Type::Reference(reference) if reference.mutability.is_some())
}

/// Returns whether the type is certainly `Copy`, or a reference.
pub(crate) fn is_copied(ty: &Type) -> bool {
    let is_known = is_named(ty, PRIMITIVES) || is_named(ty, "Duration Instant");
    is_known || matches!(bare(ty), Type::Reference(_))
}

/// Returns whether the type is a shared reference, which every use copies.
pub(crate) fn is_shared_reference(ty: &Type) -> bool {
    matches!(bare(ty), Type::Reference(reference) if reference.mutability.is_none())
}

/// A type that is certainly not `Copy`.
pub(crate) enum Owned {
    /// A type of the standard library.
    Value,
    /// Generic, and neither `Copy` nor `Clone` by its bounds. Holds the target of an `Into` bound.
    Generic(Option<Box<Type>>),
}

/// Returns why a type is certainly not `Copy`, or `None` if its tokens do not show it.
pub(crate) fn owned(ty: &Type, generics: &Generics) -> Option<Owned> {
    const VALUES: &str = "String Vec Box Arc Rc PathBuf OsString HashMap HashSet BTreeMap BTreeSet \
        VecDeque Mutex RefCell Bytes BytesMut RwLock";
    if let Some(traits) = plain_bounds(ty, generics) {
        let into = traits.into_iter().find(|bound| bound.ident == "Into");
        let target = into.and_then(|into| types(into).next());
        return Some(Owned::Generic(target.cloned().map(Box::new)));
    }
    let is_owned = |inner: &Type| matches!(owned(inner, generics), Some(Owned::Value));
    (is_named(ty, VALUES) || arguments_of("Option", ty).any(is_owned)).then_some(Owned::Value)
}

/// Returns the bounds of a generic type if all are standard traits that do not require `Clone`.
pub(crate) fn plain_bounds<'t>(ty: &'t Type, params: &'t Generics) -> Option<Vec<&'t PathSegment>> {
    const PLAIN: &str = "Into TryInto AsRef AsMut Borrow BorrowMut ToString Display Debug Send \
        Sync Unpin Sized IntoIterator Iterator Fn FnMut FnOnce Future Read Write Default";
    let mut bounds: Vec<&TypeParamBound> = Vec::new();
    match bare(ty) {
        Type::ImplTrait(ty) => bounds.extend(&ty.bounds),
        Type::Path(path) => {
            let name = path.path.get_ident()?;
            bounds.extend(&params.type_params().find(|known| known.ident == *name)?.bounds);
            for predicate in params.where_clause.iter().flat_map(|clause| &clause.predicates) {
                let WherePredicate::Type(bound) = predicate else { continue };
                if matches!(bare(&bound.bounded_ty), Type::Path(path) if path.path.is_ident(name)) {
                    bounds.extend(&bound.bounds);
                }
            }
        }
        _ => return None,
    }
    let traits: Vec<&PathSegment> = bounds.into_iter().filter_map(bound).collect();
    traits.iter().all(|bound| is_one_of(&bound.ident, PLAIN)).then_some(traits)
}
