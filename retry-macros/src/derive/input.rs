//! The item under the derive, taken apart.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::diagnostics::Mistake;
use crate::syntax::{Attribute, Cursor, Generics, Member, Type, split_outside};
use crate::tokens::{contents, is_punct, list, split_at_commas, whole_span};

/// A struct, an enum or a union.
pub(super) struct Input {
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) generics: Generics,
    /// The `where` clause, or nothing.
    pub(super) bounds: Vec<TokenTree>,
    pub(super) data: Data,
}

pub(super) enum Data {
    Struct(Fields),
    Enum(Vec<Variant>),
    /// With its keyword.
    Union(Ident),
}

pub(super) struct Variant {
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) fields: Fields,
}

/// Those of a struct or a variant.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) numbered: bool,
    pub(super) list: Vec<Field>,
}

pub(super) struct Field {
    pub(super) attributes: Vec<Attribute>,
    pub(super) member: Member,
    pub(super) ty: Type,
}

impl Input {
    pub(super) fn read(item: TokenStream) -> Result<Self, Mistake> {
        let tokens = list(item);
        let mut cursor = Cursor::new(&tokens);
        let attributes = cursor.attributes();
        cursor.visibility();
        let (Some(keyword), Some(name)) = (cursor.ident(), cursor.ident()) else {
            let span = cursor.peek().map_or_else(Span::call_site, TokenTree::span);
            return Err(Mistake::at(span, "expected an enum or a struct"));
        };
        let generics = Generics::read(&mut cursor);
        // A tuple's stand before `where`, all others behind.
        let tuple = cursor.group(Delimiter::Parenthesis);
        let (bounds, content) = match cursor.rest() {
            [bounds @ .., TokenTree::Group(content)] if tuple.is_none() => (bounds, Some(content)),
            [bounds @ .., semicolon] if is_punct(Some(semicolon), ';') => (bounds, tuple),
            bounds => (bounds, tuple),
        };
        let data = match content {
            Some(content) if keyword == "enum" => Data::Enum(variants(content)),
            _ if keyword == "union" => Data::Union(keyword.clone()),
            fields => Data::Struct(fields.map(Fields::read).unwrap_or_default()),
        };
        Ok(Self { attributes, name: name.clone(), generics, bounds: bounds.to_vec(), data })
    }
}

fn variants(braces: &Group) -> Vec<Variant> {
    // Behind `=` stands an expression, in which `<` need not open a bracket.
    split_at_commas(braces.stream()).into_iter().filter_map(Variant::read).collect()
}

impl Variant {
    fn read(tokens: TokenStream) -> Option<Self> {
        let tokens = list(tokens);
        let mut cursor = Cursor::new(&tokens);
        let attributes = cursor.attributes();
        cursor.visibility();
        let name = cursor.ident()?.clone();
        let fields = match cursor.peek() {
            Some(TokenTree::Group(group)) => Fields::read(group),
            _ => Fields::default(),
        };
        Some(Self { attributes, name, fields })
    }
}

impl Fields {
    fn read(group: &Group) -> Self {
        let numbered = group.delimiter() == Delimiter::Parenthesis;
        let tokens = contents(group);
        let list = split_outside(&tokens, ',').into_iter().zip(0..).filter_map(|(field, index)| {
            if numbered { Some(Field::numbered(field, index)) } else { Field::named(field) }
        });
        Self { numbered, list: list.collect() }
    }
}

impl Field {
    fn numbered(tokens: &[TokenTree], index: u32) -> Self {
        let mut cursor = Cursor::new(tokens);
        let attributes = cursor.attributes();
        cursor.visibility();
        let ty = Type::new(cursor.rest().to_vec());
        Self { attributes, member: Member::Numbered(index, whole_span(&ty)), ty }
    }

    fn named(tokens: &[TokenTree]) -> Option<Self> {
        let mut cursor = Cursor::new(tokens);
        let attributes = cursor.attributes();
        cursor.visibility();
        let name = cursor.ident()?.clone();
        let [_colon, ty @ ..] = cursor.rest() else { return None };
        Some(Self { attributes, member: Member::Named(name), ty: Type::new(ty.to_vec()) })
    }
}

#[cfg(test)]
mod tests;
