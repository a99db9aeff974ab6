//! Finds the functions in a source file to which the attributes can be applied.

mod arguments;

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ReturnType, Signature, Type, Visibility};

pub use arguments::Argument;

/// An async function with a body that returns a `Result`.
#[derive(Clone, Debug)]
pub struct Function {
    /// The file, below the library's folder.
    pub file: String,
    /// The path, such as `client::Client::get`.
    pub path: String,
    pub line: usize,
    /// The byte range of the function, attributes included.
    pub range: Range<usize>,
    /// The offset of a new attribute. It is above all others, so `#[instrument]` is below it.
    pub attribute_at: usize,
    pub arguments: Vec<Argument>,
}

/// Lists the type aliases in `file` for `Result`.
pub fn result_aliases(file: &syn::File) -> Vec<String> {
    struct Aliases(Vec<String>);

    impl<'ast> Visit<'ast> for Aliases {
        fn visit_item_type(&mut self, alias: &'ast syn::ItemType) {
            if last_segment(&alias.ty).is_some_and(|name| name == "Result") {
                self.0.push(alias.ident.to_string());
            }
        }
    }

    let mut aliases = Aliases(Vec::new());
    aliases.visit_file(file);
    aliases.0
}

/// Finds the functions in `text`, which is the content of `name` and was parsed as `file`.
pub fn functions(name: &str, text: &str, file: &syn::File, aliases: &[String]) -> Vec<Function> {
    let mut finder = Finder {
        name,
        text,
        aliases,
        scope: module_path(name),
        self_type: None,
        found: Vec::new(),
    };
    finder.visit_file(file);
    finder.found
}

/// Returns the module path of a file.
fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let names = path.split('/').filter(|name| !matches!(*name, "lib" | "main" | "mod"));
    names.map(str::to_owned).collect()
}

struct Finder<'a> {
    name: &'a str,
    text: &'a str,
    aliases: &'a [String],
    scope: Vec<String>,
    self_type: Option<String>,
    found: Vec<Function>,
}

impl Finder<'_> {
    fn function(&mut self, whole: Range<usize>, head: &Head<'_>) {
        let Head { attributes, visibility, signature } = head;
        let ReturnType::Type(_, ty) = &signature.output else { return };
        if signature.asyncness.is_none() || !self.is_result(ty) {
            return;
        }
        let attribute = attributes.iter().find(|attribute| !attribute.path().is_ident("doc"));
        let visibility = visibility.filter(|it| !matches!(it, Visibility::Inherited));
        let start = attribute
            .map(Spanned::span)
            .or_else(|| visibility.map(Spanned::span))
            .unwrap_or_else(|| signature.span());
        let name = signature.ident.to_string();
        let scope = self.scope.iter().chain(&self.self_type).map(String::as_str);
        let path: Vec<&str> = scope.chain([name.as_str()]).collect();
        self.found.push(Function {
            file: self.name.to_owned(),
            path: path.join("::"),
            line: signature.ident.span().start().line,
            range: whole,
            attribute_at: start.byte_range().start,
            arguments: arguments::arguments(signature, self.text),
        });
    }

    fn is_result(&self, ty: &Type) -> bool {
        last_segment(ty).is_some_and(|name| name == "Result" || self.aliases.contains(&name))
    }
}

/// The parts of a function before its body.
struct Head<'a> {
    attributes: &'a [Attribute],
    visibility: Option<&'a Visibility>,
    signature: &'a Signature,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.scope.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.scope.pop();
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let outer = std::mem::replace(&mut self.self_type, last_segment(&block.self_ty));
        visit::visit_item_impl(self, block);
        self.self_type = outer;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let outer = self.self_type.replace(item.ident.to_string());
        visit::visit_item_trait(self, item);
        self.self_type = outer;
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Fn(function) = item {
            let head = Head {
                attributes: &function.attrs,
                visibility: Some(&function.vis),
                signature: &function.sig,
            };
            self.function(function.span().byte_range(), &head);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let head = Head {
            attributes: &function.attrs,
            visibility: Some(&function.vis),
            signature: &function.sig,
        };
        self.function(function.span().byte_range(), &head);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if function.default.is_some() {
            let head =
                Head { attributes: &function.attrs, visibility: None, signature: &function.sig };
            self.function(function.span().byte_range(), &head);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Returns the last name of a path, such as `Result` in `io::Result<T>`.
fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => last_segment(&reference.elem),
        Type::Paren(inner) => last_segment(&inner.elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
