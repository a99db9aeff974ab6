//! Checks that the imports inside a crate point down and are not circular.
//!
//! | file | content |
//! |---|---|
//! | `parse` | reads the modules of a crate: what they define, import and name |
//! | `resolve` | follows each name to the file that defines it |
//! | `check` | finds circular imports, and imports that point up |
//!
//! `tests/floors.rs` runs the check on the crates of the main workspace.
//!
//! # Definition
//!
//! File A imports file B if A names an item that B defines: in a `use`, in the path of an
//! expression, type, pattern or macro, or in a path among the tokens passed to a macro. Re-exports
//! are followed to the definition. A re-export is any `use` with a visibility; it is not an import.
//! Neither is `mod b;`, nor the name of a module alone.
//!
//! A name that its module neither defines nor imports comes from a macro, and belongs to the file
//! of that module. A name from another crate belongs to the file that re-exports it.
//!
//! # Limits
//!
//! - Methods and fields are not found, because that needs type inference.
//! - In the tokens passed to a macro, only paths with `::` are found. Single names and the items
//!   that the macro defines are not.
//! - A local variable counts as an item if its module re-exports an item of the same name.
//! - Items under `#[cfg(test)]` or `#[cfg(all(test, …))]` are skipped. All other conditions are
//!   assumed to be true.
//! - Definitions and imports in the body of a function count for its whole module.
//! - `#[path]` is ignored.

mod check;
mod parse;
mod resolve;
#[cfg(test)]
mod tests;

pub use check::{Floor, problems};
pub use parse::{Modules, parse};
