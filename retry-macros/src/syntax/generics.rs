//! The generic parameters of an item.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::{Cursor, find_mark, flattened, split_outside};
use crate::tokens::stream;

/// `<…>` behind an item's name, or nothing.
#[derive(Default)]
pub(crate) struct Generics {
    /// With the angle brackets, as it was written.
    bracket: Vec<TokenTree>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    kind: Kind,
    /// `'a`, `T` or `N`.
    name: Vec<TokenTree>,
    /// With its bounds, and without its default.
    declaration: Vec<TokenTree>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Lifetime,
    Type,
    Const,
}

impl Generics {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Self {
        let Some(bracket) = cursor.angle_bracket() else { return Self::default() };
        let parts = split_outside(&bracket[1..bracket.len() - 1], ',');
        let parameters = parts.into_iter().filter_map(Parameter::read).collect();
        Self { bracket: bracket.to_vec(), parameters }
    }

    /// The names of the types.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Ident> {
        self.of_kind(|kind| kind == Kind::Type)
    }

    /// The names of the types and constants.
    pub(crate) fn types_and_constants(&self) -> impl Iterator<Item = &Ident> {
        self.of_kind(|kind| kind != Kind::Lifetime)
    }

    fn of_kind(&self, ask: impl Fn(Kind) -> bool) -> impl Iterator<Item = &Ident> {
        let asked = self.parameters.iter().filter(move |parameter| ask(parameter.kind));
        asked.filter_map(|parameter| match parameter.name.as_slice() {
            [TokenTree::Ident(name)] => Some(name),
            _ => None,
        })
    }

    /// `<'a, T: Bound, const N: usize>`, as it stands behind `impl`.
    pub(crate) fn declared(&self) -> TokenStream {
        self.listed(|parameter| &parameter.declaration)
    }

    /// `<'a, T, N>`, as it stands behind the item's name.
    pub(crate) fn arguments(&self) -> TokenStream {
        self.listed(|parameter| &parameter.name)
    }

    fn listed(&self, part: impl Fn(&Parameter) -> &[TokenTree]) -> TokenStream {
        let (Some(open), Some(close)) = (self.bracket.first(), self.bracket.last()) else {
            return TokenStream::new();
        };
        let parts = self.parameters.iter().map(|parameter| stream(part(parameter)));
        quote!(#open #(#parts),* #close)
    }
}

impl Parameter {
    fn read(tokens: &[TokenTree]) -> Option<Self> {
        // A `$lifetime:lifetime` stands in an invisible group.
        let tokens = flattened(tokens);
        let default = find_mark(&tokens, '=');
        let declaration = &tokens[..default.unwrap_or(tokens.len())];
        let mut cursor = Cursor::new(declaration);
        cursor.attributes();
        let (kind, length) = if cursor.is_at('\'') {
            (Kind::Lifetime, 2)
        } else if cursor.word("const") {
            (Kind::Const, 1)
        } else {
            (Kind::Type, 1)
        };
        let name = cursor.take(length).to_vec();
        (!name.is_empty()).then(|| Self { kind, name, declaration: declaration.to_vec() })
    }
}

impl ToTokens for Generics {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.bracket.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};

    use super::*;

    fn read(tokens: TokenStream) -> Generics {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        Generics::read(&mut Cursor::new(&tokens))
    }

    fn of(text: &str) -> Generics {
        read(text.parse().unwrap())
    }

    fn declared(text: &str) -> String {
        unspaced(&of(text).declared().to_string())
    }

    /// Without the spaces, which tokens made in different ways have in different places.
    fn unspaced(text: &str) -> String {
        text.replace(' ', "")
    }

    #[test]
    fn defaults_are_dropped_and_bounds_kept() {
        assert_eq!(
            declared(
                "<'a: 'b, T: ?Sized + Iterator<Item = Vec<u8>> = Vec<Vec<u8>>, const N: usize = { 3 > 2 },>"
            ),
            unspaced("<'a: 'b, T: ?Sized + Iterator<Item = Vec<u8>>, const N: usize>")
        );
        assert_eq!(declared("<T: Fn(u8) -> u8 = F>"), unspaced("<T: Fn(u8) -> u8>"));
        assert_eq!(declared("<T: for<'a> Tr<&'a u8>>"), unspaced("<T: for<'a> Tr<&'a u8>>"));
        assert_eq!(
            declared("<#[cfg(all())] T, #[may_dangle] 'a>"),
            unspaced("<#[cfg(all())] T, #[may_dangle] 'a>")
        );
    }

    #[test]
    fn arguments_are_the_names() {
        let arguments = |text| unspaced(&of(text).arguments().to_string());
        assert_eq!(
            arguments("<'a: 'b, #[a] T: A<B> = C, const N: usize = 3>"),
            unspaced("<'a, T, N>")
        );
        assert_eq!(arguments("<r#type>"), unspaced("<r#type>"));
    }

    #[test]
    fn names_by_kind() {
        let generics = of("<'a, T, const N: usize, U>");
        let types: Vec<String> = generics.types().map(ToString::to_string).collect();
        assert_eq!(types, ["T", "U"]);
        let all: Vec<String> = generics.types_and_constants().map(ToString::to_string).collect();
        assert_eq!(all, ["T", "N", "U"]);
    }

    #[test]
    fn no_generics_are_none() {
        assert!(of("(a: A<B>)").to_token_stream().is_empty());
        assert_eq!(declared("<>"), unspaced("<>"));
    }

    #[test]
    fn lifetimes_of_macro_rules_are_looked_into() {
        let lifetime = TokenTree::Group(Group::new(Delimiter::None, "'a".parse().unwrap()));
        let generics = read(quote!(<#lifetime, T>));
        assert_eq!(unspaced(&generics.arguments().to_string()), unspaced("<'a, T>"));
        assert_eq!(generics.types().count(), 1);
    }
}
