//! One value of a file, as text.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::settings::Source;

/// A number or a string, spelled as the environment spells it.
///
/// So one set of parsers and rules serves both, and `0.1` seconds are exactly 100 ms. A number may
/// be in quotes, since layered configuration hands on in quotes what came from the environment.
pub(super) struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

macro_rules! visit_text {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E: Error>(self, value: $type) -> Result<Scalar, E> {
            Ok(Scalar(value.to_string()))
        }
    )*};
}

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a string")
    }

    // No setting takes a `bool`; as text it is refused by the rule of the setting.
    visit_text!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_str: &str);

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        // `Display` drops the fraction that distinguishes `5.0` from a whole number.
        let fraction = if value.is_finite() && value.fract() == 0.0 { ".0" } else { "" };
        Ok(Scalar(format!("{value}{fraction}")))
    }
}

/// A value or a table of a file, in which a setting is found by its path: `slow_call.rate`.
pub(super) trait Find {
    /// Returns the value at the path, if it is one number or string.
    fn find(&self, _path: &str) -> Option<&Scalar> {
        None
    }
}

impl Find for Scalar {
    fn find(&self, path: &str) -> Option<&Scalar> {
        path.is_empty().then_some(self)
    }
}

impl<T: Find> Find for Option<T> {
    fn find(&self, path: &str) -> Option<&Scalar> {
        self.as_ref()?.find(path)
    }
}

impl Find for String {}

/// Declares a table with the fields that it may have, and what is expected in its place. A field
/// without a type is an optional [`Scalar`].
macro_rules! table {
    (@type) => { Option<Scalar> };
    (@type $type:ty) => { $type };
    ($name:ident, $expecting:literal: $($field:ident $(: $type:ty)?),* $(,)?) => {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, expecting = $expecting)]
        struct $name {
            $($field: $crate::serde::scalar::table!(@type $($type)?),)*
        }

        impl Find for $name {
            fn find(&self, path: &str) -> Option<&Scalar> {
                let (field, rest) = path.split_once('.').unwrap_or((path, ""));
                match field {
                    $(stringify!($field) => self.$field.find(rest),)*
                    _ => None,
                }
            }
        }
    };
}
pub(super) use table;

/// Creates a source of the settings in a table.
pub(super) fn source(table: &impl Find) -> Source<'_> {
    Source::new(None, |path| table.find(&path).map(|Scalar(text)| OsString::from(text)))
}

/// Writes a duration as it is read, to the nanosecond: `2s`, `500ms`, `1.000000001s`.
pub(super) fn written(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    match (seconds, nanos) {
        (_, 0) => format!("{seconds}s"),
        (0, _) if nanos % 1_000_000 == 0 => format!("{}ms", nanos / 1_000_000),
        _ => format!("{seconds}.{nanos:09}").trim_end_matches('0').to_owned() + "s",
    }
}
