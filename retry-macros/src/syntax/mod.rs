//! Readers of Rust's syntax, as far as the macros ask: everything else stays the tokens that the user wrote.
//!
//! The compiler has parsed an item before it hands it over. So these readers look for what they need only, and
//! leave what they do not understand as it is, for the compiler to judge. syn would do as well, but building it
//! costs each user more than building all of the macros.
#![allow(dead_code, unused_imports)] // The derive reads its input with syn; the attributes follow.

mod angles;
mod attribute;
mod cursor;
mod generics;
mod member;
mod names;
mod path;
mod text;
mod types;

pub(crate) use angles::{find_mark, find_outside, is_arrow, split_outside};
pub(crate) use attribute::{Attribute, Said};
pub(crate) use cursor::{Cursor, flattened};
pub(crate) use generics::Generics;
pub(crate) use member::Member;
pub(crate) use names::{is_free, name};
pub(crate) use path::{Argument, Path, PathExpression, is_module_path};
pub(crate) use text::Text;
pub(crate) use types::{Bound, Form, Type};
