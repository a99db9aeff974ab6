//! Whether what the attributes say makes sense on what they stand on.

use proc_macro2::Ident;

use super::input::{Field, Input};
use super::parse::{self, Marked, Marks, Place, the_kinds};
use crate::diagnostics::{Errors, list, nearest};
use crate::runtime_path::RuntimePath;
use crate::syntax::{Member, Type};

/// What is to be implemented.
pub(super) struct Model<'a> {
    pub(super) input: &'a Input,
    pub(super) runtime: RuntimePath,
    /// One for each variant, or the one of a struct.
    pub(super) cases: Vec<Case<'a>>,
}

pub(super) struct Case<'a> {
    /// `None` for a struct.
    pub(super) variant: Option<&'a Ident>,
    pub(super) answer: Answer<'a>,
}

pub(super) enum Answer<'a> {
    /// The variant of `FailureKind`, and the field with the hint.
    Kind { kind: &'static str, after: Option<Source<'a>> },
    /// Whatever this field says.
    Forward(Source<'a>),
}

/// A field that an answer is read from.
pub(super) struct Source<'a> {
    pub(super) member: &'a Member,
    pub(super) ty: &'a Type,
}

pub(super) fn item<'a>(input: &'a Input, marked: Marked<'a>, errors: &mut Errors) -> Model<'a> {
    let (runtime, cases) = match marked {
        Marked::Struct(mut place) => {
            let runtime = runtime(&mut place.marks, errors);
            (runtime, case(&place, errors).into_iter().collect())
        }
        Marked::Enum { mut marks, variants } => {
            let runtime = runtime(&mut marks, errors);
            refuse_on_enum(&marks, errors);
            (runtime, variants.iter().filter_map(|place| variant(place, errors)).collect())
        }
        Marked::Union { keyword, mut marks } => {
            errors.on(
                keyword,
                "`Retryable` is derived for enums and structs; for a union, write `impl Retryable` by hand",
            );
            (runtime(&mut marks, errors), Vec::new())
        }
    };
    Model { input, runtime, cases }
}

/// The path in `crate = "…"`, which may stand there once.
fn runtime(marks: &mut Marks, errors: &mut Errors) -> RuntimePath {
    let mut paths = marks.runtime.drain(..);
    let first = paths.next().map(|(_, path)| path);
    for (key, _) in paths {
        errors.on(key, "`crate` is given twice: keep one");
    }
    first.unwrap_or_default()
}

/// An enum has as many kinds as it has variants, so none stands on the enum itself.
fn refuse_on_enum(marks: &Marks, errors: &mut Errors) {
    let words = marks.answers.iter().map(|(word, _)| word);
    for word in words.chain(marks.after.iter().map(|(key, _)| key)) {
        errors.on(
            word,
            format_args!(
                "`{word}` stands on a variant, not on the enum: move it to each variant that it is true of; the enum itself takes only `crate = \"…\"`"
            ),
        );
    }
}

fn variant<'a>(place: &Place<'a>, errors: &mut Errors) -> Option<Case<'a>> {
    for (key, _) in &place.marks.runtime {
        errors.on(
            key,
            "`crate` is the same for all variants: move `#[retry(crate = \"…\")]` to the enum itself",
        );
    }
    case(place, errors)
}

fn case<'a>(place: &Place<'a>, errors: &mut Errors) -> Option<Case<'a>> {
    let answer = the_one_answer(place, errors)?;
    let answer = match answer {
        parse::Answer::Kind(kind) => Answer::Kind { kind, after: after(place, errors) },
        parse::Answer::Transparent => {
            for (key, _) in &place.marks.after {
                errors.on(
                    key,
                    "`transparent` forwards the wait of the error inside as well: remove `after`",
                );
            }
            Answer::Forward(forwarded(place, errors)?)
        }
    };
    Some(Case { variant: place.is_variant.then_some(place.name), answer })
}

