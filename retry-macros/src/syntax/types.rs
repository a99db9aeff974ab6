//! Types, kept as their tokens and understood as far as the macros ask.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::angles::map_between_commas;
use super::{Argument, Cursor, Path, find_mark, flattened, split_outside};
use crate::tokens::{contents, is_ident, is_punct, regroup, stream};

#[derive(Clone)]
pub(crate) struct Type {
    tokens: Vec<TokenTree>,
}

/// What a type is.
pub(crate) enum Form<'t> {
    /// In parentheses, or in the invisible ones around a `$ty:ty`.
    Wrapped(Type),
    Path(Path<'t>),
    ImplTrait(Vec<Bound>),
    TraitObject(Vec<Bound>),
    Reference {
        mutable: bool,
    },
    Tuple,
    /// Known only when it is inferred or expanded (`_`, `name!(…)`), or not understood.
    Unknown,
    /// An array, a slice, a pointer, a function or never.
    Other,
}

impl Type {
    pub(crate) fn new(mut tokens: Vec<TokenTree>) -> Self {
        // `$ty::Name`: the group is a part of the path.
        if let [TokenTree::Group(group), _, ..] = tokens.as_slice()
            && group.delimiter() == Delimiter::None
        {
            let first = flattened(&tokens[..1]);
            tokens.splice(..1, first);
        }
        Self { tokens }
    }

    pub(crate) fn form(&self) -> Form<'_> {
        let tokens = self.tokens.as_slice();
        match tokens {
            [TokenTree::Group(group)] => grouped(group),
            [TokenTree::Ident(first), rest @ ..] => self.beginning_with(first, rest),
            [TokenTree::Punct(first), ..] => match first.as_char() {
                '&' => {
                    let prefix = reference_prefix(tokens);
                    Form::Reference { mutable: is_ident(prefix.last(), "mut") }
                }
                '<' | ':' => self.path(),
                _ => Form::Other,
            },
            _ => Form::Unknown,
        }
    }

    fn beginning_with<'t>(&'t self, first: &Ident, rest: &'t [TokenTree]) -> Form<'t> {
        match first.to_string().as_str() {
            "impl" => Form::ImplTrait(bounds(rest)),
            "dyn" if !is_punct(rest.first(), ':') => Form::TraitObject(bounds(rest)),
            "_" => Form::Unknown,
            "fn" | "unsafe" | "extern" | "for" => Form::Other,
            _ => self.path(),
        }
    }

    fn path(&self) -> Form<'_> {
        if find_mark(&self.tokens, '+').is_some() {
            return Form::TraitObject(bounds(&self.tokens));
        }
        let mut cursor = Cursor::new(&self.tokens);
        match Path::read(&mut cursor) {
            Some(path) if !cursor.is_at('!') => Form::Path(path),
            _ => Form::Unknown,
        }
    }

    /// Whether it is `&mut T`, by itself or as a `$ty:ty`.
    pub(crate) fn is_mutable_reference(&self) -> bool {
        match self.form() {
            Form::Reference { mutable } => mutable,
            Form::Wrapped(ty) => ty.is_mutable_reference(),
            _ => false,
        }
    }

    /// The type with `_` for each part that `is_left_out`, as far as a part can be left to inference: in
    /// references, tuples and generic arguments.
    pub(crate) fn inferring(&self, is_left_out: &dyn Fn(&Form<'_>) -> bool) -> Self {
        let form = self.form();
        if is_left_out(&form) {
            return Self { tokens: quote!(_).into_iter().collect() };
        }
        let inferring = |tokens: &[TokenTree]| Self::new(tokens.to_vec()).inferring(is_left_out);
        let tokens = match (form, self.tokens.as_slice()) {
            (Form::Wrapped(_) | Form::Tuple, [TokenTree::Group(group)]) => {
                let inside = contents(group);
                let inside = map_between_commas(&inside, |part| inferring(part).tokens);
                vec![TokenTree::Group(regroup(group, stream(&inside)))]
            }
            (Form::Reference { .. }, tokens) => {
                let prefix = reference_prefix(tokens);
                [prefix, &inferring(&tokens[prefix.len()..]).tokens].concat()
            }
            (Form::Path(_), tokens) => {
                map_arguments(tokens, |argument| match Argument::of(argument) {
                    Argument::Type(ty) => ty.inferring(is_left_out).tokens,
                    _ => argument.to_vec(),
                })
            }
            (_, tokens) => tokens.to_vec(),
        };
        Self { tokens }
    }
}

impl ToTokens for Type {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.iter().cloned());
    }
}

fn grouped<'t>(group: &Group) -> Form<'t> {
    let inside = contents(group);
    let comma = || find_mark(&inside, ',');
    match group.delimiter() {
        Delimiter::Parenthesis if inside.is_empty() || comma().is_some() => Form::Tuple,
        Delimiter::Parenthesis | Delimiter::None => Form::Wrapped(Type::new(inside)),
        Delimiter::Bracket => Form::Other,
        Delimiter::Brace => Form::Unknown,
    }
}

/// `&'a mut` of `&'a mut T`.
fn reference_prefix(tokens: &[TokenTree]) -> &[TokenTree] {
    let mut length = 1;
    match tokens.get(1) {
        Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::None
                && is_punct(group.stream().into_iter().next().as_ref(), '\'') =>
        {
            length += 1;
        }
        quote if is_punct(quote, '\'') => length += 2,
        _ => {}
    }
    length += usize::from(is_ident(tokens.get(length), "mut"));
    &tokens[..length.min(tokens.len())]
}

/// The path with its generic arguments passed through `change`; those of `<T as Trait>` and of `Fn(A) -> B` are
/// none of its own.
fn map_arguments(
    tokens: &[TokenTree],
    change: impl Fn(&[TokenTree]) -> Vec<TokenTree>,
) -> Vec<TokenTree> {
    let mut cursor = Cursor::new(tokens);
    let mut mapped = cursor.angle_bracket().unwrap_or_default().to_vec();
    while let Some(token) = cursor.peek() {
        if let TokenTree::Group(_) = token {
            break;
        } else if let Some([open, arguments @ .., close]) = cursor.angle_bracket() {
            mapped.push(open.clone());
            mapped.extend(map_between_commas(arguments, &change));
            mapped.push(close.clone());
        } else {
            mapped.extend_from_slice(cursor.take(1));
        }
    }
    mapped.extend_from_slice(cursor.rest());
    mapped
}

/// One of the bounds of `impl A + B` or `dyn A + B`.
pub(crate) struct Bound {
    tokens: Vec<TokenTree>,
}

fn bounds(tokens: &[TokenTree]) -> Vec<Bound> {
    split_outside(tokens, '+').into_iter().map(Bound::new).collect()
}

impl Bound {
    fn new(tokens: &[TokenTree]) -> Self {
        let tokens = flattened(tokens);
        match tokens.as_slice() {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
                Self::new(&contents(group))
            }
            _ => Self { tokens },
        }
    }

    /// The trait, if it is one.
    pub(crate) fn path(&self) -> Option<Path<'_>> {
        let mut cursor = Cursor::new(&self.tokens);
        while cursor.punct('?') || cursor.punct('~') || cursor.word("const") || cursor.word("async")
        {
        }
        if cursor.word("for") {
            cursor.angle_bracket();
        }
        Path::read(&mut cursor)
    }
}

#[cfg(test)]
mod tests;
