//! Parses the arguments of an attribute.
//!
//! Arguments are parsed one by one, so that an error in one does not hide errors in the others.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser, discouraged::Speculative};
use syn::{Error, Expr, Lit, LitStr, Token, Type, parse_quote, parse_quote_spanned, token};

use crate::diagnostics::Errors;
use crate::duration;
use crate::keys::{Form, Key, Keys};
use crate::runtime_path;
use crate::tokens::is_punct;

/// An attribute's arguments, sorted by key.
pub(crate) struct Arguments {
    pub(crate) subject: Option<Expr>,
    given: Vec<(Ident, Value)>,
}

pub(crate) enum Value {
    Flag,
    Expression(Expr),
    List(Vec<Expr>),
    Bindings(Vec<Binding>),
}

/// `mut name: Type = value` in `once(…)`.
pub(crate) struct Binding {
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) name: Ident,
    pub(crate) ty: Option<Type>,
    pub(crate) value: Expr,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, keys: &Keys, errors: &mut Errors) -> Self {
        let mut arguments = Self { subject: None, given: Vec::new() };
        let parsed = (|input: ParseStream<'_>| {
            let mut is_first = true;
            while !input.is_empty() {
                let argument = arguments.argument(input, keys, is_first, errors);
                if let Err(error) = argument.and_then(|()| comma(input)) {
                    errors.add(error);
                    skip_to_key(input, keys)?;
                }
                is_first = false;
            }
            Ok(())
        })
        .parse2(tokens);
        errors.check(parsed);
        arguments
    }

    fn argument(
        &mut self,
        input: ParseStream<'_>,
        keys: &Keys,
        is_first: bool,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if input.peek(Token![,]) {
            return Err(input.error("expected an argument before this comma: remove the comma"));
        }
        let word = input.fork().call(Ident::parse_any).ok();
        let known = word.as_ref().and_then(|word| keys.find(word));
        let needs_no_equals = known.is_some_and(|key| match key.form {
            Form::Flag => is_word_alone(input),
            Form::Names | Form::Bindings => input.peek2(token::Paren),
            _ => false,
        });
        if needs_no_equals || starts_with_key(input) {
            let word = input.call(Ident::parse_any)?;
            let message = match known {
                None => keys.unknown(&word.to_string()),
                Some(_) if self.key(&word.to_string()).is_some() => {
                    format!("duplicate key `{word}`: keep one")
                }
                Some(key) => {
                    let value = errors.check(Value::parse(input, key, &word)?);
                    self.given.extend(value.map(|value| (word, value)));
                    return Ok(());
                }
            };
            errors.at(word.span(), message);
            return skip_value(input);
        }
        let subject: Expr = input.parse()?;
        if is_first && subject.word().is_none_or(|word| keys.find(word).is_none()) {
            self.subject = Some(subject);
        } else {
            let message = keys.stray(&subject.to_token_stream().to_string());
            errors.on(subject, message);
        }
        Ok(())
    }

    pub(crate) fn key(&self, word: &str) -> Option<&Ident> {
        self.given.iter().map(|(given, _)| given).find(|given| *given == word)
    }

    fn take(&mut self, word: &str) -> Option<Value> {
        let at = self.given.iter().position(|(given, _)| given == word)?;
        Some(self.given.remove(at).1)
    }

    pub(crate) fn expression(&mut self, word: &str) -> Option<Expr> {
        if let Value::Expression(value) = self.take(word)? { Some(value) } else { None }
    }

    pub(crate) fn names(&mut self, word: &str, errors: &mut Errors) -> Vec<Ident> {
        let Some(Value::List(listed)) = self.take(word) else { return Vec::new() };
        for other in listed.iter().filter(|listed| listed.word().is_none()) {
            let message = format!(
                "`{word}(…)` takes names of arguments, not expressions: write `{word}(a, b)`"
            );
            errors.on(other, message);
        }
        listed.iter().filter_map(Expression::word).cloned().collect()
    }

    pub(crate) fn bindings(&mut self, word: &str) -> Vec<Binding> {
        if let Some(Value::Bindings(bindings)) = self.take(word) { bindings } else { Vec::new() }
    }

    pub(crate) fn runtime(&mut self, errors: &mut Errors) -> TokenStream {
        let path = self.expression("crate").map(|path| {
            let message = "`crate` takes a string literal: write `crate = \"…\"`";
            let path = text(&path).ok_or_else(|| Error::new_spanned(&path, message));
            path.and_then(runtime_path::parse)
        });
        path.and_then(|path| errors.check(path)).unwrap_or_else(runtime_path::default)
    }
}

