//! Tests with texts that each break one rule.

use std::path::Path;

use crate::shown::Sources;
use crate::{check, markdown};

/// Returns the problems in a page of the guide.
fn page(text: &str) -> Vec<String> {
    problems("docs/page.md", text)
}

fn problems(path: &str, text: &str) -> Vec<String> {
    let findings = check(Path::new(path), text);
    findings.into_iter().map(|finding| format!("{}: {}", finding.line, finding.problem)).collect()
}

#[test]
fn a_page_without_faults_passes() {
    let text = "# Title\n\nSee [the title](#title), [an item](crate::Item) and [`Other`].\n";
    assert_eq!(page(text), <[&str; 0]>::default());
}

#[test]
fn long_lines_are_found_only_in_prose() {
    let long = "word ".repeat(21);
    assert_eq!(page(&format!("# Title\n\n{long}\n")), ["3: 105 characters; wrap at 100"]);
    assert_eq!(page(&format!("| a |\n|---|\n| {long} |\n")), <[&str; 0]>::default());
    assert_eq!(page(&format!("```\n{long}\n```\n")), <[&str; 0]>::default());
}

#[test]
fn phrases_are_found_across_lines_and_not_in_code() {
    assert_eq!(
        page("One\nstands of no\naccount.\n"),
        ["1: \"of no account\"; write: say what is ignored"]
    );
    assert_eq!(page("`beside`, and besides.\n\n```\nbeside\n```\n"), <[&str; 0]>::default());
}

#[test]
fn terms_may_contain_a_phrase() {
    assert_eq!(page("A time series.\n"), <[&str; 0]>::default());
    assert_eq!(page("A series.\n"), ["1: \"series\"; write: call, or retry sequence"]);
}

#[test]
fn comments_are_checked() {
    let code = "//! Fine.\n\n/// What it does.\nfn f() {\n    // Stands beside it.\n}\n";
    assert_eq!(
        problems("a.rs", code),
        [
            "3: a doc comment begins with \"What\"; begin with a verb or a noun",
            "5: \"beside\"; write: next to, with, or besides",
        ]
    );
    assert_eq!(
        problems("a.toml", "# Nobody.\na = 1\n"),
        ["1: \"nobody\"; write: no caller, no listener"]
    );
}

#[test]
fn long_sentences_are_found_in_the_guide() {
    let long = format!("Words {}end.\n", "word\n".repeat(40));
    assert_eq!(page(&long), ["1: a sentence of 42 words: \"Words word word word word …\""]);
    assert_eq!(problems("CONTRIBUTING.md", &long), <[&str; 0]>::default());
}

#[test]
fn broken_links_are_found() {
    assert_eq!(
        page("[a](#missing), [b](missing.md) and [c][missing].\n"),
        [
            "1: `#missing` names no heading",
            "1: the link `missing` is not defined",
            "1: there is no file `missing.md`",
        ]
    );
}

#[test]
fn a_picture_needs_alternative_text() {
    assert_eq!(
        page("![](#)\n"),
        ["1: the alternative text has 0 characters; say what the picture shows"]
    );
}

#[test]
fn anchors_are_those_of_the_forge() {
    assert_eq!(markdown::anchor("`#[async_retry]`, by hand: 1"), "async_retry-by-hand-1");
}

#[test]
fn code_that_is_not_compiled_is_found() {
    let mut sources = Sources::default();
    sources.add("fn f() {\n    let a = 1;\n\n    let b = 2;\n}\n");
    let missing = |code: &str| {
        let page = markdown::parse(&format!("```rust,ignore\n{code}\n```\n"));
        sources.missing(&page).len()
    };
    assert_eq!(missing("let a = 1;\nlet b = 2;"), 0);
    assert_eq!(missing("let a = 1;\nlet c = 2;"), 1);
}
