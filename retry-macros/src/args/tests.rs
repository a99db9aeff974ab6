//! Tests how arguments are parsed, and that an error in one does not hide errors in the others.

use super::*;
use crate::keys::{BREAKER, RETRY};

/// Returns the subject and the keys that are found, and the errors.
fn parsed(keys: &Keys, text: &str) -> (String, Vec<String>) {
    let mut errors = Errors::default();
    let arguments = Arguments::parse(text.parse().unwrap(), keys, &mut errors);
    let subject = arguments.subject.map(|subject| subject.to_token_stream().to_string());
    let keys = arguments.given.iter().map(|(key, _)| key.to_string());
    let found = subject.into_iter().chain(keys).collect::<Vec<_>>().join(", ");
    let errors = errors.finish().map(|errors| errors.to_string()).unwrap_or_default();
    let messages = errors.split("compile_error").skip(1).map(str::to_owned).collect();
    (found, messages)
}

#[track_caller]
fn accepted(text: &str, expected: &str) {
    assert_eq!(parsed(&RETRY, text), (expected.to_owned(), Vec::new()), "{text}");
}

#[test]
fn commas_inside_an_expression_do_not_end_an_argument() {
    accepted("A, max_attempts = f(1, 2), mode = [1, 2],", "A, max_attempts, mode");
    accepted("policy::<A, B>(), span", "policy :: < A , B > (), span");
    accepted("<T as P<A, B>>::X, span", "< T as P < A , B > > :: X, span");
    accepted("retry_if = |m: &HashMap<K, V>| m.is_empty(), span", "retry_if, span");
    accepted("retry_if = |e| -> Result<A, B> { g(e) }, span", "retry_if, span");
    accepted("retry_if = async |e| f(e, 1), span", "retry_if, span");
    accepted("retry_if = for<'a> |e: &'a E| e.code < 5, span", "retry_if, span");
    accepted("if a { &X } else { &Y }, span", "if a { & X } else { & Y }, span");
    accepted("match a { 1 => &X, _ => &Y }, span", "match a { 1 => & X , _ => & Y }, span");
    accepted("{ let x = 1; f(x) }, span", "{ let x = 1 ; f (x) }, span");
}

#[test]
fn a_comparison_is_no_key() {
    accepted("max_attempts == 1, span", "max_attempts == 1, span");
    accepted("retry_if = |e| e.code < 5, mode = 1 > 0", "retry_if, mode");
}

#[test]
fn lists_are_keys_where_the_table_says_so() {
    accepted(
        "clone(a, b), shared(self), once(to: String = to.into(), mut n = n?)",
        "clone, shared, once",
    );
    accepted("policy(a, b), span", "policy (a , b), span");
}

#[test]
fn an_error_hides_none_behind_it() {
    let (found, errors) =
        parsed(&RETRY, "self., max_attempt = 3, span = 1, base_delay = 5, mode = X");
    assert_eq!(found, "mode");
    assert_eq!(errors.len(), 4, "{errors:?}");
    let (found, errors) = parsed(&BREAKER, "API, , fallback, nothing = 1 2, key = k");
    assert_eq!(found, "API, key");
    assert_eq!(errors.len(), 3, "{errors:?}");
}

#[test]
fn keywords_are_no_names_to_bind() {
    for word in ["gen", "fn", "self", "async", "true", "1", "a.b", "a::b"] {
        let (found, errors) = parsed(&RETRY, &format!("attempt = {word}, span"));
        assert_eq!((found.as_str(), errors.len()), ("span", 1), "{word}: {errors:?}");
    }
    accepted("attempt = r#gen", "attempt");
}

#[test]
fn fragments_of_macro_rules_are_seen_through() {
    let group = |text: &str| {
        let inside = text.parse().unwrap();
        TokenTree::Group(proc_macro2::Group::new(proc_macro2::Delimiter::None, inside))
    };
    let (policy, delay) = (group("POLICY"), group("\"1s\""));
    let tokens = quote::quote!(#policy, base_delay = #delay);
    let mut errors = Errors::default();
    let arguments = Arguments::parse(tokens, &RETRY, &mut errors);
    assert!(errors.finish().is_none());
    assert!(arguments.subject.is_some_and(|subject| subject.word().is_some()));
    assert!(arguments.given.len() == 1);
}
