//! What is read of an item.

use quote::ToTokens;

use super::*;

fn of(text: &str) -> Input {
    Input::read(text.parse().unwrap()).unwrap()
}

/// Without the spaces, which tokens made in different ways have in different places.
fn unspaced(tokens: impl ToTokens) -> String {
    tokens.into_token_stream().to_string().replace(' ', "")
}

fn fields(fields: &Fields) -> Vec<String> {
    fields.list.iter().map(|field| format!("{}:{}", field.member, unspaced(&field.ty))).collect()
}

/// Those of a struct.
fn of_struct(text: &str) -> Vec<String> {
    match of(text).data {
        Data::Struct(read) => fields(&read),
        _ => panic!("a struct"),
    }
}

fn bounds(text: &str) -> String {
    unspaced(of(text).bounds.into_iter().collect::<TokenStream>())
}

fn variants_of(text: &str) -> Vec<String> {
    match of(text).data {
        Data::Enum(read) => read
            .iter()
            .map(|variant| format!("{}{:?}", variant.name, fields(&variant.fields)))
            .collect(),
        _ => panic!("an enum"),
    }
}

#[test]
fn structs_of_each_kind() {
    assert_eq!(of_struct("#[a] pub(in b::c) struct A;"), [""; 0]);
    assert_eq!(of_struct("struct A {}"), [""; 0]);
    assert_eq!(of_struct("struct A();"), [""; 0]);
    assert_eq!(
        of_struct("struct A { #[b] pub c: Vec<D<E, F>>, pub(crate) r#in: fn(G) -> H, }"),
        ["c:Vec<D<E,F>>", "r#in:fn(G)->H"]
    );
    assert_eq!(
        of_struct("struct A(#[b] pub (C, D), pub(in e::f) [u8; { N > 3 } as usize], G<H, I>,);"),
        ["0:(C,D)", "1:[u8;{N>3}asusize]", "2:G<H,I>"]
    );
}

#[test]
fn where_clauses_stand_before_and_behind() {
    assert_eq!(
        bounds("struct A<T> where T: B<C = D>, for<'a> &'a T: E { a: T }"),
        "whereT:B<C=D>,for<'a>&'aT:E"
    );
    assert_eq!(bounds("struct A<T>(T) where T: B, [u8; { 3 }]: C;"), "whereT:B,[u8;{3}]:C");
    assert_eq!(bounds("struct A<const N: usize> where B<{ N > 3 }>: C;"), "whereB<{N>3}>:C");
    assert_eq!(bounds("enum A<T> where T: B {}"), "whereT:B");
    assert_eq!(bounds("struct A<T: B>(T);"), "");
    assert_eq!(of_struct("struct A<T> where T: B<{ 3 }> { a: T }"), ["a:T"]);
}

#[test]
fn variants_with_discriminants() {
    assert_eq!(
        variants_of(
            "enum A { #[b] C = 1 << 3, D = (2 < 3) as isize, E { f: G } = N > 3 && M < 3, H(I<J, K>) = -1, L = size_of::<(M, N)>() as isize, O = f::<P, Q>(), R, }"
        ),
        ["C[]", "D[]", "E[\"f:G\"]", "H[\"0:I<J,K>\"]", "L[]", "O[]", "R[]"]
    );
    assert_eq!(
        variants_of(
            "enum A { B = <C as D<E, F>>::G, H = -<C as D<E, F>>::G, I = 2 + <C as D<E, F>>::G, J = K as L<M, N> as isize, O }"
        ),
        ["B[]", "H[]", "I[]", "J[]", "O[]"]
    );
}

#[test]
fn attributes_stay_with_what_they_stand_on() {
    let input = of("#[a] #[retry(b)] enum A { #[retry(c)] B(#[source] C), D }");
    assert_eq!(input.attributes.len(), 2);
    let Data::Enum(variants) = input.data else { panic!("an enum") };
    assert!(variants[0].attributes[0].is("retry"));
    assert!(variants[0].fields.list[0].attributes[0].is("source"));
    assert!(variants[1].attributes.is_empty());
}

#[test]
fn unions_and_others() {
    assert!(matches!(of("union A { a: B }").data, Data::Union(keyword) if keyword == "union"));
    assert!(Input::read(TokenStream::new()).is_err());
}