/// The kind, or `transparent`: exactly one of them.
fn the_one_answer(place: &Place<'_>, errors: &mut Errors) -> Option<parse::Answer> {
    let Place { name, marks, .. } = place;
    let Some(((first, answer), others)) = marks.answers.split_first() else {
        if !marks.flawed {
            missing(place, errors);
        }
        // The other words are checked all the same.
        after(place, errors);
        return None;
    };
    for (word, other) in others {
        let message = if other == answer {
            format!("`{word}` is given twice: keep one")
        } else if matches!((answer, other), (parse::Answer::Kind(_), parse::Answer::Kind(_))) {
            format!("`{name}` is `{first}` already, and has one kind only: remove one of the two")
        } else {
            format!(
                "`{name}` is `{first}` already: it has a kind of its own, or with `transparent` that of the error inside; remove one of the two"
            )
        };
        errors.on(word, message);
    }
    Some(*answer)
}

/// Neither a kind nor `transparent`.
fn missing(place: &Place<'_>, errors: &mut Errors) {
    let Place { name, marks, .. } = place;
    match marks.after.first() {
        Some((key, _)) => {
            errors.on(key, "`after` stands beside a kind: `#[retry(rate_limited, after = field)]`");
        }
        None => errors.on(
            name,
            format_args!(
                "`{name}` does not say what kind of failure it is: add `#[retry(<kind>)]`, or `#[retry(transparent)]` to take the kind of the error inside; {}",
                the_kinds()
            ),
        ),
    }
}

/// The field that `after` names.
fn after<'a>(place: &Place<'a>, errors: &mut Errors) -> Option<Source<'a>> {
    let ((_, member), others) = place.marks.after.split_first()?;
    for (key, _) in others {
        errors.on(key, "`after` is given twice: keep one");
    }
    let found = sources(place).find(|field| field.member == member);
    if found.is_none() {
        errors.on(member, no_such_field(place, member));
    }
    found
}

fn sources<'a>(place: &Place<'a>) -> impl Iterator<Item = Source<'a>> {
    place.fields.list.iter().map(|field| Source { member: &field.member, ty: &field.ty })
}

fn no_such_field(place: &Place<'_>, member: &Member) -> String {
    let (name, member) = (place.name, member.to_string());
    let fields: Vec<String> = sources(place).map(|field| field.member.to_string()).collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mend = match nearest(&member, &fields) {
        _ if fields.is_empty() => {
            "it has none: give it one of type `Duration` or `Option<Duration>`".to_owned()
        }
        _ if place.fields.numbered => format!("its fields go by number: {}", list(&fields)),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", list(&fields)),
    };
    format!("`{name}` has no field `{member}`; {mend}")
}

/// The field that `transparent` forwards to: the only one, or the one marked as the source.
fn forwarded<'a>(place: &Place<'a>, errors: &mut Errors) -> Option<Source<'a>> {
    let mut marked = sources(place).zip(&place.fields.list).filter(|(_, field)| is_source(field));
    let found = match (place.fields.list.len(), marked.next(), marked.next()) {
        (1, ..) => sources(place).next(),
        (_, Some((only, _)), None) => Some(only),
        _ => None,
    };
    if found.is_none() {
        let (name, count) = (place.name, place.fields.list.len());
        let problem = if count == 0 {
            format!("`{name}` has none: give it the error as a field, or say a kind")
        } else {
            format!(
                "`{name}` has {count}: mark the one with thiserror's `#[source]` or `#[from]`, or say a kind"
            )
        };
        let mut answers = place.marks.answers.iter();
        let word = answers.find(|(_, answer)| *answer == parse::Answer::Transparent);
        errors.on(
            word.map(|(word, _)| word),
            format_args!("`transparent` forwards to one field, and {problem}"),
        );
    }
    found
}

fn is_source(field: &Field) -> bool {
    field.attributes.iter().any(|a| a.is("source") || a.is("from"))
}
