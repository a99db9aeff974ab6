//! Reading what stands in the parentheses of an attribute.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

use crate::diagnostics::{Errors, list, nearest};
use crate::duration;
use crate::runtime_path::RuntimePath;
use crate::tokens::{is_punct, split_at_commas};

/// The keys of one attribute, and what people write who know another library.
pub(crate) struct Vocabulary {
    pub(crate) attribute: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The keys of our other attribute, with its name.
    other: (&'static str, &'static [&'static str]),
    /// Words of other libraries, and what to say to them.
    foreign: &'static [(&'static [&'static str], &'static str)],
}

const RETRY_KEYS: &[&str] = &[
    "max_attempts",
    "base_delay",
    "max_delay",
    "exponential_base",
    "jitter",
    "retry_on",
    "max_retry_after",
    "mode",
    "attempt_timeout",
    "total_timeout",
    "retry_if",
    "retry_if_ok",
    "retry_after",
    "on_retry",
    "attempt",
    "name",
    "clone",
    "shared",
    "crate",
];

const BREAKER_KEYS: &[&str] = &["failure_if", "failure_if_ok", "fallback", "crate"];

pub(crate) const RETRY: Vocabulary = Vocabulary {
    attribute: "async_retry",
    keys: RETRY_KEYS,
    other: ("circuit_breaker", BREAKER_KEYS),
    foreign: &[
        (
            &[
                "retries",
                "max_retries",
                "tries",
                "max_tries",
                "attempts",
                "times",
                "max_times",
                "stop",
            ],
            "write `max_attempts`, which counts every call and not only the repeated ones: 2 retries are `max_attempts = 3`",
        ),
        (&["delay", "wait", "initial_delay", "min_delay", "wait_initial"], "write `base_delay`"),
        (&["wait_max", "max_wait"], "write `max_delay`"),
        (&["backoff", "factor", "multiplier", "wait_exp_base"], "write `exponential_base`"),
        (
            &["timeout"],
            "write `attempt_timeout` for each attempt, or `total_timeout` for all of them and the waits",
        ),
        (
            &["on", "exceptions", "retry", "when", "retryable"],
            "write `retry_on` for kinds of failure, or `retry_if` for a predicate",
        ),
        (&["before_sleep", "notify"], "write `on_retry`"),
    ],
};

pub(crate) const BREAKER: Vocabulary = Vocabulary {
    attribute: "circuit_breaker",
    keys: BREAKER_KEYS,
    other: ("async_retry", RETRY_KEYS),
    foreign: &[(
        &[
            "name",
            "failure_threshold",
            "recovery_timeout",
            "success_threshold",
            "half_open_max_calls",
            "trip_on",
            "mode",
            "threshold",
            "timeout",
        ],
        "it belongs to the breaker, which is declared once: `static API: CircuitBreaker = CircuitBreaker::new(\"api\").failure_threshold(5);`",
    )],
};

/// An attribute's arguments, sorted but not yet understood.
pub(crate) struct Arguments {
    pub(crate) positional: Option<TokenStream>,
    keyed: Vec<(Ident, TokenStream)>,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, vocabulary: &Vocabulary, errors: &mut Errors) -> Self {
        let mut arguments = Self { positional: None, keyed: Vec::new() };
        for (at, part) in split_at_commas(tokens).into_iter().enumerate() {
            match key_and_value(&part) {
                Some((key, value)) => arguments.add(key, value, vocabulary, errors),
                None if part.is_empty() => {
                    errors.at(Span::call_site(), "there is an argument missing before a comma");
                }
                None if at == 0 => arguments.positional = Some(part),
                None => report_stray(&part, vocabulary, errors),
            }
        }
        arguments
    }

    fn add(
        &mut self,
        key: Ident,
        value: TokenStream,
        vocabulary: &Vocabulary,
        errors: &mut Errors,
    ) {
        let word = key.to_string();
        if !vocabulary.keys.contains(&word.as_str()) {
            errors.at(key.span(), unknown_key(&word, vocabulary));
        } else if self.keyed.iter().any(|(known, _)| *known == key) {
            errors.at(key.span(), format!("`{word}` is given twice: keep one"));
        } else if value.is_empty() {
            errors.at(key.span(), format!("`{word}` has no value: write `{word} = …`"));
        } else {
            self.keyed.push((key, value));
        }
    }

