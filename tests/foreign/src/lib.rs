//! Attributes that change a function's body as attributes of other crates do.
//!
//! The tests put them between and below `#[async_retry]` and `#[circuit_breaker]`.

use proc_macro::TokenStream as Tokens;
use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};
use quote::quote;

/// Puts a statement before the body.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { let _entered = Some(()); body }
/// ```
#[proc_macro_attribute]
pub fn prepend(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item)
        .with_body(|body| quote!(let _entered = ::core::option::Option::Some(()); #body))
}

/// Wraps the body in an async block.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { async move { body }.await }
/// ```
#[proc_macro_attribute]
pub fn block(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| quote!(async move { #body }.await))
}

/// Wraps the body in an async closure that is called once.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { (async move || { body })().await }
/// ```
#[proc_macro_attribute]
pub fn async_closure(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| quote!((async move || { #body })().await))
}

/// Wraps the body in a closure that returns a future.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { (move || async move { body })().await }
/// ```
#[proc_macro_attribute]
pub fn closure(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| quote!((move || async move { #body })().await))
}

/// Passes the body to the macro `passes!`, which must be in scope.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { passes!({ body }) }
/// ```
#[proc_macro_attribute]
pub fn macro_call(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| quote!(passes!({ #body })))
}

/// Puts a copy of the body's text before the body.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { let _text = stringify!(body); body }
/// ```
#[proc_macro_attribute]
pub fn stringify(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| quote!(let _text = ::core::stringify!(#body); #body))
}

/// Writes the body into both branches of a condition.
///
/// ```text
/// // Input:
/// #[duplicate(flag)]
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { if flag { body } else { body } }
/// ```
#[proc_macro_attribute]
pub fn duplicate(condition: Tokens, item: Tokens) -> Tokens {
    let condition = TokenStream::from(condition);
    Function::read(item).with_body(|body| quote!(if #condition { #body } else { #body }))
}

/// Prints the body and parses what it printed, so that identifiers lose their hygiene.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { body.to_string().parse() }
/// ```
#[proc_macro_attribute]
pub fn relex(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| parsed(&body.to_string()))
}

/// Moves the body into an inner function. The arguments must have the form `name: Type`, without
/// commas in the types, and there must be no receiver.
///
/// ```text
/// // Input:
/// async fn f(a: &A) -> T { body }
/// // Output:
/// async fn f(a: &A) -> T {
///     async fn inner(a: &A) -> T { body }
///     inner(a).await
/// }
/// ```
#[proc_macro_attribute]
pub fn inner_fn(_arguments: Tokens, item: Tokens) -> Tokens {
    let function = Function::read(item);
    let arguments = function.arguments();
    let output = function.output();
    function.with_body(|body| {
        let names = names(&arguments);
        quote! {
            async fn inner(#arguments) #output { #body }
            inner(#(#names),*).await
        }
    })
}

/// Wraps the future that `#[async_trait]` on the `impl` has boxed.
///
/// ```text
/// // Input:
/// fn f() -> Pin<Box<dyn Future<Output = T>>> { Box::pin(async move { body }) }
/// // Output:
/// fn f() -> Pin<Box<dyn Future<Output = T>>> {
///     Box::pin({
///         let __span = Some(());
///         async move { let _entered = __span; async move { body }.await }
///     })
/// }
/// ```
#[proc_macro_attribute]
pub fn under_async_trait(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| {
        let (path, future) = called(body);
        quote! {
            #path({
                let __span = ::core::option::Option::Some(());
                async move { let _entered = __span; #future.await }
            })
        }
    })
}

/// Replaces the body and keeps everything else.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { unreachable!() }
/// ```
#[proc_macro_attribute]
pub fn replace(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|_| quote!(::core::unreachable!()))
}

/// Keeps the body only as a string literal.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// async fn f() -> T { unreachable!("{}", "body") }
/// ```
#[proc_macro_attribute]
pub fn hide(_arguments: Tokens, item: Tokens) -> Tokens {
    Function::read(item).with_body(|body| {
        let text = Literal::string(&body.to_string());
        quote!(::core::unreachable!("{}", #text))
    })
}

/// Makes the function synchronous, as `#[tokio::main]` does.
///
/// ```text
/// // Input:
/// async fn f() -> T { body }
/// // Output:
/// fn f() -> T { Handle::current().block_on(async { body }) }
/// ```
#[proc_macro_attribute]
pub fn drop_async(_arguments: Tokens, item: Tokens) -> Tokens {
    let mut function = Function::read(item);
    function.head.retain(|token| !matches!(token, TokenTree::Ident(ident) if ident == "async"));
    function.with_body(|body| quote!(::tokio::runtime::Handle::current().block_on(async { #body })))
}

/// The tokens of a function, with a separate body.
struct Function {
    head: Vec<TokenTree>,
    body: Group,
}

impl Function {
    fn read(item: Tokens) -> Self {
        let mut head: Vec<TokenTree> = TokenStream::from(item).into_iter().collect();
        match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Self { head, body }
            }
            _ => panic!("expected a function with a body"),
        }
    }

    fn with_body(self, change: impl FnOnce(TokenStream) -> TokenStream) -> Tokens {
        let Self { head, body } = self;
        let mut changed = Group::new(Delimiter::Brace, change(body.stream()));
        changed.set_span(body.span());
        quote!(#(#head)* #changed).into()
    }

    /// Returns the position of the parentheses in `fn name(…)`.
    fn parentheses(&self) -> usize {
        let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "fn");
        self.head.iter().position(is_fn).expect("a function") + 2
    }

    fn arguments(&self) -> TokenStream {
        match &self.head[self.parentheses()] {
            TokenTree::Group(group) => group.stream(),
            other => panic!("expected parentheses, found `{other}`"),
        }
    }

    /// Returns the arrow and the return type.
    fn output(&self) -> TokenStream {
        self.head[self.parentheses() + 1..].iter().cloned().collect()
    }
}

/// Returns the names of arguments of the form `name: Type`.
fn names(arguments: &TokenStream) -> Vec<Ident> {
    let tokens: Vec<TokenTree> = arguments.clone().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    let first_name = |argument: &[TokenTree]| match argument.first() {
        Some(TokenTree::Ident(name)) => Some(name.clone()),
        _ => None,
    };
    tokens.split(is_comma).filter_map(first_name).collect()
}

fn parsed(text: &str) -> TokenStream {
    text.parse().expect("printed tokens can be parsed")
}

/// Returns the path and the arguments of a call.
fn called(call: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens: Vec<TokenTree> = call.into_iter().collect();
    match tokens.pop() {
        Some(TokenTree::Group(arguments)) => (tokens.into_iter().collect(), arguments.stream()),
        _ => panic!("expected a call"),
    }
}
