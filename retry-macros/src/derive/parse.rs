//! Parses the `#[retry(…)]` attributes. Each word is kept for the errors that may point at it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, discouraged::Speculative};
use syn::{Attribute, Error, Expr, ExprPath, Ident, Member, Result, Token};

use super::kinds::{KINDS, the_kinds};
use crate::args::{at_end, skip};
use crate::diagnostics::{Errors, did_you_mean, nearest};
use crate::runtime_path;

/// All arguments of the `#[retry(…)]` attributes of one place, in source order.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) answers: Vec<(Ident, Given)>,
    pub(super) after: Vec<(Ident, Given)>,
    pub(super) runtime: Vec<(Ident, TokenStream)>,
    /// An argument was malformed, so a missing kind is not reported.
    pub(super) flawed: bool,
}

/// The source of a kind or a wait.
pub(super) enum Given {
    /// A variant of `FailureKind`.
    Kind(&'static str),
    Transparent,
    /// A field, or a function of that name.
    Member(Member),
    Function(ExprPath),
}

impl Marks {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut marks = Self::default();
        let retry = attributes.iter().filter(|a| a.path().is_ident("retry"));
        for argument in retry.flat_map(Argument::list) {
            let added = argument.and_then(|argument| marks.add(argument));
            marks.flawed |= errors.check(added).is_none();
        }
        marks
    }

    fn add(&mut self, argument: Argument) -> Result<()> {
        let (list, given) = match argument.word.to_string().as_str() {
            "with" => (&mut self.answers, Given::Function(argument.read(WITH)?)),
            "after" => {
                let member = argument.read(AFTER).map(Given::Member);
                let function = |_| argument.read(AFTER).map(Given::Function);
                (&mut self.after, member.or_else(function)?)
            }
            "crate" => {
                let path = runtime_path::parse(&argument.read(CRATE)?)?;
                self.runtime.push((argument.word, path));
                return Ok(());
            }
            _ if argument.value.is_empty() => (&mut self.answers, Given::of_word(&argument.word)?),
            word => {
                let near = nearest(word, &["with", "after", "crate"]);
                let fix = near.map_or(THE_KEYS.into(), did_you_mean);
                let message = format!("unknown key `{word}`; {fix}");
                return Err(Error::new_spanned(argument.word, message));
            }
        };
        list.push((argument.word, given));
        Ok(())
    }
}

const MALFORMED: &str = "expected `#[retry(…)]` with a kind of failure, `transparent`, `with = \
    path`, `after = field` or `crate = \"…\"`";
const WITH: &str = "`with` takes the path of a function, not a closure or a call: write `with = \
    classify` and define `fn classify(error: &Field) -> FailureKind`";
const AFTER: &str = "`after` takes the field that holds the wait, or the path of a function: write \
    `after = wait`, `after = 0` in a tuple, or `after = crate::wait_of`";
const CRATE: &str = "`crate` takes the path of a re-exported `retry_utils` as a string: write \
    `crate = \"my_reexports::retry_utils\"`";
const THE_KEYS: &str = "the keys are `with`, `after` and `crate`, and a kind takes no value, as in \
    `#[retry(timeout)]`";

impl Given {
    fn of_word(word: &Ident) -> Result<Self> {
        let text = word.to_string();
        if let Some((_, kind)) = KINDS.iter().find(|(spelling, _)| *spelling == text) {
            return Ok(Self::Kind(kind));
        }
        if text == "transparent" {
            return Ok(Self::Transparent);
        }
        let known = [&KINDS.map(|(word, _)| word)[..], &["transparent"]].concat();
        let fix = nearest(&text.to_lowercase(), &known).map_or_else(the_kinds, did_you_mean);
        Err(Error::new_spanned(word, format!("unknown kind of failure `{word}`; {fix}")))
    }
}

struct Argument {
    word: Ident,
    /// Empty if the word has no value.
    value: TokenStream,
}

impl Argument {
    /// Arguments are parsed one by one, so that a malformed one does not hide errors in the others.
    fn list(attribute: &Attribute) -> Vec<Result<Self>> {
        let each = |input: ParseStream<'_>| input.parse_terminated(Self::parse_or_skip, Token![,]);
        match attribute.parse_args_with(each) {
            Ok(arguments) if !arguments.is_empty() => arguments.into_iter().collect(),
            _ => vec![Err(malformed(attribute))],
        }
    }

    fn parse_or_skip(input: ParseStream<'_>) -> Result<Result<Self>> {
        let ahead = input.fork();
        let argument = Self::parse(&ahead);
        if argument.is_ok() && at_end(&ahead) {
            input.advance_to(&ahead);
            return Ok(argument);
        }
        let first: TokenTree = input.parse()?;
        let skipped = skip(input)?;
        Ok(Err(malformed(quote!(#first #skipped))))
    }

    fn parse(input: ParseStream<'_>) -> Result<Self> {
        // `crate` is a keyword.
        let word = input.call(Ident::parse_any)?;
        let equals: Option<Token![=]> = input.parse()?;
        // An expression, because `path::<A, B>` contains a comma.
        let value = equals.map(|_| input.parse::<Expr>()).transpose()?;
        Ok(Self { word, value: value.into_token_stream() })
    }

    /// Parses the value as a narrower type, also if it is a fragment of `macro_rules`.
    fn read<T: Parse>(&self, usage: &str) -> Result<T> {
        let Self { word, value } = self;
        let at = if value.is_empty() { word.to_token_stream() } else { value.clone() };
        syn::parse2(value.clone()).map_err(|_| Error::new_spanned(at, usage))
    }
}

fn malformed(tokens: impl ToTokens) -> Error {
    Error::new_spanned(tokens, format!("{MALFORMED}; {}", the_kinds()))
}
