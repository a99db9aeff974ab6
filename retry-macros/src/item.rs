//! Reading the annotated item: the signature is parsed, the body stays tokens.
//!
//! So half-typed bodies keep their completion in editors, and syn is built without its `full` feature.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Generics, ReturnType, Token, Type, Visibility};

use crate::tokens::{is_lone_colon, is_punct, regroup};

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    /// `async`, `unsafe`, `extern "C"` and the like, in the user's order.
    qualifiers: TokenStream,
    pub(crate) constness: Option<Span>,
    pub(crate) asyncness: Option<Span>,
    fn_token: Token![fn],
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    parentheses: Group,
    pub(crate) inputs: Vec<Input>,
    pub(crate) output: ReturnType,
    /// `None` where a trait only declares the function.
    pub(crate) body: Option<Group>,
}

/// One argument, receivers included.
pub(crate) enum Input {
    Receiver(Receiver),
    Typed { attributes: Vec<Attribute>, pattern: TokenStream, colon: Token![:], ty: Box<Type> },
}

/// `self` in any of its forms.
pub(crate) struct Receiver {
    tokens: TokenStream,
    pub(crate) self_span: Span,
    /// The `mut` of `mut self`.
    pub(crate) owned_mut: Option<Span>,
    /// It is `&mut self`.
    pub(crate) by_mut_reference: bool,
}

