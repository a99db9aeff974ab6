//! Types whose value in a file is one word, and lists of them.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::scalar::Find;
use crate::backoff::Jitter;
use crate::circuit_state::CircuitState;
use crate::config::{ConfigError, Mode};
use crate::failure::{FailureKind, FailureKinds};

/// Parses one of the words, ignoring case and surrounding white space.
pub(super) fn parse<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|value| text.trim().eq_ignore_ascii_case(word(*value)))
}

/// Parses one of the words, or returns an error that lists them.
fn read<T: Copy>(
    place: &'static str,
    text: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, ConfigError> {
    parse(text, all, word).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|value| word(*value)).collect();
        ConfigError::new(place, text, format!("must be one of `{}`", words.join("`, `")))
    })
}

macro_rules! words {
    ($($type:ident, $place:expr;)*) => {$(
        /// Reads one of the words, ignoring case.
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                read($place, &text, &Self::LIST, Self::as_str).map_err(D::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

/// The place of a kind in an error without a field.
const KIND: &str = "failure kind";

words! {
    Mode, "mode";
    Jitter, "jitter";
    FailureKind, KIND;
    CircuitState, "state";
}

/// A list of kinds as written, including `null`. It is parsed once the field is known.
pub(super) struct KindNames(Vec<Option<String>>);

impl Find for KindNames {}

impl KindNames {
    pub(super) fn kinds(&self, place: &'static str) -> Result<FailureKinds, ConfigError> {
        self.0.iter().try_fold(FailureKinds::NONE, |kinds, name| {
            let name = name.as_deref().unwrap_or("null");
            Ok(kinds.with(read(place, name, &FailureKind::LIST, FailureKind::as_str)?))
        })
    }
}

impl<'de> Deserialize<'de> for KindNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(KindNamesVisitor)
    }
}

struct KindNamesVisitor;

impl<'de> Visitor<'de> for KindNamesVisitor {
    type Value = KindNames;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a list of failure kinds, such as `["timeout", "unavailable"]`"#)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<KindNames, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(KindNames)
    }
}

/// Reads a list of kinds: `["timeout", "unavailable"]`.
impl<'de> Deserialize<'de> for FailureKinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = KindNames::deserialize(deserializer)?;
        names.kinds(KIND).map_err(D::Error::custom)
    }
}

impl Serialize for FailureKinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(FailureKind::LIST.iter().filter(|kind| self.contains(**kind)))
    }
}
