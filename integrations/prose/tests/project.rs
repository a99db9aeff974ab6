//! Checks every file of the project.

use std::fs;
use std::path::Path;

use prose::{check, files};

#[test]
fn every_sentence_follows_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the repository exists");
    let files = files::all(&root);
    assert!(files.len() > 500, "only {} files were found", files.len());

    let mut problems = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("the file is readable");
        let name = path.strip_prefix(&root).expect("the file is in the repository").display();
        for finding in check(&path, &text) {
            problems.push(format!("{name}:{}: {}", finding.line, finding.problem));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
