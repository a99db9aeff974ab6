//! The fields of a variant or a struct, as `#[retry(…)]` names and selects them.

use quote::ToTokens;
use syn::{Attribute, Error, Fields, Ident, Member, Result, Type, parse_quote};

use crate::diagnostics::{did_you_mean, list, nearest};

/// A variant or a struct, which has one kind.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) name: &'a Ident,
    pub(super) fields: &'a Fields,
}

/// A field from which a kind or a wait is read.
#[derive(Clone)]
pub(super) struct Source<'a> {
    pub(super) member: Member,
    pub(super) ty: &'a Type,
    is_marked: bool,
}

impl<'a> Place<'a> {
    fn sources(self) -> impl Iterator<Item = Source<'a>> {
        self.fields.members().zip(self.fields).map(|(member, field)| {
            let is_mark = |a: &Attribute| a.path().is_ident("source") || a.path().is_ident("from");
            Source { member, ty: &field.ty, is_marked: field.attrs.iter().any(is_mark) }
        })
    }

    /// Returns the field with the inner error: the only field, the one marked as the source, or the
    /// one named `source`. A mark has precedence, as in thiserror. Errors point at `argument`.
    pub(super) fn inner(self, argument: &Ident) -> Result<Source<'a>> {
        let (name, count) = (self.name, self.fields.len());
        let marked = self.sources().filter(|source| source.is_marked).count();
        let found = match (count, marked) {
            (1, _) => self.sources().next(),
            (_, 0) => self.find(&parse_quote!(source)),
            (_, 1) => self.sources().find(|source| source.is_marked),
            _ => None,
        };
        let problem = match (found, count) {
            (Some(source), _) => return Ok(source),
            (None, 0) => {
                format!(
                    "`{name}` has no field: add the inner error as a field, or remove `{argument}`"
                )
            }
            (None, _) if marked > 1 => {
                format!("{marked} fields of `{name}` are marked: keep one `#[source]` or `#[from]`")
            }
            (None, _) => {
                let data = if argument == "transparent" {
                    ""
                } else {
                    "; if there is no inner error, put the fields into a struct, or write `impl \
                     Retryable` by hand"
                };
                format!(
                    "`{name}` has {count} fields: mark the inner error with thiserror's \
                     `#[source]` or `#[from]`, or name its field `source`{data}"
                )
            }
        };
        Err(Error::new_spanned(
            argument,
            format!("`{argument}` needs one inner error, but {problem}"),
        ))
    }

    pub(super) fn find(self, member: &Member) -> Option<Source<'a>> {
        self.sources().find(|source| source.member == *member)
    }

    pub(super) fn no_such_field(self, member: &Member) -> Error {
        let names = list(self.names());
        let fix = match (self.nearly(member), self.fields) {
            (Some(near), _) => did_you_mean(&near),
            (None, fields) if fields.is_empty() => {
                "add a field of type `Duration` or `Option<Duration>`".into()
            }
            (None, _) => format!("available fields: {names}"),
        };
        let (owner, name) = (self.name, member.to_token_stream());
        Error::new_spanned(member, format!("`{owner}` has no field `{name}`; {fix}"))
    }

    /// Returns the named field that was probably meant.
    pub(super) fn nearly(self, member: &Member) -> Option<String> {
        let (Fields::Named(_), Member::Named(wanted)) = (self.fields, member) else { return None };
        let names = self.names();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        nearest(&wanted.to_string(), &names).map(str::to_owned)
    }

    fn names(self) -> Vec<String> {
        self.fields.members().map(|member| member.to_token_stream().to_string()).collect()
    }
}
