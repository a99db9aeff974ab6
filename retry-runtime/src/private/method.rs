//! The operation names of methods.

use std::any::type_name;
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The names created so far. Types that differ only in their generic arguments share a name.
static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

/// A call site in a method. Its operation is named `module::Type::function`.
///
/// Each name is created once, and only if an event needs it.
pub struct Method {
    module: &'static str,
    function: &'static str,
    /// The first type whose name was requested, usually the only one, with its name.
    first: OnceLock<(&'static str, &'static str)>,
}

impl Method {
    /// Creates a call site for a method of this name in a module.
    #[must_use]
    pub const fn new(module: &'static str, function: &'static str) -> Self {
        Self { module, function, first: OnceLock::new() }
    }

    /// Returns the operation's name for `Self = T`.
    #[must_use]
    pub fn name<T: ?Sized>(&'static self) -> &'static str {
        self.name_in(type_name::<T>())
    }

    #[cold]
    fn name_in(&'static self, ty: &'static str) -> &'static str {
        let (first, name) = *self.first.get_or_init(|| (ty, self.interned(ty)));
        if first == ty { name } else { self.interned(ty) }
    }

    fn interned(&self, ty: &str) -> &'static str {
        let Self { module, function, .. } = self;
        let text = match short(ty) {
            Some(ty) => format!("{module}::{ty}::{function}"),
            None => format!("{module}::{function}"),
        };
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(text.as_str()) {
            return name;
        }
        let name: &str = text.leak();
        names.insert(name);
        name
    }
}

/// Returns the last segment of a type's path without generic arguments, or `None` for tuples,
/// slices and similar types.
///
/// The language does not specify the text of `type_name`. If the text changes, names become
/// shorter.
fn short(ty: &str) -> Option<&str> {
    let ty = ty.trim_start_matches('&').trim_start_matches("mut ").trim_start_matches("dyn ");
    let path = ty.split('<').next()?;
    // The path of a type that is declared in a closure or in an async function contains
    // `{{closure}}`.
    if path.contains(|c: char| !(c.is_alphanumeric() || "_:{}#".contains(c))) {
        return None;
    }
    let last = path.rsplit("::").next()?;
    last.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_the_last_segment_of_its_path() {
        assert_eq!(short("my::Client"), Some("Client"));
        assert_eq!(short("my::Client<alloc::string::String>"), Some("Client"));
        assert_eq!(short("&my::Client"), Some("Client"));
        assert_eq!(short("&mut my::Client"), Some("Client"));
        assert_eq!(short("dyn my::Service"), Some("Service"));
        assert_eq!(short("str"), Some("str"));
        assert_eq!(short("my::main::{{closure}}::Client<u8>"), Some("Client"));
        assert_eq!(short("my::{impl#0}::get::Client"), Some("Client"));
        for other in [
            "(u8, u16)",
            "[u8]",
            "dyn my::A + my::B",
            "fn(u8) -> u8",
            "[u8; 4]",
            "my::{{closure}}",
            "",
        ] {
            assert_eq!(short(other), None, "{other}");
        }
    }

    #[test]
    fn generic_instances_share_one_name() {
        static GET: Method = Method::new("module", "get");
        let first = GET.name::<Vec<u8>>();
        assert_eq!(first, "module::Vec::get");
        assert!(std::ptr::eq(first, GET.name::<Vec<u16>>()));
        assert_eq!(GET.name::<Option<u8>>(), "module::Option::get");
        assert_eq!(GET.name::<(u8, u8)>(), "module::get");
    }
}
