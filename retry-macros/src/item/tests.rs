//! Tests that functions are parsed, and written again without a change.

use quote::ToTokens;

use super::*;
use crate::types::is_mutable_reference;

fn of(text: &str) -> Function {
    Function::of(text.parse().unwrap()).unwrap()
}

/// Prints tokens without spaces, which depend on how the tokens were created.
fn unspaced(tokens: impl ToTokens) -> String {
    tokens.into_token_stream().to_string().replace(' ', "")
}

/// Returns a fragment as `macro_rules` inserts it, for example for `$ty:ty`.
fn fragment(text: &str) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap()))
}

fn output(function: &Function) -> String {
    match &function.signature.output {
        syn::ReturnType::Type(_, ty) => unspaced(ty),
        syn::ReturnType::Default => String::new(),
    }
}

#[test]
fn a_function_is_written_as_it_was_read() {
    for text in [
        "fn f() {}",
        "#[a] #[b = 1] pub(in c::d) const async unsafe extern \"C\" fn r#in<'a: 'b, #[e] T: F<G = H> + ?Sized, const N: usize>(&'a self, #[i] J { k, l: mut m }: J<{ N > 3 }>, n: fn(O) -> P) -> Result<Vec<Option<T>>, Q> where T: R<S = U>, for<'c> &'c T: V { w }",
        "fn f(self: Pin<&mut Self>, Some::<A<B, C>>(d): [u8; { 3 > 2 } as usize]) -> <A as B<C, D>>::E { f }",
        "fn f(a: impl Fn(B) -> C + Send) -> Box<dyn for<'a> Fn(&'a D) -> E + Send> { f }",
        "async fn f(x:&str, y:*const T) -> my_type! { A } { b }",
        "async fn f() -> A<{ B }> { c }",
        "async fn f() -> impl A + use<'a, T> { self. }",
    ] {
        let function = of(text);
        let written = function.with(None, function.body.as_ref());
        assert_eq!(unspaced(written), text.replace(' ', ""));
    }
}

#[test]
fn names_are_those_that_patterns_bind() {
    let names = |pattern: &str| {
        let function = of(&format!("fn f({pattern}: X) {{}}"));
        let arguments = function.inputs();
        let names = arguments.iter().map(|argument| {
            format!("{}{}", if argument.mutability.is_some() { "mut " } else { "" }, argument.name)
        });
        names.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names("prompt"), "prompt");
    assert_eq!(names("mut prompt"), "mut prompt");
    assert_eq!(names("(a, mut b)"), "a, mut b");
    assert_eq!(names("model::Point { x, y: mut depth, .. }"), "x, mut depth");
    assert_eq!(names("Wrapper::<u8>(inner)"), "inner");
    assert_eq!(names("&mut buffer"), "buffer");
    assert_eq!(names("ref mut buffer"), "buffer");
    assert_eq!(names("mut N"), "mut N");
    assert_eq!(names("mut 回数"), "mut 回数");
    assert_eq!(names("[first, .., mut last]"), "first, mut last");
    assert_eq!(names("whole @ (a, b)"), "whole, a, b");
    assert_eq!(names("_"), "");
}

#[test]
fn a_mut_is_taken_where_it_stands() {
    let mut function = of("fn f((a, mut b): X, mut c: Y, ref mut d: Z) { e }");
    for (name, taken) in [("a", false), ("b", true), ("c", true), ("d", false)] {
        let name = Ident::new(name, proc_macro2::Span::call_site());
        assert_eq!(function.take_mut(&name).is_some(), taken, "{name}");
    }
    let written = function.with(None, function.body.as_ref());
    assert_eq!(unspaced(written), "fnf((a,b):X,c:Y,refmutd:Z){e}");
}

#[test]
fn fragments_of_macro_rules() {
    let (vis, lifetime, ty, body) =
        (fragment(""), fragment("'a"), fragment("Result<A, B>"), fragment("{ c }"));
    let abi = fragment("\"C\"");
    let function =
        quote!(#vis async extern #abi fn f<#lifetime, T>(x: #ty, y: &mut #ty) -> #ty #body);
    let item = TokenTree::Group(Group::new(Delimiter::None, function));
    let function = Function::of(item.into()).unwrap();
    assert!(function.signature.asyncness.is_some());
    assert_eq!(output(&function), "Result<A,B>");
    assert_eq!(function.signature.generics.params.len(), 2);
    assert!(is_mutable_reference(function.inputs()[1].ty));
    assert_eq!(unspaced(function.body), "{c}");
}

#[test]
fn what_is_no_function_is_refused() {
    for text in ["struct A;", "const A: B = C;", "macro_rules! a {}", "fn", "fn f", "fn f(A)", ""] {
        assert!(Function::of(text.parse().unwrap()).is_err(), "{text}");
    }
}
