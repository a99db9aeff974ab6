//! Reading what stands in the parentheses of an attribute.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::diagnostics::Errors;
use crate::duration;
use crate::runtime_path::RuntimePath;
use crate::syntax::{PathExpression, Text, name};
use crate::tokens::{is_punct, split_at_commas, stream};
use crate::vocabulary::Vocabulary;

/// An attribute's arguments, sorted but not yet understood.
pub(crate) struct Arguments {
    pub(crate) positional: Option<TokenStream>,
    keyed: Vec<(Ident, TokenStream)>,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, vocabulary: &Vocabulary, errors: &mut Errors) -> Self {
        let mut arguments = Self { positional: None, keyed: Vec::new() };
        for (at, part) in split_at_commas(tokens).into_iter().enumerate() {
            let word = name(&part);
            match (key_and_value(&part), word) {
                (Some((key, value)), _) => arguments.add(key, value, vocabulary, errors),
                (None, Some(flag)) if vocabulary.is_flag(&flag) => {
                    arguments.add(flag, TokenStream::new(), vocabulary, errors);
                }
                (None, _) if part.is_empty() => {
                    errors.at(Span::call_site(), "there is an argument missing before a comma");
                }
                (None, _) if at == 0 => arguments.positional = Some(part),
                (None, _) => {
                    let message = vocabulary.stray(&part.to_string());
                    errors.on(part, message);
                }
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
        let flag = vocabulary.is_flag(&key);
        if !vocabulary.keys.contains(&word.as_str()) {
            errors.at(key.span(), vocabulary.unknown_key(&word));
        } else if self.keyed.iter().any(|(known, _)| *known == key) {
            errors.at(key.span(), format!("`{word}` is given twice: keep one"));
        } else if flag && !value.is_empty() {
            errors.at(
                key.span(),
                format!("`{word}` takes no value: write `{word}`, or leave it out"),
            );
        } else if value.is_empty() && !flag {
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
        let Some(text) = Text::read(literal.clone()) else {
            let message = format!(
                "a duration has a unit: write \"{literal}s\", \"{literal}ms\" or an expression of type `Duration`"
            );
            errors.at(span, message);
            return None;
        };
        match duration::parse(text.value()) {
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
    pub(crate) fn string(&mut self, key: &str, errors: &mut Errors) -> Option<Text> {
        let (_, value) = self.take(key)?;
        let parsed = literal(&value).and_then(Text::read);
        if parsed.is_none() {
            errors.on(value, format!("`{key}` takes a string literal: `{key} = \"…\"`"));
        }
        parsed
    }

    /// A value that is a new name.
    pub(crate) fn name(&mut self, key: &str, errors: &mut Errors) -> Option<Ident> {
        let (_, value) = self.take(key)?;
        let parsed = name(&value);
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
            Some((key.clone(), stream(value)))
        }
        _ => None,
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
        let Some(path) = PathExpression::read(&tokens) else {
            return Self::Expression(tokens);
        };
        let first = path.first.as_ref();
        let is = |names: &[Ident]| first.is_some_and(|first| names.contains(first));
        if path.qualified || is(types) || first.is_some_and(|first| first == "Self") {
            Self::Associated(tokens)
        } else if path.single && (is(arguments) || first.is_some_and(|first| first == "self")) {
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