impl Value {
    /// Parses the value of a key. The inner result is an error if the value parses, but is not
    /// valid.
    fn parse(input: ParseStream<'_>, key: &Key, word: &Ident) -> syn::Result<syn::Result<Self>> {
        let wrong = |message: String| Err(Error::new(word.span(), message));
        let usage = key.usage.replace('\\', "");
        match key.form {
            Form::Names | Form::Bindings if input.peek(token::Paren) => {
                let list;
                syn::parenthesized!(list in input);
                return Ok(Self::parse_list(&list, key, word));
            }
            Form::Names | Form::Bindings => {
                return wrong(format!("`{word}` takes a list in parentheses: write `{usage}`"));
            }
            Form::Flag if input.peek(Token![=]) => {
                return wrong(format!(
                    "`{word}` takes no value: write `{word}` alone, or remove it"
                ));
            }
            Form::Flag => return Ok(Ok(Self::Flag)),
            _ => input.parse::<Token![=]>()?,
        };
        if at_end(input) {
            return wrong(format!("`{word}` needs a value: write `{usage}`"));
        }
        if key.form == Form::Name && is_word_alone(input) {
            let name = input.call(Ident::parse_any)?;
            // syn does not know that `gen` is a keyword in the 2024 edition.
            if name == "gen" || syn::parse2::<Ident>(name.to_token_stream()).is_err() {
                let message = format!(
                    "expected a variable name, found the keyword `{name}`: write `{word} = n`"
                );
                return Ok(Err(Error::new(name.span(), message)));
            }
            return Ok(Ok(Self::Expression(parse_quote!(#name))));
        }
        let value: Expr = input.parse().map_err(|error| {
            // At the end of the input, syn would report the error on the whole attribute.
            let incomplete = format!("the value of `{word}` is incomplete: write `{usage}`");
            if input.is_empty() { Error::new(word.span(), incomplete) } else { error }
        })?;
        Ok(match key.form {
            Form::Duration => duration_of(value).map(Self::Expression),
            Form::Name => {
                let message = format!("`{word}` takes the name of a new variable: write `{usage}`");
                Err(Error::new_spanned(value, message))
            }
            _ => Ok(Self::Expression(value)),
        })
    }

    fn parse_list(input: ParseStream<'_>, key: &Key, word: &Ident) -> syn::Result<Self> {
        if input.is_empty() {
            let message = format!("`{word}(…)` is empty: name an argument, or remove it");
            return Err(Error::new(word.span(), message));
        }
        Ok(if key.form == Form::Bindings {
            Self::Bindings(input.parse_terminated(Binding::parse, Token![,])?.into_iter().collect())
        } else {
            Self::List(input.parse_terminated(Expr::parse, Token![,])?.into_iter().collect())
        })
    }
}

impl Parse for Binding {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mutability = input.parse()?;
        let name = input.parse()?;
        let colon: Option<Token![:]> = input.parse()?;
        let ty = colon.map(|_| input.parse()).transpose()?;
        input.parse::<Token![=]>()?;
        Ok(Self { mutability, name, ty, value: input.parse()? })
    }
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
}

/// Returns whether `word =` comes next, and not `word == …` or `word => …`.
fn starts_with_key(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        && input.peek2(Token![=])
        && !input.peek2(Token![==])
        && !input.peek2(Token![=>])
}

/// Returns whether the next argument is a single word.
fn is_word_alone(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok() && at_end(&ahead)
}

pub(crate) fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Skips past the next comma that is followed by a key.
fn skip_to_key(input: ParseStream<'_>, keys: &Keys) -> syn::Result<()> {
    while !input.is_empty() {
        let is_comma = is_punct(Some(&input.parse()?), ',');
        let word = input.fork().call(Ident::parse_any);
        let is_known = word.is_ok_and(|word| keys.find(&word).is_some());
        if is_comma && (is_known || starts_with_key(input)) {
            break;
        }
    }
    Ok(())
}

/// Skips the value of an unknown or duplicate key.
fn skip_value(input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    ahead.parse::<Option<Token![=]>>()?;
    if ahead.parse::<Expr>().is_ok() && at_end(&ahead) {
        input.advance_to(&ahead);
    }
    skip(input).map(drop)
}

/// Skips the tokens before the next comma, and returns them.
pub(crate) fn skip(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut skipped = TokenStream::new();
    while !at_end(input) {
        skipped.extend([input.parse::<TokenTree>()?]);
    }
    Ok(skipped)
}

/// Converts a duration literal such as `"200ms"`. Other expressions are kept.
fn duration_of(value: Expr) -> syn::Result<Expr> {
    let Some(literal) = value.literal() else { return Ok(value) };
    let span = literal.span();
    let parsed = match literal {
        Lit::Str(text) => duration::parse(&text.value()),
        number => {
            let number = number.to_token_stream();
            Err(format!(
                "a duration needs a unit: write `\"{number}s\"`, `\"{number}ms\"` or an expression \
                 of type `Duration`"
            ))
        }
    };
    let duration = parsed.map_err(|message| Error::new(span, message))?;
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    Ok(parse_quote_spanned!(Span::mixed_site().located_at(span)=>
        ::core::time::Duration::new(#seconds, #nanos)))
}

pub(crate) trait Expression {
    /// Returns the expression without invisible groups of `macro_rules` around it.
    fn bare(&self) -> &Expr;

    /// Returns the literal if the expression is one.
    fn literal(&self) -> Option<&Lit> {
        if let Expr::Lit(literal) = self.bare() { Some(&literal.lit) } else { None }
    }

    /// Returns the name if the expression is one.
    fn word(&self) -> Option<&Ident> {
        match self.bare() {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
            _ => None,
        }
    }
}

impl Expression for Expr {
    fn bare(&self) -> &Expr {
        if let Self::Group(group) = self { group.expr.bare() } else { self }
    }
}

/// Returns the string literal if the expression is one.
pub(crate) fn text(value: &Expr) -> Option<&LitStr> {
    if let Some(Lit::Str(text)) = value.literal() { Some(text) } else { None }
}

#[cfg(test)]
mod tests;
