//! Reading the annotated item: the signature is taken apart, the body stays tokens.
//!
//! So half-typed bodies keep their completion in editors.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::diagnostics::Mistake;
use crate::pattern::{bindings, take_mut_before};
use crate::syntax::{Attribute, Cursor, Generics, Type, find_outside, split_outside};
use crate::tokens::{is_ident, is_lone_colon, is_punct, list, stream};

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    visibility: TokenStream,
    /// `async`, `unsafe`, `extern "C"` and the like, in the user's order.
    qualifiers: TokenStream,
    pub(crate) constness: Option<Span>,
    pub(crate) asyncness: Option<Span>,
    fn_token: Ident,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    parentheses: Group,
    pub(crate) inputs: Vec<Input>,
    pub(crate) output: Option<Output>,
    where_clause: TokenStream,
    /// `None` where a trait only declares the function.
    pub(crate) body: Option<Group>,
}

/// The return type, with the arrow before it.
pub(crate) struct Output {
    arrow: TokenStream,
    pub(crate) ty: Type,
}

/// One argument, receivers included.
pub(crate) enum Input {
    Receiver(Receiver),
    Typed { attributes: Vec<Attribute>, pattern: TokenStream, colon: TokenTree, ty: Type },
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
    pub(crate) fn take_mut(&mut self, name: &Ident) -> Option<Ident> {
        self.inputs.iter_mut().find_map(|input| match input {
            Input::Receiver(_) => None,
            Input::Typed { pattern, .. } => take_mut_before(pattern, name),
        })
    }

    /// The whole function with another body.
    pub(crate) fn with_body(&self, body: &Group) -> TokenStream {
        let Self { attributes, visibility, qualifiers, fn_token, name, generics, .. } = self;
        let Self { inputs, output, where_clause, .. } = self;
        let mut arguments = Group::new(self.parentheses.delimiter(), quote!(#(#inputs),*));
        arguments.set_span(self.parentheses.span());
        quote! {
            #(#attributes)*
            #visibility #qualifiers #fn_token #name #generics #arguments #output #where_clause #body
        }
    }
}

impl Function {
    /// Takes the tokens of an item apart, if it is a function.
    pub(crate) fn read(item: TokenStream) -> Result<Self, Mistake> {
        let tokens = list(item);
        let mut cursor = Cursor::new(&tokens);
        let attributes = cursor.attributes();
        let visibility = cursor.visibility();
        let mut qualifiers = TokenStream::new();
        let (mut constness, mut asyncness) = (None, None);
        while !cursor.is_at_word("fn") {
            let token = cursor.peek().filter(|token| is_qualifier(token));
            let Some(token) = token else {
                let what = "an async function or method with a body that returns a `Result`";
                return Err(expected(&cursor, what));
            };
            if is_ident(Some(token), "const") {
                constness = Some(token.span());
            } else if is_ident(Some(token), "async") {
                asyncness = Some(token.span());
            }
            qualifiers.extend([token.clone()]);
            cursor.take(1);
        }
        let (Some(fn_token), Some(name)) = (cursor.ident().cloned(), cursor.ident().cloned())
        else {
            return Err(expected(&cursor, "the function's name"));
        };
        let generics = Generics::read(&mut cursor);
        let Some(parentheses) = cursor.group(Delimiter::Parenthesis).cloned() else {
            return Err(expected(&cursor, "the arguments in parentheses"));
        };
        let inputs = inputs(parentheses.stream())?;
        let (signature, body) = match cursor.rest() {
            [signature @ .., TokenTree::Group(body)] => (signature, Some(ungrouped(body.clone()))),
            [signature @ .., semicolon] if is_punct(Some(semicolon), ';') => (signature, None),
            signature => (signature, None),
        };
        let bounds = signature.iter().position(|token| is_ident(Some(token), "where"));
        let (output, bounds) = signature.split_at(bounds.unwrap_or(signature.len()));
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
            output: Output::read(output),
            where_clause: stream(bounds),
            body,
        })
    }
}

/// `const`, `async`, `unsafe`, `extern` or the name of its ABI, which `macro_rules` may have put into a group.
fn is_qualifier(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => {
            ["const", "async", "unsafe", "extern"].iter().any(|known| word == known)
        }
        TokenTree::Literal(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
        TokenTree::Punct(_) => false,
    }
}

fn expected(cursor: &Cursor<'_>, what: &str) -> Mistake {
    let span = cursor.peek().map_or_else(Span::call_site, TokenTree::span);
    Mistake::at(span, format!("expected {what}"))
}

impl Output {
    fn read(tokens: &[TokenTree]) -> Option<Self> {
        let (arrow, ty) = tokens.split_at_checked(2)?;
        Some(Self { arrow: stream(arrow), ty: Type::new(ty.to_vec()) })
    }
}

impl ToTokens for Output {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.arrow.to_tokens(tokens);
        self.ty.to_tokens(tokens);
    }
}

/// A body that came through `macro_rules` as `$body:block` stands in an invisible group.
fn ungrouped(body: Group) -> Group {
    match (body.delimiter(), body.stream().into_iter().next()) {
        (Delimiter::None, Some(TokenTree::Group(inner))) => ungrouped(inner),
        _ => body,
    }
}

fn inputs(parenthesised: TokenStream) -> Result<Vec<Input>, Mistake> {
    let tokens = list(parenthesised);
    split_outside(&tokens, ',').into_iter().map(Input::read).collect()
}

impl Input {
    fn read(tokens: &[TokenTree]) -> Result<Self, Mistake> {
        let mut cursor = Cursor::new(tokens);
        let attributes = cursor.attributes();
        let is_colon = |before: &[TokenTree], token: &TokenTree| matches!(token, TokenTree::Punct(punct) if is_lone_colon(before.last(), punct));
        let pattern_length = find_outside(cursor.rest(), &is_colon);
        let pattern = cursor.take(pattern_length.unwrap_or(tokens.len()));
        let this = pattern.last().filter(|last| is_ident(Some(last), "self"));
        match (this, cursor.rest()) {
            (Some(this), ty) => {
                Ok(Self::Receiver(Receiver::read(tokens, pattern, this.span(), ty)))
            }
            (None, [colon, ty @ ..]) => Ok(Self::Typed {
                attributes,
                pattern: stream(pattern),
                colon: colon.clone(),
                ty: Type::new(ty.to_vec()),
            }),
            // Only a receiver has no colon.
            (None, []) => Err(expected(&Cursor::new(pattern), "an argument with a type")),
        }
    }
}

impl Receiver {
    /// `ty` begins with the colon, if there is one.
    fn read(
        tokens: &[TokenTree],
        pattern: &[TokenTree],
        self_span: Span,
        ty: &[TokenTree],
    ) -> Self {
        let by_reference = is_punct(pattern.first(), '&');
        let mut_span = pattern.iter().find(|token| is_ident(Some(token), "mut"));
        let ty = Type::new(ty.get(1..).unwrap_or_default().to_vec());
        Self {
            tokens: stream(tokens),
            self_span,
            owned_mut: mut_span.filter(|_| !by_reference).map(TokenTree::span),
            by_mut_reference: (by_reference && mut_span.is_some()) || ty.is_mutable_reference(),
        }
    }
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

#[cfg(test)]
mod tests;