    /// Takes a key's value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<(Ident, TokenStream)> {
        let at = self.keyed.iter().position(|(known, _)| known == key)?;
        Some(self.keyed.remove(at))
    }

    /// The key itself, if it is given.
    pub(crate) fn key(&self, key: &str) -> Option<Ident> {
        self.keyed.iter().map(|(known, _)| known).find(|known| *known == key).cloned()
    }

    /// The later of two keys, if both are given.
    pub(crate) fn both(&self, one: &str, other: &str) -> Option<Ident> {
        let mut given = self.keyed.iter().map(|(key, _)| key);
        given.by_ref().find(|key| *key == one || *key == other)?;
        given.find(|key| *key == one || *key == other).cloned()
    }

    /// A value that is any expression.
    pub(crate) fn expression(&mut self, key: &str) -> Option<TokenStream> {
        self.take(key).map(|(_, value)| value)
    }

    /// A value that is a duration: a literal such as `"200ms"`, or an expression of type `Duration`.
    pub(crate) fn duration(&mut self, key: &str, errors: &mut Errors) -> Option<TokenStream> {
        let (_, value) = self.take(key)?;
        let Some(literal) = literal(&value) else { return Some(value) };
        let span = literal.span();
        let Ok(text) = syn::parse2::<LitStr>(literal.to_token_stream()) else {
            let message = format!(
                "a duration has a unit: write \"{literal}s\", \"{literal}ms\" or an expression of type `Duration`"
            );
            errors.at(span, message);
            return None;
        };
        match duration::parse(&text.value()) {
            Ok(duration) => {
                let seconds = Literal::u64_suffixed(duration.as_secs());
                let nanos = Literal::u32_suffixed(duration.subsec_nanos());
                Some(quote_spanned!(span=> ::core::time::Duration::new(#seconds, #nanos)))
            }
            Err(message) => {
                errors.at(span, message);
                None
            }
        }
    }

    /// A value that is a string literal.
    pub(crate) fn string(&mut self, key: &str, errors: &mut Errors) -> Option<LitStr> {
        let (_, value) = self.take(key)?;
        let parsed =
            literal(&value).and_then(|literal| syn::parse2(literal.to_token_stream()).ok());
        if parsed.is_none() {
            errors.on(value, format!("`{key}` takes a string literal: `{key} = \"…\"`"));
        }
        parsed
    }

    /// A value that is a new name.
    pub(crate) fn name(&mut self, key: &str, errors: &mut Errors) -> Option<Ident> {
        let (_, value) = self.take(key)?;
        let parsed = syn::parse2(value.clone()).ok();
        if parsed.is_none() {
            errors.on(value, format!("`{key}` takes a name to bind: `{key} = n`"));
        }
        parsed
    }

    /// The names in `clone(a, b)` or `shared(a)`; `self` is one.
    pub(crate) fn names(&mut self, key: &str, errors: &mut Errors) -> Vec<Ident> {
        let Some((key, value)) = self.take(key) else { return Vec::new() };
        let group = value.clone().into_iter().next();
        let Some(TokenTree::Group(group)) =
            group.filter(|_| value.clone().into_iter().count() == 1)
        else {
            errors.at(key.span(), format!("write `{key}(a, b)` with the names of arguments"));
            return Vec::new();
        };
        let parts = split_at_commas(group.stream());
        if parts.is_empty() {
            errors
                .at(key.span(), format!("`{key}(…)` names no argument: name one or leave it out"));
        }
        let mut names: Vec<Ident> = Vec::new();
        for part in parts {
            let mut tokens = part.clone().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(name)), None) if !names.contains(&name) => names.push(name),
                (Some(TokenTree::Ident(name)), None) => {
                    errors
                        .at(name.span(), format!("`{name}` stands twice in `{key}(…)`: keep one"));
                }
                _ => {
                    errors
                        .on(part, format!("`{key}(…)` takes names of arguments, not expressions"));
                }
            }
        }
        names
    }

    /// Where the runtime is.
    pub(crate) fn runtime_path(&mut self, errors: &mut Errors) -> RuntimePath {
        let Some(literal) = self.string("crate", errors) else { return RuntimePath::default() };
        RuntimePath::parse(&literal).unwrap_or_else(|error| {
            errors.add(error);
            RuntimePath::default()
        })
    }
}

