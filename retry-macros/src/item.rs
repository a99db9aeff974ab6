//! Parses the annotated item. The body is kept as tokens, so that completion works in a body that
//! does not parse.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::VisitMut as _;
use syn::{
    Attribute, Error, FnArg, Pat, PatIdent, ReceiverKind, Signature, Token, Type, Visibility,
    parse_quote,
};

use crate::tokens::is_punct;
use crate::walk::{Node, walk};

#[derive(Clone)]
pub(crate) struct Function {
    /// The tokens before the body, because copying them is faster than printing the other fields.
    head: TokenStream,
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    /// The type of `self`, also if the short form omits it.
    pub(crate) self_type: Option<Type>,
    /// `None` where a trait only declares the function.
    pub(crate) body: Option<Group>,
}

impl Function {
    /// Parses an item. The body is split off first, because syn would parse it too.
    pub(crate) fn of(item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        // An item that came through `macro_rules` as `$item:item` is in an invisible group.
        match tokens.as_slice() {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
                return Self::of(group.stream());
            }
            _ => {}
        }
        let last = tokens.pop();
        let head: TokenStream = tokens.into_iter().collect();
        let mut function = Self { head: head.clone(), ..syn::parse2(head)? };
        match last {
            Some(TokenTree::Group(body)) => function.body = Some(ungrouped(body)),
            Some(semicolon) if is_punct(Some(&semicolon), ';') => {}
            other => return Err(Error::new_spanned(other, "expected a function with a body")),
        }
        Ok(function)
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        let self_type = signature.receiver().map(|receiver| match &receiver.kind {
            ReceiverKind::Reference(and, lifetime, mutability) => {
                parse_quote!(#and #lifetime #mutability Self)
            }
            ReceiverKind::Typed(_, ty) => Type::clone(ty),
            _ => parse_quote!(Self),
        });
        let head = TokenStream::new();
        Ok(Self { head, attributes, visibility, signature, self_type, body: None })
    }
}

/// Removes the invisible group around a body that came through `macro_rules` as `$body:block`.
fn ungrouped(body: Group) -> Group {
    if body.delimiter() != Delimiter::None {
        return body;
    }
    match body.stream().into_iter().next() {
        Some(TokenTree::Group(inner)) => ungrouped(inner),
        _ => body,
    }
}

/// A name that a pattern binds, with its `mut`.
#[derive(Clone)]
pub(crate) struct Bound {
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) name: Ident,
}

impl Parse for Bound {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { mutability: input.parse()?, name: input.call(Ident::parse_any)? })
    }
}

/// A name that an argument binds.
pub(crate) struct Argument<'f> {
    pub(crate) name: Ident,
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) ty: &'f Type,
    /// The argument is this name alone, not a pattern around it.
    pub(crate) is_plain: bool,
    attributes: &'f [Attribute],
}

impl Argument<'_> {
    /// Returns the `cfg` attributes of the argument, for statements that name it.
    pub(crate) fn cfg(&self) -> TokenStream {
        let cfg = self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        quote!(#(#cfg)*)
    }
}

impl Function {
    pub(crate) fn binds(&self, name: &Ident) -> bool {
        self.inputs().iter().any(|argument| argument.name == *name) || name == "self"
    }

    /// Returns the names that the arguments bind, including `self`.
    pub(crate) fn inputs(&self) -> Vec<Argument<'_>> {
        let mut inputs = Vec::new();
        for input in &self.signature.inputs {
            let (names, ty, attributes, is_plain) = match input {
                FnArg::Receiver(receiver) => {
                    let Some(ty) = &self.self_type else { continue };
                    let name = Ident::new("self", receiver.self_token.span);
                    let bound = Bound { mutability: receiver.mutability, name };
                    (vec![bound], ty, &receiver.attrs, true)
                }
                FnArg::Typed(typed) => {
                    let is_plain = matches!(&*typed.pat, Pat::Ident(name) if name.by_ref.is_none());
                    (bindings(&typed.pat), &*typed.ty, &typed.attrs, is_plain)
                }
            };
            for Bound { mutability, name } in names {
                // `#[async_trait]` binds the pattern of such an argument in the body.
                if !name.to_string().starts_with("__arg") {
                    inputs.push(Argument { name, mutability, ty, is_plain, attributes });
                }
            }
        }
        inputs
    }

    /// Removes the `mut` from an argument and returns it for a new binding. A generated token would
    /// not be linted if the `mut` is unneeded.
    pub(crate) fn take_mut(&mut self, name: &Ident) -> Option<Token![mut]> {
        let mut taken = None;
        for input in &mut self.signature.inputs {
            let FnArg::Typed(typed) = input else { continue };
            each_binding(&mut typed.pat, |binding| {
                if binding.ident == *name && binding.by_ref.is_none() {
                    taken = binding.mutability.take();
                }
            });
        }
        if taken.is_some() {
            self.write_head();
        }
        taken
    }

    /// Rebuilds the tokens before the body. Call it after each change to the other fields.
    pub(crate) fn write_head(&mut self) {
        let Self { attributes, visibility, signature, .. } = &self;
        self.head = quote!(#(#attributes)* #visibility #signature);
    }

    /// Returns the function with this mark and this body, or a declaration without a body.
    pub(crate) fn with(&self, mark: Option<&TokenStream>, body: Option<&Group>) -> TokenStream {
        let (head, semicolon) = (&self.head, body.is_none().then(|| quote!(;)));
        quote!(#mark #head #body #semicolon)
    }
}

pub(crate) fn bindings(pattern: &Pat) -> Vec<Bound> {
    let mut found = Vec::new();
    each_binding(&mut pattern.clone(), |binding| {
        // In `ref mut` the `mut` belongs to the reference.
        let mutability = binding.mutability.filter(|_| binding.by_ref.is_none());
        found.push(Bound { mutability, name: binding.ident.clone() });
    });
    found
}

fn each_binding(pattern: &mut Pat, mut visit: impl FnMut(&mut PatIdent)) {
    walk(|node| {
        if let Node::Pat(Pat::Ident(binding)) = node {
            visit(binding);
        }
        true
    })
    .visit_pat_mut(pattern);
}

#[cfg(test)]
mod tests;
