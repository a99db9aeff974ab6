//! The tokens of an attribute, and of the item under it.

use proc_macro2::TokenStream;

use crate::words::pick;

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "STANDARD", "max_attempts", "base_delay", "max_delay", "exponential_base", "jitter", "retry_on",
    "max_retry_after", "mode", "budget", "attempt_timeout", "total_timeout", "retry_if",
    "retry_if_ok", "retry_after", "retry_after_ok", "on_retry", "before_retry", "stop_on", "attempt",
    "name", "span", "clone", "shared", "once", "crate", "failure_if", "failure_if_ok", "fallback",
    "key", "stream", "\"breaker\"", "max_attempt", "r#name", "*POLICY", "self.policy",
    "if a { b } else { c }", "HOSTS.for_key(x)",
];

#[rustfmt::skip]
const VALUES: &[&str] = &[
    "0", "3", "-1", "2.5", "1u8", "99999999999999999999", "\"1s\"", "\"\"", "\"x\"", "\"1s \"", "'c'",
    "b\"x\"", "x", "y", "mut x", "self", "Self::X", "crate::f", "|e| true", "|_| todo!()",
    "|e: &E| -> bool { matches!(e, E::A) }", "|event| ()", "async |_| None", "|_| async move { x }",
    "{ x; |e| f(e) }", "async { x }", "x.cancelled()", "move || ()", "f(x)?",
    "x: String = x.into()", "x: A<B, C> = x", "x, y", "x y", ",", "", "=", "Some(x)", "!", "<", "é",
    "Duration::from_secs(1)", "{ x }", "[x; 3]", "#[cfg(test)] x", "await", "return 1", "'a: loop {}",
];

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "(", ")", "[", "]", "{", "}", ",", "=", ";", ":", "::", "|", "||", "&", "*", "?", "!", "#", ".",
    "..", "->", "=>", "<", ">", "'a", "_", "async", "move", "await", "fn", "let", "mut", "return",
    "if", "else", "match", "loop", "for", "in", "self", "Self", "impl", "dyn", "struct", "enum",
    "trait", "const", "static", "pub", "unsafe", "where", "retry", "timeout", "transparent", "with",
    "after", "f", "g", "x", "E", "T", "String", "0", "\"x\"", "Ok(1)", "Err(e)?", "é", "r#x",
    "Result<u32, E>", "-> Result<u32, E>", "impl Future<Output = Result<u32, E>>",
    "async move { Ok(1) }", "#[cfg(test)]", "#[retry(timeout)]", "#[rustfmt::skip]", "x: &str",
];

const ITEMS: &[&str] = &[
    "async fn f() -> Result<u32, E> { g().await }",
    "async fn f(&self, x: &str, mut y: String) -> Result<u32, E> { let z = g(x, y).await?; Ok(z) }",
    "fn f(x: u32) -> impl Future<Output = Result<u32, E>> { async move { Ok(x) } }",
    "fn f<'a>(x: &'a str) -> Pin<Box<dyn Future<Output = Result<u32, E>> + Send + 'a>> {
        Box::pin(async move { g(x) })
    }",
    "async fn f<T: Into<String>>(x: T) -> Result<u32, E> where T: Send { x.into(); todo!() }",
    "fn f(x: &mut X) -> Result<u32, E> { let y = || x; return Ok(1); }",
    "async fn f(self: Arc<Self>) -> Result<u32, E>;",
    "enum E {
        #[retry(timeout)] A, #[retry(transparent)] B(io::Error),
        #[retry(rate_limited, after = 0)] C(Duration)
    }",
    "struct S { #[retry(after)] x: u32 }",
];

/// Expands the attributes and the derive on random items.
///
/// # Panics
///
/// Panics if an expansion panics, is not a list of tokens, or loses the annotated function.
pub fn run(data: &[u8]) {
    let data = &mut data.iter().copied();
    let (inner, outer) = (arguments(data), arguments(data));
    let item = match data.next().unwrap_or_default() {
        index if usize::from(index) < 20 * ITEMS.len() => {
            ITEMS[usize::from(index) % ITEMS.len()].to_owned()
        }
        _ => tokens(data),
    };
    let Ok(item) = item.parse::<TokenStream>() else { return };
    let mut expanded = item.clone();
    if let Ok(inner) = inner.parse() {
        expanded = macros::async_retry(inner, expanded);
        assert_kept(&item, &expanded);
    }
    // As the outer attribute, which sees the expansion of the inner one.
    if let Ok(outer) = outer.parse() {
        assert_kept(&item, &macros::circuit_breaker(outer, expanded));
    }
    assert_parses(&macros::derive_retryable(item));
}

/// Returns up to four arguments, with or without a value.
fn arguments(data: &mut impl Iterator<Item = u8>) -> String {
    let count = data.next().unwrap_or_default() % 5;
    let argument = |_| match data.next().unwrap_or_default() % 5 {
        0 => pick(data, KEYS).to_owned(),
        1 => format!("{}({})", pick(data, KEYS), pick(data, VALUES)),
        2 => pick(data, VALUES).to_owned(),
        _ => format!("{} = {}", pick(data, KEYS), pick(data, VALUES)),
    };
    (0..count).map(argument).collect::<Vec<_>>().join(", ")
}

/// Returns tokens in any order, with matching brackets.
fn tokens(data: &mut impl Iterator<Item = u8>) -> String {
    let (mut text, mut open) = (String::new(), Vec::new());
    for byte in data {
        let word = WORDS[usize::from(byte) % WORDS.len()];
        match word {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            ")" | "]" | "}" => {
                text.push_str(open.pop().unwrap_or_default());
                continue;
            }
            _ => {}
        }
        text.push_str(word);
        text.push(' ');
    }
    open.iter().rev().for_each(|close| text.push_str(close));
    text
}

fn assert_parses(tokens: &TokenStream) {
    let text = tokens.to_string();
    assert!(text.parse::<TokenStream>().is_ok(), "no tokens: {text}");
}

fn assert_kept(item: &TokenStream, expanded: &TokenStream) {
    assert_parses(expanded);
    let Ok(function) = syn::parse2::<syn::ItemFn>(item.clone()) else { return };
    let items = syn::parse2::<syn::File>(expanded.clone()).map(|file| file.items);
    let is_kept = items.is_ok_and(|items| {
        items
            .iter()
            .any(|item| matches!(item, syn::Item::Fn(kept) if kept.sig.ident == function.sig.ident))
    });
    assert!(is_kept, "lost `{}`: {expanded}", function.sig.ident);
}
