//! Readers of Rust's syntax, as far as the macros ask: everything else stays the tokens that the user wrote.
//!
//! The compiler has parsed an item before it hands it over. So these readers only look for what they need, and
//! leave what they do not understand as it is, for the compiler to judge. syn's own types of syntax would do as
//! well, but building them costs each user more than all of the rest of this crate.

mod angles;
mod attribute;
mod cursor;
mod generics;
mod member;
mod path;
mod types;

pub(crate) use angles::{find_mark, find_outside, is_arrow, split_outside};
pub(crate) use attribute::{Attribute, Said};
pub(crate) use cursor::{Cursor, flattened};
pub(crate) use generics::Generics;
pub(crate) use member::Member;
pub(crate) use path::{Argument, Path, PathExpression, is_module_path};
pub(crate) use types::{Bound, Form, Type};
