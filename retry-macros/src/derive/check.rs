//! Checks that the attributes fit the item.

use syn::{Data, DeriveInput, ExprPath, Fields, Ident, Member};

use super::fields::{self, Source};
use super::parse::{After, Answer, Item, Marks, Place};
use super::the_kinds;
use crate::diagnostics::Errors;
use crate::runtime_path::RuntimePath;

/// The implementation to generate.
pub(super) struct Model<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) runtime: RuntimePath,
    /// One for each variant, or the one of a struct.
    pub(super) cases: Vec<Case<'a>>,
}

pub(super) struct Case<'a> {
    pub(super) name: &'a Ident,
    pub(super) kind: Kind<'a>,
    pub(super) wait: Option<Reading<'a>>,
}

pub(super) enum Kind<'a> {
    /// A variant of `FailureKind`.
    Fixed(&'static str),
    Read(Reading<'a>),
}

/// An answer that is read from a field.
pub(super) struct Reading<'a> {
    pub(super) source: Source<'a>,
    pub(super) by: Reader,
}

pub(super) enum Reader {
    /// The field is `Retryable` itself.
    Forward,
    /// The field is the wait.
    Hint,
    /// A function that takes the field.
    Function(ExprPath),
}

pub(super) fn item<'a>(item: Item<'a>, errors: &mut Errors) -> Model<'a> {
    let Item { input, marks, places } = item;
    match &input.data {
        Data::Struct(_) => {}
        Data::Enum(_) => refuse_on_enum(&marks, errors),
        Data::Union(data) => errors.on(
            data.union_token,
            "`Retryable` cannot be derived for a union: write `impl Retryable` by hand",
        ),
    }
    let runtime = only(marks.runtime, errors).map(|(_, path)| path).unwrap_or_default();
    let cases = places.into_iter().filter_map(|place| case(place, errors)).collect();
    Model { input, runtime, cases }
}

/// An enum has a kind for each variant and none of its own.
fn refuse_on_enum(marks: &Marks, errors: &mut Errors) {
    let words = marks.answers.iter().map(|(word, _)| word);
    for word in words.chain(marks.after.iter().map(|(key, _)| key)) {
        errors.on(
            word,
            format_args!(
                "`{word}` belongs on a variant, not on the enum: move it to each variant that it describes; the enum itself takes only `crate = \"…\"`"
            ),
        );
    }
}

/// The one value of a key, with the key.
fn only<T>(values: Vec<(Ident, T)>, errors: &mut Errors) -> Option<(Ident, T)> {
    let mut values = values.into_iter();
    let first = values.next();
    for (again, _) in values {
        errors.on(&again, format_args!("`{again}` is given twice: keep one"));
    }
    first
}

fn case<'a>(place: Place<'a>, errors: &mut Errors) -> Option<Case<'a>> {
    let Place { name, fields, marks } = place;
    for (key, _) in &marks.runtime {
        errors.on(
            key,
            "`crate` is the same for all variants: move `#[retry(crate = \"…\")]` to the enum itself",
        );
    }
    if marks.answers.is_empty() && !marks.flawed {
        refuse_unclassified(name, &marks, errors);
    }
    let answer = the_one_answer(name, marks.answers, errors);
    let after = only(marks.after, errors);
    let forwards = matches!(answer, Some((_, Answer::Transparent)));

    let kind = answer.and_then(|(word, answer)| {
        let by = match answer {
            Answer::Kind(kind) => return Some(Kind::Fixed(kind)),
            Answer::Transparent => Reader::Forward,
            Answer::With(path) => Reader::Function(path),
        };
        let source = fields::inner_or_error(&word, name, fields, errors)?;
        Some(Kind::Read(Reading { source, by }))
    });
    let wait = match after {
        Some((key, _)) if forwards => {
            errors.on(key, "`transparent` also forwards the wait: remove `after`");
            None
        }
        // The error at the missing kind or field is enough.
        Some((_, After::Function(_))) if kind.is_none() => None,
        Some((key, after)) => wait(&key, after, name, fields, errors),
        None if forwards => {
            fields::inner(fields).map(|source| Reading { source, by: Reader::Forward })
        }
        None => None,
    };
    Some(Case { name, kind: kind?, wait })
}

/// The kind, `transparent` or `with`: exactly one of them.
fn the_one_answer(
    name: &Ident,
    answers: Vec<(Ident, Answer)>,
    errors: &mut Errors,
) -> Option<(Ident, Answer)> {
    let mut answers = answers.into_iter();
    let first = answers.next()?;
    for (word, _) in answers {
        let message = if word == first.0 {
            format!("`{word}` is given twice: keep one")
        } else {
            format!("`{name}` is classified by `{}` already: remove one of the two", first.0)
        };
        errors.on(word, message);
    }
    Some(first)
}

fn refuse_unclassified(name: &Ident, marks: &Marks, errors: &mut Errors) {
    match marks.after.first() {
        Some((key, _)) => errors.on(
            key,
            format_args!(
                "`after` does not classify `{name}`: add a kind, as in `#[retry(rate_limited, after = field)]`"
            ),
        ),
        None => errors.on(
            name,
            format_args!(
                "`{name}` has no kind of failure: add `#[retry(<kind>)]`, or take the kind of the error inside with `#[retry(transparent)]` or `#[retry(with = path)]`; {}",
                the_kinds()
            ),
        ),
    }
}

/// What `after` names. An identifier is a field if there is one of that name. Otherwise it is a
/// function, unless it looks like a misspelled field or there is no field to call the function with.
fn wait<'a>(
    key: &Ident,
    after: After,
    name: &Ident,
    fields: &'a Fields,
    errors: &mut Errors,
) -> Option<Reading<'a>> {
    let member = match after {
        After::Member(member) => member,
        After::Function(path) => {
            let source = fields::inner_or_error(key, name, fields, errors)?;
            return Some(Reading { source, by: Reader::Function(path) });
        }
    };
    if let Some(source) = fields::find(fields, &member) {
        return Some(Reading { source, by: Reader::Hint });
    }
    // The only field may also be a wait whose name was misspelled.
    let inner = fields::inner(fields)
        .filter(|inner| !fields::mentions(inner.ty, &|ident| ident == "Duration"));
    match (member, inner) {
        (Member::Named(function), Some(source)) if fields::nearly(fields, &function).is_none() => {
            let path = ExprPath { attrs: Vec::new(), qself: None, path: function.into() };
            Some(Reading { source, by: Reader::Function(path) })
        }
        (member, _) => {
            errors.on(&member, fields::no_such_field(name, fields, &member));
            None
        }
    }
}
