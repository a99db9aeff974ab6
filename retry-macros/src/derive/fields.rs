//! The fields of a variant or a struct, as `#[retry(…)]` names and chooses them.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Field, Fields, Ident, Member, Type};

use crate::diagnostics::{Errors, list, nearest};

/// A field that an answer is read from.
#[derive(Clone)]
pub(super) struct Source<'a> {
    pub(super) member: Member,
    pub(super) ty: &'a Type,
}

fn sources(fields: &Fields) -> impl Iterator<Item = Source<'_>> {
    fields.members().zip(fields).map(|(member, Field { ty, .. })| Source { member, ty })
}

pub(super) fn find<'a>(fields: &'a Fields, member: &Member) -> Option<Source<'a>> {
    sources(fields).find(|source| source.member == *member)
}

/// The field with the error inside: the only one, the one marked as the source, or the one named
/// `source`. The explicit mark wins over the name, as in thiserror.
pub(super) fn inner(fields: &Fields) -> Option<Source<'_>> {
    let mut marked = sources(fields).zip(fields).filter(|(_, field)| is_marked(field));
    match (fields.len(), marked.next(), marked.next()) {
        (1, ..) => sources(fields).next(),
        (_, None, _) => sources(fields).find(|source| name(&source.member) == "source"),
        (_, Some((marked, _)), None) => Some(marked),
        _ => None,
    }
}

fn is_marked(field: &Field) -> bool {
    field.attrs.iter().any(|a| a.path().is_ident("source") || a.path().is_ident("from"))
}

/// [`inner`], or an error at the argument that needs it.
pub(super) fn inner_or_error<'a>(
    argument: &Ident,
    owner: &Ident,
    fields: &'a Fields,
    errors: &mut Errors,
) -> Option<Source<'a>> {
    let found = inner(fields);
    if found.is_none() {
        let marked = fields.iter().filter(|field| is_marked(field)).count();
        let problem = match (fields.len(), fields) {
            (0, _) => {
                format!("`{owner}` has none: add the error as a field, or remove `{argument}`")
            }
            _ if marked > 1 => {
                format!(
                    "{marked} fields of `{owner}` are marked: keep one `#[source]` or `#[from]`"
                )
            }
            (count, Fields::Named(_)) => format!(
                "`{owner}` has {count}: name one `source`, or mark it with thiserror's `#[source]` or `#[from]`"
            ),
            (count, _) => {
                format!("`{owner}` has {count}: mark one with thiserror's `#[source]` or `#[from]`")
            }
        };
        errors.on(argument, format_args!("`{argument}` reads one field, and {problem}"));
    }
    found
}

/// The named field that was probably meant.
pub(super) fn nearly(fields: &Fields, name: &Ident) -> Option<String> {
    let Fields::Named(_) = fields else { return None };
    let names = names(fields);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    nearest(&name.to_string(), &names).map(str::to_owned)
}

pub(super) fn no_such_field(owner: &Ident, fields: &Fields, member: &Member) -> String {
    let names = names(fields);
    let names = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let fix = match (fields, member) {
        _ if fields.is_empty() => {
            "it has no fields: add one of type `Duration` or `Option<Duration>`".into()
        }
        (Fields::Unnamed(_), _) => format!("its fields are numbered: {names}"),
        (_, Member::Named(name)) => match nearly(fields, name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {names}"),
        },
        (_, Member::Unnamed(_)) => format!("it has {names}"),
    };
    format!("`{owner}` has no field `{}`; {fix}", name(member))
}

fn names(fields: &Fields) -> Vec<String> {
    fields.members().map(|member| name(&member)).collect()
}

fn name(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Whether the type contains an identifier that the predicate accepts.
pub(super) fn mentions(ty: &Type, wanted: &dyn Fn(&Ident) -> bool) -> bool {
    fn any(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => wanted(&ident),
            TokenTree::Group(group) => any(group.stream(), wanted),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream(), wanted)
}
