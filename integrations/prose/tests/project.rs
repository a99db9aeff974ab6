//! Checks every file of the project.

use std::fs;
use std::path::{Path, PathBuf};

use prose::shown::Sources;
use prose::{Finding, check, files, markdown};

/// Returns the checked files of the project, with their texts.
fn project() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the repository exists");
    let files = files::all(&root);
    assert!(files.len() > 500, "only {} files were found", files.len());
    let text = |path: &PathBuf| fs::read_to_string(path).expect("the file is readable");
    files.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

fn assert_none(problems: &[(PathBuf, Finding)]) {
    let line = |(path, finding): &(PathBuf, Finding)| {
        format!("{}:{}: {}", path.display(), finding.line, finding.problem)
    };
    let lines: Vec<_> = problems.iter().map(line).collect();
    assert!(lines.is_empty(), "{} problems:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn every_sentence_follows_the_rules() {
    let mut problems = Vec::new();
    for (path, text) in project() {
        problems.extend(check(&path, &text).into_iter().map(|finding| (path.clone(), finding)));
    }
    assert_none(&problems);
}

#[test]
fn all_code_of_the_guide_is_compiled() {
    let project = project();
    let mut sources = Sources::default();
    for (_, text) in project.iter().filter(|(path, _)| !files::is_markdown(path)) {
        sources.add(text);
    }
    let mut problems = Vec::new();
    for (path, text) in project.iter().filter(|(path, _)| files::is_guide(path)) {
        let missing = sources.missing(&markdown::parse(text));
        problems.extend(missing.into_iter().map(|finding| (path.clone(), finding)));
    }
    assert_none(&problems);
}
