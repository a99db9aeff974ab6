//! Finds circular imports, and imports that point up.

use std::collections::{BTreeMap, BTreeSet};

use crate::parse::Modules;
use crate::resolve::{Edges, edges};

/// The name of a floor, and the files and folders on it, without `.rs` and separated by spaces.
pub type Floor = (&'static str, &'static str);

/// Returns the problems in the imports of a crate. The floors are ordered from the lowest to the
/// highest.
#[must_use]
pub fn problems(modules: &Modules, floors: &[Floor]) -> Vec<String> {
    let edges = edges(modules);
    let files: BTreeSet<&str> = modules.values().map(|module| module.file.as_str()).collect();
    let floor_of = |file: &str| {
        floors.iter().position(|(_, places)| places.split(' ').any(|place| covers(place, file)))
    };

    let mut problems = circles(&edges);
    for ((from, to), items) in &edges {
        let (Some(below), Some(above)) = (floor_of(from), floor_of(to)) else { continue };
        if below < above {
            let (below, above) = (floors[below].0, floors[above].0);
            let line = line(from, to, items);
            problems.push(format!("an import points up, from {below} to {above}:\n{line}"));
        }
    }
    for file in files.iter().filter(|file| floor_of(file).is_none()) {
        problems.push(format!("`{file}` has no floor: add it to the table"));
    }
    for place in floors.iter().flat_map(|(_, places)| places.split(' ')) {
        if !files.iter().any(|file| covers(place, file)) {
            problems.push(format!("nothing is at `{place}`: remove it from the table"));
        }
    }
    problems
}

/// Returns whether an entry in the table of floors is this file or a folder around it.
fn covers(place: &str, file: &str) -> bool {
    let rest = file.strip_prefix(place);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Returns a message for each group of files that import each other, directly or through others.
fn circles(edges: &Edges) -> Vec<String> {
    let files = edges.keys().map(|(from, _)| from.as_str());
    let imported: BTreeMap<_, _> = files.map(|file| (file, imported_by(file, edges))).collect();
    let imports = |a: &str, b: &str| imported.get(a).is_some_and(|files| files.contains(b));
    let mut circles: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
    for ((from, to), items) in edges {
        if imports(to, from) {
            let files = imported.keys().copied();
            let circle = files.filter(|file| imports(file, from) && imports(from, file));
            circles.entry(circle.collect()).or_default().push(line(from, to, items));
        }
    }
    let circles = circles.into_values();
    circles.map(|lines| format!("files import each other:\n{}", lines.join("\n"))).collect()
}

/// Returns the files that a file imports, directly or through others.
fn imported_by<'e>(file: &'e str, edges: &'e Edges) -> BTreeSet<&'e str> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        let imports = edges.keys().filter(|(from, _)| from == next);
        open.extend(imports.map(|(_, to)| to.as_str()).filter(|to| found.insert(*to)));
    }
    found
}

fn line(from: &str, to: &str, items: &BTreeSet<String>) -> String {
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    format!("  {from} -> {to}: {}", items.join(", "))
}
