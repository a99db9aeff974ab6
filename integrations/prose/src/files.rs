//! Finds the files that are checked.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns all files below `root` that are checked, sorted.
///
/// # Panics
///
/// If a directory cannot be read.
pub fn all(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("the directory is readable") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                if !is_skipped(&path) {
                    directories.push(path);
                }
            } else if is_markdown(&path) || comment_marker(&path).is_some() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether this directory contains only files from outside of the project.
fn is_skipped(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "target" || name == ".git" || name == "node_modules"
}

/// Whether this is a Markdown file that was not generated.
pub fn is_markdown(path: &Path) -> bool {
    // `benchmarks/run` writes the results.
    !path.ends_with("benchmarks/RESULTS.md")
        && path.extension().is_some_and(|extension| extension == "md")
}

/// Whether this page is written for users, with short sentences.
pub fn is_guide(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "README.md")
        || path.parent().is_some_and(|parent| parent.ends_with("docs"))
}

/// Returns the marker of comments in this file. `None`: its comments are not checked.
pub fn comment_marker(path: &Path) -> Option<&'static str> {
    if path.parent().and_then(Path::file_name).is_some_and(|name| name == ".ci") {
        return Some("#");
    }
    match path.extension()?.to_str()? {
        "rs" => Some("//"),
        "lua" => Some("--"),
        "toml" => Some("#"),
        _ => None,
    }
}
