//! What types are taken for.

use super::*;

/// Without the spaces, which tokens made in different ways have in different places.
fn unspaced(tokens: impl ToTokens) -> String {
    tokens.into_token_stream().to_string().replace(' ', "")
}

fn of(text: &str) -> Type {
    Type::new(text.parse::<TokenStream>().unwrap().into_iter().collect())
}

/// What a `$ty:ty` or the like is replaced by.
fn fragment(text: &str) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap()))
}

fn of_tokens(tokens: TokenStream) -> Type {
    Type::new(tokens.into_iter().collect())
}

fn form(ty: &Type) -> String {
    match ty.form() {
        Form::Wrapped(inner) => format!("wrapped {}", form(&inner)),
        Form::Path(path) => format!("path {}", path.last),
        Form::ImplTrait(bounds) => format!("impl {}", names(&bounds)),
        Form::TraitObject(bounds) => format!("dyn {}", names(&bounds)),
        Form::Reference { mutable: false } => "reference".to_owned(),
        Form::Reference { mutable: true } => "mutable reference".to_owned(),
        Form::Tuple => "tuple".to_owned(),
        Form::Unknown => "unknown".to_owned(),
        Form::Other => "other".to_owned(),
    }
}

fn names(bounds: &[Bound]) -> String {
    let names =
        bounds.iter().map(|bound| bound.path().map_or("-".into(), |path| path.last.to_string()));
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn paths() {
    assert_eq!(form(&of("Result<Vec<Option<T>>, E>")), "path Result");
    assert_eq!(form(&of("::std::io::Result<T>")), "path Result");
    assert_eq!(form(&of("<T as Trait<U>>::Output")), "path Output");
    assert_eq!(form(&of("<Vec<T>>::Item")), "path Item");
    assert_eq!(form(&of("Self")), "path Self");
    assert_eq!(form(&of("r#impl")), "path r#impl");
    assert_eq!(form(&of("Fn(A) -> B")), "path Fn");
}

#[test]
fn bounds_of_traits() {
    assert_eq!(form(&of("impl Future<Output = T> + Send + 'a")), "impl Future Send -");
    assert_eq!(form(&of("impl for<'a> Fn(&'a T) -> U + ?Sized")), "impl Fn Sized");
    assert_eq!(form(&of("dyn for<'a> Fn(&'a T) -> U + Send")), "dyn Fn Send");
    assert_eq!(form(&of("dyn (std::future::Future) + 'static")), "dyn Future -");
    assert_eq!(form(&of("Future<Output = T> + Send")), "dyn Future Send");
    assert_eq!(form(&of("impl Fn(A) -> Result<B, C> + Send")), "impl Fn Send");
}

#[test]
fn types_without_a_name() {
    for (text, expected) in [
        ("&T", "reference"),
        ("&'a T", "reference"),
        ("&&mut T", "reference"),
        ("&mut T", "mutable reference"),
        ("&'a mut T", "mutable reference"),
        ("()", "tuple"),
        ("(T,)", "tuple"),
        ("(A, B<C, D>)", "tuple"),
        ("(T)", "wrapped path T"),
        ("(A<B, C>)", "wrapped path A"),
        ("[T]", "other"),
        ("[u8; { N > 3 } as usize]", "other"),
        ("!", "other"),
        ("*const T", "other"),
        ("fn(A) -> Result<B, C>", "other"),
        ("unsafe extern \"C\" fn(A)", "other"),
        ("for<'a> fn(&'a A) -> B", "other"),
        ("_", "unknown"),
        ("my_type!(Result<A, B>)", "unknown"),
        ("a::my_type![A]", "unknown"),
        ("", "unknown"),
    ] {
        assert_eq!(form(&of(text)), expected, "{text}");
    }
}

#[test]
fn fragments_of_macro_rules() {
    let ty = fragment("Result<A, B>");
    assert_eq!(form(&of_tokens(quote!(#ty))), "wrapped path Result");
    let ty = fragment("&mut A");
    assert_eq!(form(&of_tokens(quote!((#ty)))), "wrapped wrapped mutable reference");
    assert!(of_tokens(quote!(#ty)).is_mutable_reference());
    let ty = fragment("a::B");
    assert_eq!(form(&of_tokens(quote!(#ty::C))), "path C");
    let lifetime = fragment("'a");
    assert_eq!(form(&of_tokens(quote!(&#lifetime mut T))), "mutable reference");
    let bound = fragment("Future<Output = A>");
    assert_eq!(form(&of_tokens(quote!(impl #bound + Send))), "impl Future Send");
}

fn inferring_impl(ty: &Type) -> String {
    unspaced(ty.inferring(&|form| matches!(form, Form::ImplTrait(_))))
}

#[test]
fn parts_are_left_to_inference() {
    for (text, expected) in [
        ("impl A", "_"),
        ("Result<impl A<B = C>, E>", "Result<_,E>"),
        ("a::R<(impl A, &'a mut impl B), Vec<Option<impl C>>>", "a::R<(_,&'amut_),Vec<Option<_>>>"),
        ("a::<impl A>::B<impl C,>", "a::<_>::B<_,>"),
        ("(impl A)", "(_)"),
        ("(impl A,)", "(_,)"),
        ("A<'a, 3, { N > 3 }, B = impl C>", "A<'a,3,{N>3},B=implC>"),
        ("<T as A<B>>::C<impl D>", "<TasA<B>>::C<_>"),
        ("dyn Fn(A) -> B", "dynFn(A)->B"),
        ("A<dyn Fn(B) -> C, impl D>", "A<dynFn(B)->C,_>"),
        (
            "A<Box<dyn for<'a> Fn(&'a B) -> C<D> + Send>, impl E>",
            "A<Box<dynfor<'a>Fn(&'aB)->C<D>+Send>,_>",
        ),
        ("[impl A; 3]", "[implA;3]"),
        ("my_type!(impl A)", "my_type!(implA)"),
        ("()", "()"),
    ] {
        assert_eq!(inferring_impl(&of(text)), expected, "{text}");
    }
}

#[test]
fn parts_of_fragments_are_left_to_inference() {
    let ty = fragment("Result<impl A, E>");
    assert_eq!(inferring_impl(&of_tokens(quote!(B<#ty, C>))), "B<Result<_,E>,C>");
}

#[test]
fn half_a_type_loses_no_tokens() {
    for text in [
        "Result<",
        "Result<A, B",
        "Result<A>>",
        "&",
        "&'a",
        "a::",
        "<A",
        "A +",
        "impl",
        "dyn",
        "A<,>",
        ", A",
    ] {
        let ty = of(text);
        form(&ty);
        assert_eq!(unspaced(&ty), unspaced(ty.inferring(&|_| false)), "{text}");
        assert_eq!(unspaced(&ty), text.replace(' ', ""));
    }
}
