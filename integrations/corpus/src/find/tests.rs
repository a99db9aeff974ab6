use super::*;

fn found(text: &str) -> Vec<Function> {
    let file = syn::parse_file(text).expect("the test's source parses");
    functions("src/client/mod.rs", text, &file, &result_aliases(&file))
}

#[test]
fn finds_async_functions_that_return_a_result_or_an_alias() {
    let text = "
        type RedisResult<T> = Result<T, Error>;
        type Answer = u32;
        async fn one() -> io::Result<()> { Ok(()) }
        async fn no() -> Answer { 1 }
        fn neither() -> Result<(), ()> { Ok(()) }
        impl Trait for Client<T> {
            async fn two(&self) -> RedisResult<u32> { Ok(1) }
        }
        mod inner {
            trait Way {
                async fn without_body(&self) -> Result<(), ()>;
                async fn three(&self) -> Result<(), ()> { Ok(()) }
            }
        }
    ";
    let found = found(text);
    let paths: Vec<&str> = found.iter().map(|function| function.path.as_str()).collect();
    assert_eq!(paths, ["client::one", "client::Client::two", "client::inner::Way::three"]);
    assert_eq!(found[1].line, 8);
}

#[test]
fn the_attribute_goes_below_the_docs_and_above_other_attributes() {
    let text = "/// Docs.\n#[instrument]\npub(crate) async fn f() -> Result<(), ()> { Ok(()) }";
    let function = &found(text)[0];
    assert!(text[function.attribute_at..].starts_with("#[instrument]"));
    let text = "/// Docs with an umlaut: ä.\npub async fn f() -> Result<(), ()> { Ok(()) }";
    let function = &found(text)[0];
    assert!(text[function.attribute_at..].starts_with("pub async"));
}

#[test]
fn finds_the_changes_for_generic_arguments() {
    let text = "async fn f<T: Send, U>(&self, t: Vec<T>, (u, n): (U, u8), i: impl Into<Vec<u8>>)
        -> Result<(), ()> where U: Into<String> { Ok(()) }";
    let arguments = &found(text)[0].arguments;
    let names: Vec<&str> = arguments.iter().map(|argument| argument.name.as_str()).collect();
    assert_eq!(names, ["self", "t", "u", "n", "i"]);
    let after_send = text.find(", U>").expect("the text contains it");
    assert_eq!(arguments[1].clone_bounds, [(after_send, " + Clone")]);
    let after_into = text.find(" { Ok").expect("the text contains it");
    assert_eq!(arguments[2].clone_bounds, [(after_into, " + Clone")]);
    assert_eq!(arguments[4].into.as_deref(), Some("Vec<u8>"));
}