impl Function {
    /// The receiver, if the function is a method.
    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.inputs.iter().find_map(|input| match input {
            Input::Receiver(receiver) => Some(receiver),
            Input::Typed { .. } => None,
        })
    }

    /// The names that the arguments' patterns bind, `self` apart.
    pub(crate) fn argument_names(&self) -> Vec<Ident> {
        self.inputs
            .iter()
            .flat_map(|input| match input {
                Input::Receiver(_) => Vec::new(),
                Input::Typed { pattern, .. } => bindings(pattern).map(|(_, name)| name).collect(),
            })
            .collect()
    }

    /// Takes the `mut` off an argument and returns it, so that it can stand on a fresh binding instead.
    pub(crate) fn take_mut(&mut self, name: &Ident) -> Option<Token![mut]> {
        self.inputs.iter_mut().find_map(|input| match input {
            Input::Receiver(_) => None,
            Input::Typed { pattern, .. } => take_mut_before(pattern, name),
        })
    }

    /// The whole function with another body.
    pub(crate) fn with_body(&self, body: &Group) -> TokenStream {
        let Self { attributes, visibility, qualifiers, fn_token, name, generics, .. } = self;
        let Self { inputs, output, .. } = self;
        let where_clause = &generics.where_clause;
        let mut arguments = Group::new(self.parentheses.delimiter(), quote!(#(#inputs),*));
        arguments.set_span(self.parentheses.span());
        quote! {
            #(#attributes)*
            #visibility #qualifiers #fn_token #name #generics #arguments #output #where_clause #body
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let visibility = input.parse()?;
        let mut qualifiers = TokenStream::new();
        let (mut constness, mut asyncness) = (None, None);
        while !input.peek(Token![fn]) {
            let ahead = input.lookahead1();
            if ahead.peek(Token![const]) {
                constness = Some(input.span());
            } else if ahead.peek(Token![async]) {
                asyncness = Some(input.span());
            } else if !(ahead.peek(Token![unsafe])
                || ahead.peek(Token![extern])
                || input.peek(syn::Lit))
            {
                return Err(ahead.error());
            }
            qualifiers.extend([input.parse::<TokenTree>()?]);
        }
        let fn_token = input.parse()?;
        let name = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let TokenTree::Group(parentheses) = input.parse()? else {
            return Err(input.error("expected the arguments in parentheses"));
        };
        let inputs = syn::parse::Parser::parse2(parse_inputs, parentheses.stream())?;
        let output = input.parse()?;
        generics.where_clause = input.parse()?;
        let body = match input.parse()? {
            TokenTree::Group(body) => Some(ungrouped(body)),
            _ => None,
        };
        Ok(Self {
            attributes,
            visibility,
            qualifiers,
            constness,
            asyncness,
            fn_token,
            name,
            generics,
            parentheses,
            inputs,
            output,
            body,
        })
    }
}

/// A body that came through `macro_rules` as `$body:block` stands in an invisible group.
fn ungrouped(body: Group) -> Group {
    match (body.delimiter(), body.stream().into_iter().next()) {
        (Delimiter::None, Some(TokenTree::Group(inner))) => ungrouped(inner),
        _ => body,
    }
}

fn parse_inputs(input: ParseStream<'_>) -> syn::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    while !input.is_empty() {
        inputs.push(input.parse()?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(inputs)
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let mut pattern: Vec<TokenTree> = Vec::new();
        loop {
            if input.is_empty() || input.peek(Token![,]) {
                // No colon: only a receiver has none.
                return receiver(&attributes, &pattern, None, input);
            }
            let token: TokenTree = input.parse()?;
            if let TokenTree::Punct(punct) = &token
                && is_lone_colon(pattern.last(), punct)
            {
                let colon = Token![:](punct.span());
                let ty: Type = input.parse()?;
                if pattern.last().is_some_and(|last| last.to_string() == "self") {
                    return receiver(&attributes, &pattern, Some((&colon, &ty)), input);
                }
                let pattern = pattern.into_iter().collect();
                return Ok(Self::Typed { attributes, pattern, colon, ty: Box::new(ty) });
            }
            pattern.push(token);
        }
    }
}

fn receiver(
    attributes: &[Attribute],
    tokens: &[TokenTree],
    ty: Option<(&Token![:], &Type)>,
    input: ParseStream<'_>,
) -> syn::Result<Input> {
    let Some(TokenTree::Ident(this)) = tokens.last().filter(|last| last.to_string() == "self")
    else {
        return Err(input.error("expected an argument with a type"));
    };
    let self_span = this.span();
    let by_reference = is_punct(tokens.first(), '&');
    let mut_span = tokens.iter().find(|token| token.to_string() == "mut").map(Spanned::span);
    let colon_type = ty.map(|(colon, ty)| quote!(#colon #ty));
    let typed_mut =
        matches!(ty, Some((_, Type::Reference(reference))) if reference.mutability.is_some());
    let receiver = quote!(#(#attributes)* #(#tokens)* #colon_type);
    Ok(Input::Receiver(Receiver {
        tokens: receiver,
        self_span,
        owned_mut: mut_span.filter(|_| !by_reference),
        by_mut_reference: (by_reference && mut_span.is_some()) || typed_mut,
    }))
}

impl ToTokens for Input {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Receiver(receiver) => receiver.tokens.to_tokens(tokens),
            Self::Typed { attributes, pattern, colon, ty } => {
                tokens.extend(quote!(#(#attributes)* #pattern #colon #ty));
            }
        }
    }
}

/// The names that a pattern binds, each with the span of its `mut`, if it has one.
///
/// Without parsing patterns: of the identifiers, a binding is what is no path, no field name and no
/// keyword, and begins in lower case, as `non_snake_case` has it.
pub(crate) fn bindings(
    pattern: &TokenStream,
) -> impl Iterator<Item = (Option<Span>, Ident)> + use<> {
    let mut found = Vec::new();
    collect_bindings(pattern.clone(), &mut found);
    found.into_iter()
}

fn collect_bindings(pattern: TokenStream, found: &mut Vec<(Option<Span>, Ident)>) {
    let tokens: Vec<TokenTree> = pattern.into_iter().collect();
    let mut owned_mut = None;
    for (at, token) in tokens.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|before| tokens.get(before));
        match token {
            TokenTree::Group(group) => collect_bindings(group.stream(), found),
            TokenTree::Ident(ident) if ident == "mut" => {
                let by_reference = is_punct(previous, '&')
                    || matches!(previous, Some(TokenTree::Ident(before)) if before == "ref");
                owned_mut = (!by_reference).then(|| ident.span());
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                let in_path =
                    is_punct(previous, ':') && at >= 2 && is_punct(tokens.get(at - 2), ':');
                let next = tokens.get(at + 1);
                let names_something = is_punct(next, ':')
                    || is_punct(next, '!')
                    || matches!(next, Some(TokenTree::Group(_)));
                let keyword = matches!(text.as_str(), "ref" | "_" | "true" | "false" | "box");
                if !in_path
                    && !names_something
                    && !keyword
                    && text
                        .trim_start_matches("r#")
                        .starts_with(|c: char| c.is_lowercase() || c == '_')
                {
                    found.push((owned_mut.take(), ident.clone()));
                }
            }
            _ => {}
        }
    }
}

/// Takes the `mut` in front of a name out of a pattern or a binding, if there is one.
///
/// The user's own token is what moves: made anew, it would no longer be linted when it is needless.
pub(crate) fn take_mut_before(tokens: &mut TokenStream, name: &Ident) -> Option<Token![mut]> {
    let mut taken = None;
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in std::mem::take(tokens) {
        match token {
            TokenTree::Group(group) => {
                let mut stream = group.stream();
                taken = taken.or(take_mut_before(&mut stream, name));
                kept.push(TokenTree::Group(regroup(&group, stream)));
            }
            TokenTree::Ident(ident) => {
                let mutable = matches!(kept.last(), Some(TokenTree::Ident(last)) if last == "mut");
                if ident == *name && mutable {
                    taken = taken.or(kept.pop().map(|last| Token![mut](last.span())));
                }
                kept.push(TokenTree::Ident(ident));
            }
            other => kept.push(other),
        }
    }
    *tokens = kept.into_iter().collect();
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str) -> String {
        let tokens: TokenStream = pattern.parse().unwrap();
        bindings(&tokens)
            .map(|(mutable, name)| format!("{}{name}", if mutable.is_some() { "mut " } else { "" }))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn bindings_of_patterns() {
        assert_eq!(names("prompt"), "prompt");
        assert_eq!(names("mut prompt"), "mut prompt");
        assert_eq!(names("(a, mut b)"), "a, mut b");
        assert_eq!(names("model::Point { x, y: mut depth, .. }"), "x, mut depth");
        assert_eq!(names("Wrapper(inner)"), "inner");
        assert_eq!(names("&mut buffer"), "buffer");
        assert_eq!(names("ref mut buffer"), "buffer");
        assert_eq!(names("_"), "");
    }
}
