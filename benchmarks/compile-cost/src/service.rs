//! A client of an HTTP API with 60 async functions in 6 modules. Variants differ in the attributes,
//! their imports and the error type.

use crate::failure::Result;
use crate::project::Project;

const MODULES: [&str; 6] = ["files", "invoices", "messages", "orders", "products", "users"];

/// The module whose function `list` is edited.
const EDITED: &str = MODULES[0];

const DEPENDENCIES: &str = r#"
reqwest = { version = "0.13", default-features = false, features = ["json"] }
serde = { version = "1", features = ["derive"] }
thiserror = "2"
tokio = { version = "1", features = ["full"] }
tracing = "0.1"
"#;
/// `{FACADE}` is replaced by the path of the checkout.
const OURS: &str = "retry-utils = { path = '{FACADE}', features = ['reqwest'] }";

const MAIN: &str = include_str!("../templates/typical/main.rs");
const API: &str = include_str!("../templates/typical/api.rs");
const MODULE: &str = include_str!("../templates/typical/module.rs");

/// One way to annotate the functions.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    dependency: &'static str,
    error: &'static str,
    imports: &'static str,
    attributes: &'static str,
}

pub(crate) const PLAIN: Variant = Variant {
    name: "plain",
    dependency: "",
    error: include_str!("../templates/typical/error.rs"),
    imports: "",
    attributes: "",
};
pub(crate) const INSTRUMENTED: Variant =
    Variant { name: "instrument", attributes: "#[tracing::instrument(skip_all)]", ..PLAIN };
pub(crate) const BOTH: Variant = Variant {
    name: "both",
    dependency: OURS,
    error: include_str!("../templates/typical/error_retry_utils.rs"),
    imports: "use crate::error::API;\nuse retry_utils::{STANDARD, async_retry, circuit_breaker};\n",
    attributes: "#[circuit_breaker(API)]\n#[async_retry(STANDARD)]",
};
/// Both attributes, from another checkout.
pub(crate) const OTHER: Variant = Variant { name: "other", ..BOTH };

impl Variant {
    /// Creates the variant's project. It depends on the checkout at `facade`, or on this one.
    pub(crate) fn project(&self, facade: Option<&str>) -> Result<Project> {
        let ours = self.dependency.replace("{FACADE}", facade.unwrap_or("{FACADE}"));
        let mut sources = vec![
            ("src/main.rs".to_owned(), MAIN.to_owned()),
            ("src/api.rs".to_owned(), API.to_owned()),
            ("src/error.rs".to_owned(), self.error.to_owned()),
        ];
        sources.extend(MODULES.map(|module| (path(module), self.module(module, 0))));
        let name = format!("typical-{}", self.name);
        Project::create(&name, &format!("{DEPENDENCIES}{ours}"), &sources)
    }

    /// Changes a constant in the body of one function. Two edits in a row must differ.
    pub(crate) fn edit(&self, project: &Project, edit: usize) -> Result<()> {
        project.write(&path(EDITED), &self.module(EDITED, edit))
    }

    fn module(&self, name: &str, edit: usize) -> String {
        let text = MODULE
            .replace("{MODULE}", name)
            .replace("{LIMIT}", &(20 + edit).to_string())
            .replace("#[protected]", self.attributes);
        format!("{}{text}", self.imports)
    }
}

fn path(module: &str) -> String {
    format!("src/{module}.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_module_has_ten_annotated_functions() {
        assert_eq!(MODULE.matches("#[protected]\n").count(), 10);
        for attribute in BOTH.attributes.lines() {
            assert_eq!(BOTH.module("users", 0).matches(attribute).count(), 10);
        }
    }

    #[test]
    fn a_module_differs_from_the_plain_one_by_imports_and_attributes_alone() {
        let plain = PLAIN.module("users", 0);
        for variant in [INSTRUMENTED, BOTH] {
            let module = variant.module("users", 0);
            assert_eq!(
                module.replacen(variant.imports, "", 1).replace(variant.attributes, ""),
                plain
            );
        }
    }

    #[test]
    fn an_edit_changes_one_line() {
        let (before, after) = (BOTH.module(EDITED, 0), BOTH.module(EDITED, 1));
        let changed = before.lines().zip(after.lines()).filter(|(one, other)| one != other);
        assert_eq!(changed.count(), 1);
    }
}
