use super::*;

/// Compares the table on a reference page, from its head to the next empty line.
/// `UPDATE_EXPECT=1 cargo test` rewrites it.
fn assert_documented(keys: &Keys, chapter: &str) {
    let rows = keys.all.iter().map(|key| format!("| `{}` | {} |\n", key.usage, key.meaning));
    let table = format!("| key | meaning |\n|---|---|\n{}", rows.collect::<String>());
    let path = format!("{}/../docs/{chapter}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("| key |").expect("a table of keys");
    let end = start + text[start..].find("\n\n").expect("a line behind the table") + 1;
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let updated = format!("{}{}{}", &text[..start], table, &text[end..]);
        std::fs::write(&path, updated).unwrap();
    } else {
        assert_eq!(text[start..end], table, "in {chapter}");
    }
}

#[test]
fn the_guide_lists_the_keys() {
    assert_documented(&RETRY, "async_retry");
    assert_documented(&BREAKER, "circuit_breaker");
}
