//! What stands in the `#[retry(…)]` attributes, each word kept for the error that may point at it.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::input::{Data, Fields, Input, Variant};
use super::{KINDS, kind_words};
use crate::args::literal;
use crate::diagnostics::{Errors, list, nearest};
use crate::runtime_path::RuntimePath;
use crate::syntax::{Attribute, Member, Said, Text};
use crate::tokens::stream;

/// The item with its attributes read.
pub(super) enum Marked<'a> {
    Struct(Place<'a>),
    Enum { marks: Marks, variants: Vec<Place<'a>> },
    Union { keyword: &'a Ident, marks: Marks },
}

/// A variant or a struct: where a kind stands.
pub(super) struct Place<'a> {
    pub(super) name: &'a Ident,
    pub(super) is_variant: bool,
    pub(super) fields: &'a Fields,
    pub(super) marks: Marks,
}

/// All that the attributes of one place say, in the order of writing.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) answers: Vec<(Ident, Answer)>,
    pub(super) after: Vec<(Ident, Member)>,
    pub(super) runtime: Vec<(Ident, RuntimePath)>,
    /// Something was misspelt, so that nothing may be called missing.
    pub(super) flawed: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Answer {
    /// The variant of `FailureKind`.
    Kind(&'static str),
    Transparent,
}

pub(super) fn item<'a>(input: &'a Input, errors: &mut Errors) -> Marked<'a> {
    let marks = Marks::read(&input.attributes, errors);
    match &input.data {
        Data::Struct(fields) => {
            refuse_on_fields(fields, "the struct", errors);
            Marked::Struct(Place { name: &input.name, is_variant: false, fields, marks })
        }
        Data::Enum(variants) => {
            let variant = |variant: &'a Variant| {
                refuse_on_fields(&variant.fields, "the variant", errors);
                Place {
                    name: &variant.name,
                    is_variant: true,
                    fields: &variant.fields,
                    marks: Marks::read(&variant.attributes, errors),
                }
            };
            Marked::Enum { marks, variants: variants.iter().map(variant).collect() }
        }
        Data::Union(keyword) => Marked::Union { keyword, marks },
    }
}

/// rustc lets a helper attribute stand on a field too, where it would silently do nothing.
fn refuse_on_fields(fields: &Fields, owner: &str, errors: &mut Errors) {
    for attribute in fields.list.iter().flat_map(|field| &field.attributes).filter(|a| is_retry(a))
    {
        errors.on(
            attribute,
            format_args!(
                "`#[retry(…)]` stands on {owner}, not on a field: move it there, and name the field that holds a wait with `after = field`"
            ),
        );
    }
}

fn is_retry(attribute: &Attribute) -> bool {
    attribute.is("retry")
}

impl Marks {
    fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut marks = Self::default();
        for attribute in attributes.iter().filter(|attribute| is_retry(attribute)) {
            match attribute.said() {
                Said::List(list) if !list.is_empty() => marks.read_list(list, errors),
                Said::Value => {
                    let message =
                        "`#[retry]` takes what it is told in parentheses: `#[retry(timeout)]`";
                    marks.flaw(errors, attribute, message);
                }
                Said::List(_) => {
                    let message = format!(
                        "this `#[retry]` says nothing: write the kind of failure, as in `#[retry(timeout)]`; {}",
                        the_kinds()
                    );
                    marks.flaw(errors, attribute, message);
                }
            }
        }
        marks
    }

    /// Entries are cut at the commas first, so that a malformed one hides no mistake in the next.
    fn read_list(&mut self, list: TokenStream, errors: &mut Errors) {
        let mut entry = Vec::new();
        for token in list {
            match &token {
                TokenTree::Punct(comma) if comma.as_char() == ',' => {
                    if entry.is_empty() {
                        self.flaw(errors, comma, "nothing stands before this comma: remove it");
                    }
                    self.read_entry(&std::mem::take(&mut entry), errors);
                }
                _ => entry.push(token),
            }
        }
        self.read_entry(&entry, errors);
    }

    fn read_entry(&mut self, entry: &[TokenTree], errors: &mut Errors) {
        match entry {
            [] => {}
            [TokenTree::Ident(word)] => self.read_word(word, errors),
            [TokenTree::Ident(key), TokenTree::Punct(equals), value @ ..]
                if equals.as_char() == '=' =>
            {
                self.read_key(key, value, errors);
            }
            malformed => {
                let tokens = stream(malformed);
                let message = format!(
                    "expected a kind of failure, `transparent`, `after = field` or `crate = \"…\"`; {}",
                    the_kinds()
                );
                self.flaw(errors, tokens, message);
            }
        }
    }

    fn read_word(&mut self, word: &Ident, errors: &mut Errors) {
        let text = word.to_string();
        if let Some((_, kind)) = KINDS.iter().find(|(spelling, _)| *spelling == text) {
            self.answers.push((word.clone(), Answer::Kind(kind)));
        } else if text == "transparent" {
            self.answers.push((word.clone(), Answer::Transparent));
        } else if text == "after" {
            self.flaw(errors, word, AFTER_FIELD);
        } else if text == "crate" {
            self.flaw(errors, word, CRATE_VALUE);
        } else {
            let known = [&kind_words()[..], &["transparent"]].concat();
            let mend = match nearest(&text.to_lowercase(), &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => the_kinds(),
            };
            self.flaw(errors, word, format_args!("unknown kind of failure `{word}`; {mend}"));
        }
    }

    fn read_key(&mut self, key: &Ident, value: &[TokenTree], errors: &mut Errors) {
        let tokens = stream(value);
        let text = key.to_string();
        match text.as_str() {
            "after" => match Member::read(value) {
                Some(member) => self.after.push((key.clone(), member)),
                None if tokens.is_empty() => self.flaw(errors, key, AFTER_FIELD),
                None => self.flaw(errors, tokens, AFTER_FIELD),
            },
            "crate" => match literal(&tokens).and_then(Text::read) {
                Some(literal) => match RuntimePath::parse(&literal) {
                    Ok(path) => self.runtime.push((key.clone(), path)),
                    Err(error) => {
                        self.flawed = true;
                        errors.add(error);
                    }
                },
                None if tokens.is_empty() => self.flaw(errors, key, CRATE_VALUE),
                None => self.flaw(errors, tokens, CRATE_VALUE),
            },
            word if word == "transparent" || kind_words().contains(&word) => {
                let message = format!("`{word}` takes no value: write `#[retry({word})]`");
                self.flaw(errors, key, message);
            }
            _ => {
                let mend = match nearest(&text, &["after", "crate"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the keys are `after` and `crate`, and a kind stands alone, as in `#[retry(timeout)]`".into(),
                };
                self.flaw(errors, key, format_args!("unknown key `{key}`; {mend}"));
            }
        }
    }

    fn flaw(
        &mut self,
        errors: &mut Errors,
        tokens: impl quote::ToTokens,
        message: impl std::fmt::Display,
    ) {
        self.flawed = true;
        errors.on(tokens, message);
    }
}

const AFTER_FIELD: &str =
    "`after` names the field that holds the wait: `after = wait`, or `after = 0` in a tuple";

const CRATE_VALUE: &str =
    "`crate` is the path of the facade crate as a string: `crate = \"my_reexports::retry_utils\"`";

/// `the kinds are …`, for the end of a message.
pub(super) fn the_kinds() -> String {
    format!("the kinds are {}", list(&kind_words()))
}
