//! Finds the code of a page that no test compiles.

use crate::Finding;
use crate::markdown::Page;

/// The lines of Rust files, to look for the code of a page in them.
#[derive(Debug, Default)]
pub struct Sources(String);

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, text: &str) {
        self.0.push_str(&without_layout(text));
        self.0.push('\n');
    }

    /// Returns the blocks that rustdoc does not compile and that are in none of the files.
    pub fn missing(&self, page: &Page) -> Vec<Finding> {
        let ignored = page.code.iter().filter(|code| code.language.contains("ignore"));
        let missing = ignored.filter(|code| !self.0.contains(&without_layout(&code.text)));
        let problem = "no test compiles this code; show lines of a Rust file";
        missing.map(|code| Finding { line: code.line, problem: problem.to_owned() }).collect()
    }
}

/// Returns the lines without indentation, and without empty ones.
fn without_layout(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
