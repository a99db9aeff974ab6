//! What is read of a function, and that it is all written again.

use super::*;

fn of(text: &str) -> Function {
    Function::read(text.parse().unwrap()).unwrap()
}

/// Without the spaces, which tokens made in different ways have in different places.
fn unspaced(tokens: impl ToTokens) -> String {
    tokens.into_token_stream().to_string().replace(' ', "")
}

/// What a `$ty:ty` or the like is replaced by.
fn fragment(text: &str) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap()))
}

fn output(function: &Function) -> String {
    function.output.as_ref().map(|output| unspaced(&output.ty)).unwrap_or_default()
}

#[test]
fn a_function_is_written_as_it_was_read() {
    for text in [
        "fn f() {}",
        "#[a] #[b = 1] pub(in c::d) const async unsafe extern \"C\" fn r#in<'a: 'b, #[e] T: F<G = H> + ?Sized, const N: usize>(&'a self, #[i] J { k, l: mut m }: J<{ N > 3 }>, n: fn(O) -> P) -> Result<Vec<Option<T>>, Q> where T: R<S = U>, for<'c> &'c T: V { w }",
        "fn f(self: Pin<&mut Self>, Some::<A<B, C>>(d) | d: [u8; { 3 > 2 } as usize]) -> <A as B<C, D>>::E { f }",
        "fn f(a: impl Fn(B) -> C + Send) -> dyn for<'a> Fn(&'a D) -> E + Send { f }",
        "async fn f() -> my_type! { A } { b }",
        "async fn f() -> A<{ B }> { c }",
    ] {
        let function = of(text);
        let written = function.with_body(function.body.as_ref().unwrap());
        assert_eq!(unspaced(written), text.replace(' ', ""));
    }
}

#[test]
fn return_types_end_before_where_and_the_body() {
    assert_eq!(output(&of("fn f() { a }")), "");
    assert_eq!(output(&of("fn f() where A: B { a }")), "");
    assert_eq!(output(&of("fn f() -> A<{ B }> where A: B { a }")), "A<{B}>");
    assert_eq!(output(&of("fn f() -> my_type! { A } { b }")), "my_type!{A}");
    assert_eq!(output(&of("fn f() -> r#where { b }")), "r#where");
    assert_eq!(output(&of("fn f() -> A where A: B;")), "A");
    assert!(of("fn f() -> A;").body.is_none());
}

#[test]
fn receivers() {
    for (text, owned_mut, by_mut_reference) in [
        ("self", false, false),
        ("mut self", true, false),
        ("&self", false, false),
        ("&'a mut self", false, true),
        ("self: &mut Self", false, true),
        ("mut self: Box<Self>", true, false),
        ("#[a] self: Pin<&mut Self>", false, false),
    ] {
        let function = of(&format!("fn f({text}, a: B<C, D>) {{}}"));
        let receiver = function.receiver().unwrap();
        assert_eq!(receiver.owned_mut.is_some(), owned_mut, "{text}");
        assert_eq!(receiver.by_mut_reference, by_mut_reference, "{text}");
        assert_eq!(function.inputs.len(), 2);
    }
    assert!(of("fn f(this: Self) {}").receiver().is_none());
}

#[test]
fn fragments_of_macro_rules() {
    let (vis, lifetime, ty, body) =
        (fragment(""), fragment("'a"), fragment("Result<A, B>"), fragment("{ c }"));
    let abi = fragment("\"C\"");
    let function = quote!(#vis async extern #abi fn f<#lifetime, T>(x: #ty) -> #ty #body);
    let function = Function::read(function).unwrap();
    assert!(function.asyncness.is_some());
    assert_eq!(output(&function), "Result<A,B>");
    assert_eq!(function.generics.types_and_constants().count(), 1);
    assert_eq!(unspaced(function.body), "{c}");
}

#[test]
fn what_is_no_function_is_refused_where_it_ends_to_be_one() {
    for text in ["struct A;", "const A: B = C;", "macro_rules! a {}", "fn", "fn f", "fn f(A)", ""] {
        assert!(Function::read(text.parse().unwrap()).is_err(), "{text}");
    }
}
