//! The arguments of a function, and the changes that a generic type allows.

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    FnArg, GenericArgument, Generics, Ident, Pat, PathArguments, PredicateType, Signature, Token,
    Type, TypeParamBound, WherePredicate,
};

/// An argument, or a name that its pattern binds.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub name: String,
    /// The insertions that add `+ Clone` to its generic types.
    pub clone_bounds: Vec<(usize, &'static str)>,
    /// `T`, if the argument is `Into<T>`.
    pub into: Option<String>,
}

/// Lists the arguments of `signature`, which is part of `text`. The receiver is `self`.
pub fn arguments(signature: &Signature, text: &str) -> Vec<Argument> {
    let inputs = signature.inputs.iter().flat_map(|input| match input {
        FnArg::Receiver(_) => {
            vec![Argument { name: "self".to_owned(), clone_bounds: Vec::new(), into: None }]
        }
        FnArg::Typed(typed) => {
            let clone_bounds = clone_bounds(&typed.ty, &signature.generics);
            let into = into(&typed.ty, &signature.generics).and_then(|ty| {
                let ty = text.get(ty.span().byte_range())?;
                // An `impl Trait` in the attribute would be a different type.
                (!ty.starts_with("impl ")).then(|| ty.to_owned())
            });
            let names = bindings(&typed.pat).into_iter();
            names
                .map(|name| Argument {
                    name,
                    clone_bounds: clone_bounds.clone(),
                    into: into.clone(),
                })
                .collect()
        }
    });
    inputs.collect()
}

fn bindings(pattern: &Pat) -> Vec<String> {
    struct Names(Vec<String>);

    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push(pattern.ident.to_string());
            visit::visit_pat_ident(self, pattern);
        }
    }

    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}

/// Finds where to add `Clone` for each type parameter and each `impl Trait` in `ty`.
fn clone_bounds(ty: &Type, generics: &Generics) -> Vec<(usize, &'static str)> {
    struct Found<'g>(&'g Generics, Vec<(usize, &'static str)>);

    impl<'ast> Visit<'ast> for Found<'_> {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            let params = self.0.type_params();
            for param in params.filter(|param| path.is_ident(&param.ident)) {
                // Clippy requires all bounds in one place.
                let clause = clauses(self.0, &param.ident).next();
                let bounds = clause.map_or(&param.bounds, |clause| &clause.bounds);
                let found = match (&param.colon_token, bounds.last()) {
                    (_, Some(bound)) => (bound.span().byte_range().end, " + Clone"),
                    (Some(colon), None) => (colon.span().byte_range().end, " Clone"),
                    (None, None) => (param.ident.span().byte_range().end, ": Clone"),
                };
                self.1.push(found);
            }
            visit::visit_path(self, path);
        }

        // The bounds of an `impl Trait` are not visited, because the argument holds no values of
        // the types in them.
        fn visit_type_impl_trait(&mut self, ty: &'ast syn::TypeImplTrait) {
            self.1.push((ty.span().byte_range().end, " + Clone"));
        }
    }

    let mut found = Found(generics, Vec::new());
    found.visit_type(ty);
    found.1
}

/// Returns the `T` of `impl Into<T>`, or of a type parameter that is `Into<T>`.
fn into<'t>(ty: &'t Type, generics: &'t Generics) -> Option<&'t Type> {
    match ty {
        Type::ImplTrait(ty) => into_bound(&ty.bounds),
        Type::Path(path) => {
            let param = generics.type_params().find(|param| path.path.is_ident(&param.ident))?;
            let mut clauses =
                clauses(generics, &param.ident).filter_map(|clause| into_bound(&clause.bounds));
            into_bound(&param.bounds).or_else(|| clauses.next())
        }
        _ => None,
    }
}

/// Returns the predicates about `param` in the `where` clause.
fn clauses<'g>(generics: &'g Generics, param: &Ident) -> impl Iterator<Item = &'g PredicateType> {
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    predicates.filter_map(move |predicate| match predicate {
        WherePredicate::Type(predicate) => match &predicate.bounded_ty {
            Type::Path(bounded) if bounded.path.is_ident(param) => Some(predicate),
            _ => None,
        },
        _ => None,
    })
}

fn into_bound(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let segment = bound.path.segments.last().filter(|segment| segment.ident == "Into")?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
        match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }
    })
}
