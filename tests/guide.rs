//! The chapters of the guide that show the files of an example.

#[test]
fn the_chapter_on_llms_shows_the_whole_client() {
    let chapter = include_str!("../docs/llm.md");
    let shown = chapter.split("```rust,ignore\n").skip(1);
    let shown = shown.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let client = include_str!("../examples/llm/client.rs").lines();
    // Between the blocks there are no empty lines, and the example's first lines name the chapter.
    let shown: Vec<_> = shown.filter(|line| !line.is_empty()).collect();
    let client: Vec<_> =
        client.filter(|line| !line.is_empty() && !line.starts_with("//!")).collect();
    assert_eq!(shown, client);
}
