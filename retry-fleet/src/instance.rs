//! The names that identify a process in its group.

use std::hash::{BuildHasher, RandomState};
use std::process;

/// The maximum number of bytes of an instance's name.
const LONGEST: usize = 64;

/// Returns whether a text can be the name of an instance.
pub(crate) fn is_valid(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"{|}".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// Returns the host's name. Characters that are invalid in an instance's name become `-`.
pub(crate) fn host() -> String {
    let name = hostname::get().unwrap_or_default();
    let name: String = name
        .to_string_lossy()
        .chars()
        .map(|c| if is_valid(c.encode_utf8(&mut [0; 4])) { c } else { '-' })
        .take(LONGEST)
        .collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// Returns a unique name: the host's, the process id, and a random number, because process ids
/// start from 1 in each container.
pub(crate) fn unique(host: &str) -> String {
    // The seeds of std's hash tables are random.
    let random = RandomState::new().hash_one(0) >> 32;
    let end = format!("-{}-{random:08x}", process::id());
    // The host's name is ASCII, so any cut is between characters.
    format!("{}{end}", &host[..host.len().min(LONGEST - end.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_differ() {
        let host = "h".repeat(LONGEST);
        let (one, other) = (unique(&host), unique(&host));
        assert!(is_valid(&one), "{one}");
        assert_ne!(one, other);
        assert!(is_valid(&super::host()));
    }

    #[test]
    fn a_name_has_no_separator_of_the_wire() {
        for name in ["", "a b", "a|b", "{a}", "ä", "a\n", &"a".repeat(65)] {
            assert!(!is_valid(name), "{name:?}");
        }
    }
}
