//! Compares chapters of the guide with the files whose text they repeat.

/// Returns the lines of a chapter that come from other files.
fn shown(chapter: &str) -> Vec<&str> {
    let shown = chapter.split("```rust,ignore\n").skip(1);
    let shown = shown.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    // The chapter has no empty lines between consecutive blocks.
    shown.filter(|line| !line.is_empty()).collect()
}

/// Returns the lines of a file, from the first one that begins with `first`.
fn lines<'f>(file: &'f str, first: &str) -> impl Iterator<Item = &'f str> {
    let lines = file.lines().skip_while(move |line| !line.starts_with(first));
    lines.filter(|line| !line.is_empty())
}

#[test]
fn the_chapter_on_llms_shows_the_whole_client() {
    let client = lines(include_str!("../examples/llm/client.rs"), "use");
    assert_eq!(shown(include_str!("../docs/llm.md")), client.collect::<Vec<_>>());
}

#[test]
fn the_chapter_on_client_libraries_shows_the_whole_client_and_its_tests() {
    let client = lines(include_str!("../examples/client_library/client.rs"), "use");
    let tests = lines(include_str!("client_library.rs"), "/// Three attempts");
    let expected: Vec<_> = client.chain(tests).collect();
    assert_eq!(shown(include_str!("../docs/client-library.md")), expected);
}

#[test]
fn the_chapter_on_failures_has_the_table_of_io_errors() {
    fn rows<'t>(text: &'t str, indent: &str) -> Vec<&'t str> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(indent));
        let lines = lines.skip_while(|line| !line.starts_with("| `io::ErrorKind`"));
        lines.take_while(|line| line.starts_with('|')).collect()
    }

    let table = rows(include_str!("../retry-runtime/src/failure/std_errors.rs"), "/// ");
    assert!(table.len() > 10, "{table:#?}");
    assert_eq!(rows(include_str!("../docs/failures.md"), ""), table);
}
