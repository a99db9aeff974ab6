//! Names in the form of keys, hashes and pushes.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::text;

/// The maximum number of bytes of a name that is used as it is.
const PLAIN: usize = 64;

/// Returns the name of the wire for a text: the text itself, or its SHA-256. The hash replaces a
/// text that is empty, longer than 64 bytes, or has a byte that names of the wire must not have.
///
/// No text of up to 64 bytes looks like a hash, so two texts never share a name.
#[must_use]
pub fn key_name(text: &str) -> String {
    if text.len() <= PLAIN && text::is_name(text.as_bytes()) {
        text.to_owned()
    } else {
        hashed_key_name(text)
    }
}

/// Returns the name of the wire that hides a text: `sha256:` and the hash in lower-case hex.
#[must_use]
pub fn hashed_key_name(text: &str) -> String {
    let mut name = "sha256:".to_owned();
    for byte in Sha256::digest(text) {
        // Writing to a `String` cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
