//! Checks that the attributes fit the item.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Data, DeriveInput, ExprPath, Ident, Member, Result, parse_quote};

use super::fields::{Place, Source};
use super::kinds::the_kinds;
use super::parse::{Given, Marks};
use crate::diagnostics::Errors;
use crate::runtime_path;
use crate::tokens::contains_word;

/// The implementation to generate.
pub(super) struct Model<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) runtime: TokenStream,
    /// One for each variant, or one for a struct.
    pub(super) cases: Vec<Case<'a>>,
}

pub(super) struct Case<'a> {
    pub(super) name: &'a Ident,
    pub(super) kind: Value<'a>,
    pub(super) wait: Option<Value<'a>>,
}

/// A kind or a wait.
pub(super) enum Value<'a> {
    /// A variant of `FailureKind`.
    Kind(&'static str),
    /// Forwarded from a field that is `Retryable`.
    Forward(Source<'a>),
    /// A field that is the wait.
    Hint(Source<'a>),
    /// The result of a function that is called with a field.
    Call(ExprPath, Source<'a>),
}

pub(super) fn item<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Model<'a> {
    let mut own = Marks::read(&input.attrs, errors);
    let mut variants = Vec::new();
    if let Data::Enum(data) = &input.data {
        for variant in &data.variants {
            let place = Place { name: &variant.ident, fields: &variant.fields };
            variants.push((place, Marks::read(&variant.attrs, errors)));
        }
    }
    let runtime = only(&input.ident, std::mem::take(&mut own.runtime), errors);
    let places = match &input.data {
        Data::Struct(data) => vec![(Place { name: &input.ident, fields: &data.fields }, own)],
        // An enum takes its kinds from its variants.
        Data::Enum(_) => {
            for (word, _) in own.answers.iter().chain(&own.after) {
                errors.on(
                    word,
                    format_args!(
                        "`{word}` applies to a variant, not to the enum: move it to each variant \
                         that it describes; the enum takes only `crate = \"…\"`"
                    ),
                );
            }
            variants
        }
        Data::Union(data) => {
            let message =
                "`Retryable` cannot be derived for a union: write `impl Retryable` by hand";
            errors.on(data.union_token, message);
            Vec::new()
        }
    };
    let cases = places.into_iter().filter_map(|place| case(place, errors)).collect();
    Model { input, runtime: runtime.map_or_else(runtime_path::default, |(_, path)| path), cases }
}

fn case<'a>((place, marks): (Place<'a>, Marks), errors: &mut Errors) -> Option<Case<'a>> {
    let name = place.name;
    refuse_misplaced(place, &marks, errors);
    if marks.answers.is_empty() && !marks.flawed {
        errors.on(
            name,
            format_args!(
                "`{name}` has no kind of failure: add `#[retry(<kind>)]`, or use the kind of the \
                 inner error with `#[retry(transparent)]` or `#[retry(with = path)]`; {}",
                the_kinds()
            ),
        );
    }
    let answer = only(name, marks.answers, errors);
    let after = only(name, marks.after, errors);
    let forwards = matches!(answer, Some((_, Given::Transparent)));

    let kind = answer.and_then(|(word, answer)| errors.check(value(place, &word, answer)));
    let wait = match (after, &kind) {
        (Some((key, _)), _) if forwards => {
            errors.on(key, "`transparent` also forwards the wait: remove `after`");
            None
        }
        (None, Some(Value::Forward(source))) => Some(Value::Forward(source.clone())),
        // For a function, the error at the missing kind or field is enough.
        (Some((_, Given::Function(_))), None) | (None, _) => None,
        (Some((key, after)), _) => errors.check(value(place, &key, after)),
    };
    Some(Case { name, kind: kind?, wait })
}

/// Returns the first value with its word, and reports the others.
fn only<T>(name: &Ident, values: Vec<(Ident, T)>, errors: &mut Errors) -> Option<(Ident, T)> {
    let mut values = values.into_iter();
    let (first, value) = values.next()?;
    for (word, _) in values {
        let message = if word == first {
            format!("duplicate `{word}`: keep one")
        } else {
            format!("`{name}` is already classified by `{first}`: keep one of the two")
        };
        errors.on(word, message);
    }
    Some((first, value))
}

fn refuse_misplaced(Place { name, fields }: Place<'_>, marks: &Marks, errors: &mut Errors) {
    // rustc also allows the helper attribute on a field, where it has no effect.
    let attributes = fields.iter().flat_map(|field| &field.attrs);
    for attribute in attributes.filter(|a| a.path().is_ident("retry")) {
        errors.on(
            attribute,
            format_args!(
                "`#[retry(…)]` has no effect on a field: move it to `{name}`; to read a wait from \
                 this field, write `after = field` there"
            ),
        );
    }
    for (key, _) in &marks.runtime {
        errors.on(
            key,
            "`crate` applies to the whole enum: move `#[retry(crate = \"…\")]` from the variant to \
             the enum",
        );
    }
}

/// Resolves the value of a word. An identifier in `after` is a field if there is one of that name.
/// Otherwise it is a function, unless it looks like a misspelled field or there is no field to call
/// the function with.
fn value<'a>(place: Place<'a>, word: &Ident, given: Given) -> Result<Value<'a>> {
    let member = match given {
        Given::Kind(kind) => return Ok(Value::Kind(kind)),
        Given::Transparent => return Ok(Value::Forward(place.inner(word)?)),
        Given::Function(path) => return Ok(Value::Call(path, place.inner(word)?)),
        Given::Member(member) => member,
    };
    if let Some(source) = place.find(&member) {
        return Ok(Value::Hint(source));
    }
    // The only field may also be a wait whose name was misspelled.
    let is_wait = |inner: &Source<'_>| contains_word(&inner.ty.to_token_stream(), "Duration");
    let inner = place.inner(word).ok().filter(|inner| !is_wait(inner));
    match (&member, inner) {
        (Member::Named(function), Some(inner)) if place.nearly(&member).is_none() => {
            Ok(Value::Call(parse_quote!(#function), inner))
        }
        _ => Err(place.no_such_field(&member)),
    }
}
