//! The names of breakers and sets on the wire.

use crate::wire::{hashed_key_name, key_name};

/// The mapping from names of breakers to names on the wire.
#[derive(Clone, Default)]
pub(crate) struct Names {
    /// If true, breakers of keyed sets have hashed names on the wire.
    hash_keys: bool,
    /// The shared sets.
    sets: Vec<String>,
}

impl Names {
    pub(crate) fn new(hash_keys: bool) -> Self {
        Self { hash_keys, sets: Vec::new() }
    }

    pub(crate) fn add_set(&mut self, set: &str) {
        self.sets.push(set.to_owned());
    }

    /// Returns the shared set to which a breaker of this name belongs, if it is a key's breaker. If
    /// the name of one set is a prefix of another's, the longest match counts.
    pub(crate) fn set_of(&self, breaker: &str) -> Option<&str> {
        let has = |set: &&String| {
            breaker.strip_prefix(set.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.sets.iter().filter(has).max_by_key(|set| set.len()).map(String::as_str)
    }

    /// Returns the name of a key's breaker.
    pub(crate) fn of_key(&self, breaker: &str) -> String {
        if self.hash_keys { hashed_key_name(breaker) } else { key_name(breaker) }
    }

    /// Returns the name of any breaker.
    pub(crate) fn of(&self, breaker: &str) -> String {
        if self.set_of(breaker).is_some() { self.of_key(breaker) } else { key_name(breaker) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_are_hashed() {
        let mut names = Names::new(true);
        names.add_set("models");
        names.add_set("models/eu");
        assert_eq!(names.set_of("models/eu/a"), Some("models/eu"));
        assert_eq!(names.set_of("models-a"), None);
        assert_eq!(names.of("orders"), "orders");
        assert!(names.of("models/acme").starts_with("sha256:"));
        assert_eq!(Names::new(false).of("models/acme"), "models/acme");
    }
}
