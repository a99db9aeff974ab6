//! The operation names of methods.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

/// Names by module, function and type.
static NAMES: RwLock<Option<HashMap<Key, &'static str>>> = RwLock::new(None);

type Key = (&'static str, &'static str, &'static str);

/// A call site in a method. Its operation is named `module::Type::function`.
///
/// Each name is made once, and only where an event needs it.
pub struct Method {
    module: &'static str,
    function: &'static str,
    /// The first type that was asked for, with its name: mostly the only one.
    first: OnceLock<(&'static str, &'static str)>,
}

impl Method {
    /// A method of this name in a module.
    #[must_use]
    #[inline]
    pub const fn new(module: &'static str, function: &'static str) -> Self {
        Self { module, function, first: OnceLock::new() }
    }

    /// The operation's name where `Self` is `T`.
    #[must_use]
    #[inline]
    pub fn name<T: ?Sized>(&'static self) -> &'static str {
        self.name_in(type_name::<T>())
    }

    #[cold]
    fn name_in(&'static self, ty: &'static str) -> &'static str {
        let (first, name) = *self.first.get_or_init(|| (ty, self.interned(ty)));
        if first == ty { name } else { self.interned(ty) }
    }

    fn interned(&self, ty: &'static str) -> &'static str {
        let key = (self.module, self.function, ty);
        let known = NAMES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.as_ref().and_then(|names| names.get(&key)) {
            return name;
        }
        drop(known);
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        if let Some(name) = names.get(&key) {
            return name;
        }
        let text = self.text(ty);
        // Types that differ in their generic arguments share a name.
        let shared = names.values().copied().find(|name| *name == text);
        let name = shared.unwrap_or_else(|| text.leak());
        names.insert(key, name);
        name
    }

    fn text(&self, ty: &str) -> String {
        let Self { module, function, .. } = self;
        match short(ty) {
            Some(ty) => format!("{module}::{ty}::{function}"),
            None => format!("{module}::{function}"),
        }
    }
}

/// The last segment of a type's path without generic arguments; nothing for tuples, slices and the like.
///
/// The text of `type_name` is not specified by the language: if it changes, names become shorter.
fn short(ty: &str) -> Option<&str> {
    let ty = ty.trim_start_matches('&').trim_start_matches("mut ").trim_start_matches("dyn ");
    let path = ty.split('<').next()?;
    if path.contains(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
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
        for other in ["(u8, u16)", "[u8]", "dyn my::A + my::B", "fn(u8) -> u8", "[u8; 4]", ""] {
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
