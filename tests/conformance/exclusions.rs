//! Reads the list of scenarios that are known not to pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) struct Exclusions {
    /// The line and the reason by the id of the scenario.
    pub(crate) reasons: BTreeMap<String, (usize, String)>,
    pub(crate) problems: Vec<String>,
}

/// Reads `ID: reason` lines. A line that begins with `#` is a comment.
pub(crate) fn load(path: &Path) -> Exclusions {
    let mut exclusions = Exclusions { reasons: BTreeMap::new(), problems: Vec::new() };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            exclusions.problems.push(format!("{}: cannot be read: {error}", path.display()));
            return exclusions;
        }
    };
    for (line, content) in (1..).zip(text.lines().map(str::trim)) {
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let parts = content.split_once(':').map(|(id, reason)| (id.trim(), reason.trim()));
        let Some((id, reason)) = parts.filter(|(id, reason)| !id.is_empty() && !reason.is_empty())
        else {
            exclusions
                .problems
                .push(format!("exclusions.txt, line {line}: must be `ID: reason`, is {content:?}"));
            continue;
        };
        if let Some((first, _)) =
            exclusions.reasons.insert(id.to_owned(), (line, reason.to_owned()))
        {
            exclusions.problems.push(format!(
                "exclusions.txt, line {line}: {id} is already excluded on line {first}"
            ));
        }
    }
    exclusions
}
