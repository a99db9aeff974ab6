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

/// Creates a source of settings from fields and their paths.
pub(super) fn source<'a>(
    fields: &'a [(&'static str, Option<&'a Scalar>)],
) -> Source<'static, impl Fn(String) -> Option<OsString> + 'a> {
    Source::of_file(move |asked: String| {
        let (_, value) = fields.iter().find(|(path, _)| *path == asked)?;
        value.map(|Scalar(text)| OsString::from(text))
    })
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
