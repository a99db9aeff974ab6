//! Follows names to the files that define them.

use std::collections::{BTreeMap, BTreeSet};

use crate::parse::Modules;

/// The items through which one file imports another, by the two files.
pub type Edges = BTreeMap<(String, String), BTreeSet<String>>;

pub fn edges(modules: &Modules) -> Edges {
    let mut edges = Edges::new();
    for (at, module) in modules {
        for path in &module.paths {
            let mut resolver = Resolver { modules, items: BTreeSet::new(), followed: vec![] };
            resolver.path(at, path, Unknown::IsHere);
            for (file, item) in resolver.items {
                if file != module.file {
                    edges.entry((module.file.clone(), file.to_owned())).or_default().insert(item);
                }
            }
        }
    }
    edges
}

/// The meaning of a name that a module neither defines nor imports.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    /// The name belongs to the module. A macro defines it, or it is from another crate.
    IsHere,
    /// The name does not belong to the module, which is only the target of a glob.
    IsElsewhere,
}

struct Resolver<'m> {
    modules: &'m Modules,
    /// The items found, each with the file that defines it.
    items: BTreeSet<(&'m str, String)>,
    /// The uses on the path to the current name, by module and index. None is followed twice,
    /// because `use a::a` may refer to itself.
    followed: Vec<(Vec<String>, usize)>,
}

impl Resolver<'_> {
    /// Finds the items that a path in the module `at` names, one for each meaning of the name.
    /// Returns whether the path names anything, which may also be a module.
    fn path(&mut self, at: &[String], path: &[String], unknown: Unknown) -> bool {
        let Some((first, rest)) = path.split_first() else { return true };
        match first.as_str() {
            "crate" => self.path(&[], rest, unknown),
            "self" => self.path(at, rest, unknown),
            "super" => self.path(&at[..at.len() - 1], rest, unknown),
            name => self.name(at, name, rest, unknown),
        }
    }

    fn name(&mut self, at: &[String], name: &str, rest: &[String], unknown: Unknown) -> bool {
        let module = &self.modules[at];
        let child = [at, &[name.to_owned()]].concat();
        let is_module = self.modules.contains_key(&child);
        if is_module && !rest.is_empty() {
            return self.path(&child, rest, unknown);
        }
        let is_item = module.items.contains(name);
        let mut is_known = is_module || is_item;
        for (index, (used, path)) in module.uses.iter().enumerate() {
            let this = (at.to_vec(), index);
            if used.as_ref().is_some_and(|used| used != name) || self.followed.contains(&this) {
                continue;
            }
            self.followed.push(this);
            is_known |= if used.is_some() {
                self.path(at, &[path, rest].concat(), Unknown::IsHere)
            } else {
                let path = [path, [name.to_owned()].as_slice(), rest].concat();
                self.path(at, &path, Unknown::IsElsewhere)
            };
            self.followed.pop();
        }
        if is_item {
            self.items.insert((&module.file, name.to_owned()));
        } else if !is_known && unknown == Unknown::IsHere {
            let path = [&[name.to_owned()], rest].concat();
            self.items.insert((&module.file, path.join("::")));
            is_known = true;
        }
        is_known
    }
}
