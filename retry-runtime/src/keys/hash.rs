//! The hash of keys: std's, with a random seed, so that nobody can choose keys that collide.

use std::hash::{BuildHasher, Hasher};

use crate::sync::RandomState;

/// The seed of one map.
#[derive(Clone, Default)]
pub(super) struct Seed(RandomState);

/// The hash of one string.
///
/// std hands over a string in one piece, which is hashed at once: std's own hasher would keep its
/// state in memory between pieces. Several pieces count too, since std does not specify this.
pub(super) struct KeyHasher {
    seed: Seed,
    hash: u64,
}

impl BuildHasher for Seed {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { seed: self.clone(), hash: 0 }
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut hasher = self.seed.0.build_hasher();
        hasher.write(bytes);
        self.hash = self.hash.rotate_left(1) ^ hasher.finish();
    }

    /// Ignores the byte that `str` adds at its end. It separates several strings, and a key is one.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_byte_of_a_key_counts() {
        let seed = Seed::default();
        let key = "a key that is longer than a block of the hash";
        let mut hashes: BTreeSet<_> =
            (0..=key.len()).map(|end| seed.hash_one(&key[..end])).collect();
        hashes.extend(
            (0..key.len()).map(|at| seed.hash_one(key[..at].to_owned() + "_" + &key[at + 1..])),
        );
        assert_eq!(hashes.len(), 2 * key.len() + 1);
    }

    #[test]
    fn each_piece_counts() {
        let seed = Seed::default();
        let hash = |pieces: &[&str]| {
            let mut hasher = seed.build_hasher();
            for piece in pieces {
                hasher.write(piece.as_bytes());
            }
            hasher.finish()
        };
        assert_ne!(hash(&["a", "c"]), hash(&["b", "c"]));
        assert_ne!(hash(&["a", "b"]), hash(&["b", "a"]));
        assert_eq!(hash(&["key"]), seed.hash_one("key"));
    }

    #[test]
    fn two_maps_have_different_seeds() {
        assert_ne!(Seed::default().hash_one("key"), Seed::default().hash_one("key"));
    }
}
