//! Reads the modules of a crate.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Item, ItemConst, ItemEnum, ItemFn, ItemMacro, ItemMod, ItemStatic, ItemStruct,
    ItemTrait, ItemType, ItemUse, Macro, Meta, Path, UseTree, Visibility,
};

/// The segments of a path, as written.
pub type Segments = Vec<String>;

/// The modules of a crate by their paths from the crate root, which is the empty path.
pub type Modules = BTreeMap<Segments, Module>;

#[derive(Default)]
pub struct Module {
    /// The source file, relative to `src`.
    pub file: String,
    /// The items that the module defines, except for its child modules.
    pub items: BTreeSet<String>,
    /// The names that the module imports or re-exports, each with its path; `None` is a glob.
    pub uses: Vec<(Option<String>, Segments)>,
    /// The paths that the module names, except in re-exports.
    pub paths: BTreeSet<Segments>,
}

/// Reads a crate. `read` returns the text of a source file, or `None` if there is no such file.
///
/// # Panics
///
/// If the file of a module is missing or cannot be parsed.
#[must_use]
pub fn parse(read: &dyn Fn(&str) -> Option<String>) -> Modules {
    let mut parser = Parser { read, at: vec![], module: Module::default(), done: Modules::new() };
    parser.file(&["lib.rs".to_owned()]);
    parser.done
}

struct Parser<'r> {
    read: &'r dyn Fn(&str) -> Option<String>,
    /// The path of the current module.
    at: Segments,
    module: Module,
    done: Modules,
}

impl Parser<'_> {
    /// Reads the current module from the first of these files that exists.
    fn file(&mut self, names: &[String]) {
        let found = names.iter().find_map(|name| Some((name, (self.read)(name)?)));
        let (name, text) = found.unwrap_or_else(|| panic!("none of {names:?} exists"));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.items(name.clone(), &file.items);
    }

    /// Reads the current module from its items.
    fn items(&mut self, file: String, items: &[Item]) {
        let parent = mem::replace(&mut self.module, Module { file, ..Module::default() });
        for item in items {
            self.visit_item(item);
        }
        self.done.insert(self.at.clone(), mem::replace(&mut self.module, parent));
    }

    /// Collects the names of a `use`, which is either an import or a re-export.
    fn use_tree(&mut self, tree: &UseTree, mut path: Segments, is_import: bool) {
        let name = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.use_tree(&tree.tree, path, is_import);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.use_tree(tree, path.clone(), is_import));
            }
            UseTree::Glob(_) => None,
            UseTree::Name(tree) => {
                let name = if tree.ident == "self" { path.last() } else { None };
                let name = name.cloned().unwrap_or_else(|| tree.ident.to_string());
                path.push(tree.ident.to_string());
                Some(name)
            }
            UseTree::Rename(tree) => {
                path.push(tree.ident.to_string());
                Some(tree.rename.to_string())
            }
        };
        if is_import {
            self.module.paths.insert(path.clone());
        }
        self.module.uses.push((name, path));
    }

    /// Reads the paths among tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Segments::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 => path.push(ident.to_string()),
                TokenTree::Ident(ident) => {
                    self.token_path(mem::replace(&mut path, vec![ident.to_string()]));
                }
                other => {
                    self.token_path(mem::take(&mut path));
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.token_path(path);
    }

    fn token_path(&mut self, path: Segments) {
        // A single name may be anything. If it is an item of another file, there is a `use` of it.
        if path.len() > 1 {
            self.module.paths.insert(path);
        }
    }
}

impl Visit<'_> for Parser<'_> {
    fn visit_item(&mut self, item: &Item) {
        let (attributes, name) = match item {
            Item::Const(ItemConst { attrs, ident, .. })
            | Item::Enum(ItemEnum { attrs, ident, .. })
            | Item::Static(ItemStatic { attrs, ident, .. })
            | Item::Struct(ItemStruct { attrs, ident, .. })
            | Item::Trait(ItemTrait { attrs, ident, .. })
            | Item::Type(ItemType { attrs, ident, .. }) => (attrs, Some(ident)),
            Item::Fn(ItemFn { attrs, sig, .. }) => (attrs, Some(&sig.ident)),
            Item::Macro(ItemMacro { attrs, ident, .. }) => (attrs, ident.as_ref()),
            Item::Impl(item) => (&item.attrs, None),
            Item::Mod(item) => (&item.attrs, None),
            Item::Use(item) => (&item.attrs, None),
            _ => panic!("{}: an item of this kind cannot be read", self.module.file),
        };
        if !is_for_tests(attributes) {
            self.module.items.extend(name.map(ToString::to_string));
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        self.at.push(item.ident.to_string());
        if let Some((_, items)) = &item.content {
            self.items(self.module.file.clone(), items);
        } else {
            let path = self.at.join("/");
            self.file(&[format!("{path}.rs"), format!("{path}/mod.rs")]);
        }
        self.at.pop();
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        if item.leading_colon.is_none() {
            self.use_tree(&item.tree, vec![], matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string());
            self.module.paths.insert(segments.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    // The paths in `#[derive(A)]` and `pub(in crate::a)` are not imports.
    fn visit_attribute(&mut self, _: &Attribute) {}
    fn visit_visibility(&mut self, _: &Visibility) {}
}

/// Returns whether one of the attributes is `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string().replace(' ', "");
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
    })
}