/// `key = value`, or `clone(…)` and `shared(…)`, whose value is the parenthesis.
fn key_and_value(part: &TokenStream) -> Option<(Ident, TokenStream)> {
    let tokens: Vec<TokenTree> = part.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(key), TokenTree::Group(names)]
            if names.delimiter() == Delimiter::Parenthesis
                && (key == "clone" || key == "shared") =>
        {
            Some((key.clone(), names.to_token_stream()))
        }
        // `==` and `=>` are no assignment.
        [TokenTree::Ident(key), equals, value @ ..]
            if is_punct(Some(equals), '=')
                && !is_punct(value.first(), '=')
                && !is_punct(value.first(), '>') =>
        {
            Some((key.clone(), value.iter().cloned().collect()))
        }
        _ => None,
    }
}

fn report_stray(part: &TokenStream, vocabulary: &Vocabulary, errors: &mut Errors) {
    let first = if vocabulary.attribute == "async_retry" { "the policy" } else { "the breaker" };
    let bare = part.to_string();
    let message = if vocabulary.keys.contains(&bare.as_str()) {
        format!("`{bare}` has no value: write `{bare} = …`")
    } else {
        format!("{first} comes first, and only once; every other argument is `key = value`")
    };
    errors.on(part, message);
}

fn unknown_key(word: &str, vocabulary: &Vocabulary) -> String {
    let Vocabulary { attribute, keys, other: (other, other_keys), foreign } = vocabulary;
    let unknown = format!("`{word}` is no key of `#[{attribute}]`");
    if let Some((_, mend)) = foreign.iter().find(|(words, _)| words.contains(&word)) {
        format!("{unknown}: {mend}")
    } else if other_keys.contains(&word) {
        format!("{unknown}: it belongs to `#[{other}]`")
    } else if let Some(meant) = nearest(word, keys) {
        format!("{unknown}: did you mean `{meant}`?")
    } else {
        format!("{unknown}: the keys are {}", list(keys))
    }
}

/// The value as a literal, if it is nothing else; functions made by `macro_rules` wrap one in a group.
pub(crate) fn literal(value: &TokenStream) -> Option<Literal> {
    let mut tokens = value.clone().into_iter();
    match (tokens.next()?, tokens.next()) {
        (TokenTree::Literal(literal), None) => Some(literal),
        (TokenTree::Group(group), None) if group.delimiter() == Delimiter::None => {
            literal(&group.stream())
        }
        _ => None,
    }
}

/// What the policy or the breaker of an attribute is.
pub(crate) enum Subject {
    /// A path to a `const` or a `static`.
    Constant(TokenStream),
    /// A path through `Self` or a type parameter, which no item inside the function can name.
    Associated(TokenStream),
    /// Anything else, evaluated where it is needed.
    Expression(TokenStream),
}

impl Subject {
    /// Sorts an expression, given the function's arguments and type parameters.
    pub(crate) fn of(tokens: TokenStream, arguments: &[Ident], types: &[Ident]) -> Self {
        let Ok(path) = syn::parse2::<syn::ExprPath>(tokens.clone()) else {
            return Self::Expression(tokens);
        };
        let first = path.path.segments.first().map(|segment| &segment.ident);
        let is = |names: &[Ident]| first.is_some_and(|first| names.contains(first));
        let single = path.path.segments.len() == 1;
        if path.qself.is_some() || is(types) || first.is_some_and(|first| first == "Self") {
            Self::Associated(tokens)
        } else if single && (is(arguments) || first.is_some_and(|first| first == "self")) {
            Self::Expression(tokens)
        } else {
            Self::Constant(tokens)
        }
    }
}

/// An integer literal as a float one, since `exponential_base = 2` is clear enough.
pub(crate) fn as_float(value: TokenStream) -> TokenStream {
    let integer = literal(&value).and_then(|literal| {
        let text = literal.to_string();
        let number = text.parse::<u32>().ok()?;
        let mut float = Literal::f64_unsuffixed(f64::from(number));
        float.set_span(literal.span());
        Some(quote!(#float))
    });
    integer.unwrap_or(value)
}
