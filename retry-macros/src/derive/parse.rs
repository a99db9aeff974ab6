//! Reads the `#[retry(…)]` attributes. Each word is kept for the errors that may point at it.

use std::mem::take;

use quote::ToTokens;
use syn::parse::Parse;
use syn::{Attribute, Data, DeriveInput, Expr, ExprPath, Fields, Ident, Member};

use super::argument::Argument;
use super::{KINDS, the_kinds};
use crate::diagnostics::{Errors, nearest};
use crate::runtime_path::RuntimePath;

/// The item with its attributes read.
pub(super) struct Item<'a> {
    pub(super) input: &'a DeriveInput,
    /// The arguments on the item itself. Of a struct only `crate`: its place has the others.
    pub(super) marks: Marks,
    /// The variants, or the struct.
    pub(super) places: Vec<Place<'a>>,
}

/// A variant or a struct, which has one kind.
pub(super) struct Place<'a> {
    pub(super) name: &'a Ident,
    pub(super) fields: &'a Fields,
    pub(super) marks: Marks,
}

/// All arguments of the `#[retry(…)]` attributes of one place, in the order of writing.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) answers: Vec<(Ident, Answer)>,
    pub(super) after: Vec<(Ident, After)>,
    pub(super) runtime: Vec<(Ident, RuntimePath)>,
    /// An argument was malformed, so nothing may be called missing.
    pub(super) flawed: bool,
}

/// Where the kind comes from.
pub(super) enum Answer {
    /// A variant of `FailureKind`.
    Kind(&'static str),
    Transparent,
    With(ExprPath),
}

/// Where the wait comes from.
pub(super) enum After {
    /// A field, or a function of that name.
    Member(Member),
    Function(ExprPath),
}

pub(super) fn item<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Item<'a> {
    let mut marks = Marks::read(&input.attrs, errors);
    let runtime = take(&mut marks.runtime);
    let places = match &input.data {
        Data::Struct(data) => {
            vec![Place::new(&input.ident, &data.fields, take(&mut marks), errors)]
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let marks = Marks::read(&variant.attrs, errors);
                Place::new(&variant.ident, &variant.fields, marks, errors)
            });
            variants.collect()
        }
        Data::Union(_) => Vec::new(),
    };
    Item { input, marks: Marks { runtime, ..marks }, places }
}

impl<'a> Place<'a> {
    /// rustc allows a helper attribute on a field too, where it would have no effect.
    fn new(name: &'a Ident, fields: &'a Fields, marks: Marks, errors: &mut Errors) -> Self {
        for attribute in fields.iter().flat_map(|field| &field.attrs).filter(|a| is_retry(a)) {
            errors.on(
                attribute,
                format_args!(
                    "`#[retry(…)]` has no effect on a field: move it to `{name}`; to read a wait from this field, write `after = field` there"
                ),
            );
        }
        Self { name, fields, marks }
    }
}

fn is_retry(attribute: &Attribute) -> bool {
    attribute.path().is_ident("retry")
}

impl Marks {
    fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut marks = Self::default();
        for attribute in attributes.iter().filter(|attribute| is_retry(attribute)) {
            match attribute.parse_args_with(Argument::list) {
                Ok(arguments) if !arguments.is_empty() => {
                    for argument in arguments {
                        marks.add(argument, errors);
                    }
                }
                _ => {
                    let message = format!(
                        "`#[retry]` needs a kind of failure in parentheses, as in `#[retry(timeout)]`; {}",
                        the_kinds()
                    );
                    marks.flaw(errors, attribute, message);
                }
            }
        }
        marks
    }

    fn add(&mut self, argument: Argument, errors: &mut Errors) {
        match argument {
            Argument::Word(word) => self.add_word(word, errors),
            Argument::Key(key, value) => self.add_key(key, &value, errors),
            Argument::Malformed(tokens) => {
                let message = format!(
                    "expected a kind of failure, `transparent`, `with = path`, `after = field` or `crate = \"…\"`; {}",
                    the_kinds()
                );
                self.flaw(errors, tokens, message);
            }
        }
    }

    fn add_word(&mut self, word: Ident, errors: &mut Errors) {
        let text = word.to_string();
        if let Some((_, kind)) = KINDS.iter().find(|(spelling, _)| *spelling == text) {
            self.answers.push((word, Answer::Kind(kind)));
            return;
        }
        match text.as_str() {
            "transparent" => self.answers.push((word, Answer::Transparent)),
            "with" => self.flaw(errors, word, WITH),
            "after" => self.flaw(errors, word, AFTER),
            "crate" => self.flaw(errors, word, CRATE),
            _ => {
                let known = [&KINDS.map(|(word, _)| word)[..], &["transparent"]].concat();
                let fix = match nearest(&text.to_lowercase(), &known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => the_kinds(),
                };
                self.flaw(errors, &word, format_args!("unknown kind of failure `{word}`; {fix}"));
            }
        }
    }

    fn add_key(&mut self, key: Ident, value: &Expr, errors: &mut Errors) {
        match key.to_string().as_str() {
            "with" => match read::<ExprPath>(value) {
                Some(path) => self.answers.push((key, Answer::With(path))),
                None => self.flaw(errors, value, WITH),
            },
            "after" => match (read(value), read(value)) {
                (Some(member), _) => self.after.push((key, After::Member(member))),
                (None, Some(path)) => self.after.push((key, After::Function(path))),
                (None, None) => self.flaw(errors, value, AFTER),
            },
            "crate" => match read(value).as_ref().map(RuntimePath::parse_lit) {
                Some(Ok(path)) => self.runtime.push((key, path)),
                Some(Err(error)) => self.flaw(errors, value, error),
                None => self.flaw(errors, value, CRATE),
            },
            word if word == "transparent" || KINDS.iter().any(|(kind, _)| *kind == word) => {
                let message = format!("`{word}` takes no value: write `#[retry({word})]`");
                self.flaw(errors, &key, message);
            }
            word => {
                let fix = match nearest(word, &["with", "after", "crate"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the keys are `with`, `after` and `crate`, and a kind has no key, as in `#[retry(timeout)]`".into(),
                };
                self.flaw(errors, &key, format_args!("unknown key `{word}`; {fix}"));
            }
        }
    }

    fn flaw(&mut self, errors: &mut Errors, at: impl ToTokens, message: impl std::fmt::Display) {
        self.flawed = true;
        errors.on(at, message);
    }
}

const WITH: &str = "`with` needs the path of a function, not a closure or a call: write `with = classify` and define `fn classify(error: &Field) -> FailureKind`";

const AFTER: &str = "`after` needs the field that holds the wait or the path of a function: write `after = wait`, `after = 0` in a tuple, or `after = crate::wait_of`";

const CRATE: &str = "`crate` needs the path of the facade crate as a string: write `crate = \"my_reexports::retry_utils\"`";

/// Reads an expression as something narrower, also if it is a fragment of `macro_rules`.
fn read<T: Parse>(value: &Expr) -> Option<T> {
    syn::parse2(value.to_token_stream()).ok()
}
