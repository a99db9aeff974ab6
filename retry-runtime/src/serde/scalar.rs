//! One value of a file, as text.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};

use crate::config::ConfigError;
use crate::name::Escaped;
use crate::settings::Source;

/// A number or a string, spelled as in the environment.
///
/// The same parsers and rules then apply to both, and `0.1` seconds are exactly 100 ms. A number
/// may be in quotes, because layered configuration quotes values from the environment.
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

    // No setting takes a `bool`. As text it breaks the rule of the setting.
    visit_text!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_str: &str);

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        // `Display` drops the fraction that distinguishes `5.0` from a whole number.
        let fraction = if value.is_finite() && value.fract() == 0.0 { ".0" } else { "" };
        Ok(Scalar(format!("{value}{fraction}")))
    }
}

/// A field of a table.
#[derive(Default)]
pub(super) enum Given<T> {
    #[default]
    Missing,
    /// `null`, or its equivalent in the format.
    Null,
    Value(T),
}

impl<T> Given<T> {
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }

    pub(super) fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }
}

/// Reads a table. Each type that [`table!`] declares also has an inherent function `deserialize`,
/// which does not check the keys.
pub(super) fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}

/// Reads a field that is present.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Given<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map_or(Given::Null, Given::Value))
}

/// A value or a table of a file. Settings are found in it by their path, such as `slow_call.rate`.
pub(super) trait Find {
    /// Returns the value at the path, if it is a single number or string.
    fn find(&self, _path: &str) -> Option<&Scalar> {
        None
    }

    /// Returns the path of the first field that is `null`, which is empty for the value itself.
    fn null(&self) -> Option<String> {
        None
    }
}

impl Find for Scalar {
    fn find(&self, path: &str) -> Option<&Scalar> {
        path.is_empty().then_some(self)
    }
}

impl<T: Find> Find for Given<T> {
    fn find(&self, path: &str) -> Option<&Scalar> {
        self.value()?.find(path)
    }

    fn null(&self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Null => Some(String::new()),
            Self::Value(value) => value.null(),
        }
    }
}

impl Find for String {}

/// Returns the path to `rest` in a table's field.
pub(super) fn joined(field: &str, rest: &str) -> String {
    if rest.is_empty() { field.to_owned() } else { format!("{field}.{rest}") }
}

/// A table whose keys must be plain text, because serde's message shows an unknown key unescaped.
pub(super) struct PlainKeys<A>(pub(super) A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for PlainKeys<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.0.next_key::<String>()? else { return Ok(None) };
        let shown = Escaped(&key).to_string();
        if shown != key {
            return Err(Error::custom(format_args!(
                "unknown field `{shown}`: no field has such characters in its name"
            )));
        }
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// Declares a table: its name, the expectation in errors, the required fields in brackets, and the
/// optional fields. A field without a type is a [`Scalar`].
macro_rules! table {
    (@type) => { Scalar };
    (@type $type:ty) => { $type };
    (
        $name:ident, $expecting:literal:
        [$($needed:ident $(: $needed_type:ty)?),*] $($field:ident $(: $type:ty)?),* $(,)?
    ) => {
        // With `remote`, the derived code is an inherent function, which the trait implementation
        // calls.
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, remote = "Self")]
        struct $name {
            $(
                #[serde(deserialize_with = "crate::serde::scalar::given")]
                $needed: crate::serde::scalar::Given<
                    $crate::serde::scalar::table!(@type $($needed_type)?)
                >,
            )*
            $(
                #[serde(default, deserialize_with = "crate::serde::scalar::given")]
                $field: crate::serde::scalar::Given<
                    $crate::serde::scalar::table!(@type $($type)?)
                >,
            )*
        }

        impl<'de> serde::de::Deserialize<'de> for $name {
            fn deserialize<D: serde::de::Deserializer<'de>>(table: D) -> Result<Self, D::Error> {
                struct Table;

                impl<'de> serde::de::Visitor<'de> for Table {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        map: A,
                    ) -> Result<$name, A::Error> {
                        let map = crate::serde::scalar::PlainKeys(map);
                        $name::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                table.deserialize_map(Table)
            }
        }

        impl Find for $name {
            fn find(&self, path: &str) -> Option<&Scalar> {
                let (field, rest) = path.split_once('.').unwrap_or((path, ""));
                match field {
                    $(stringify!($needed) => self.$needed.find(rest),)*
                    $(stringify!($field) => self.$field.find(rest),)*
                    _ => None,
                }
            }

            fn null(&self) -> Option<String> {
                let join = $crate::serde::scalar::joined;
                None
                    $(.or_else(|| Some(join(stringify!($needed), &self.$needed.null()?))))*
                    $(.or_else(|| Some(join(stringify!($field), &self.$field.null()?))))*
            }
        }
    };
}
pub(super) use table;

/// Checks that no field is `null`. No setting has this value, and it could mean the default, zero
/// or no limit.
pub(super) fn check_nulls(table: &impl Find) -> Result<(), ConfigError> {
    let rule = "must not be null: write a value, or leave the field out";
    table.null().map_or(Ok(()), |path| Err(ConfigError::new(path, "null", rule)))
}

/// Creates a source of the settings in a table.
pub(super) fn source(table: &impl Find) -> Result<Source<'_>, ConfigError> {
    check_nulls(table)?;
    Ok(Source::new(None, |path| table.find(&path).map(|Scalar(text)| OsString::from(text))))
}

/// Writes a duration in the form in which it is read, to the nanosecond: `2s`, `500ms`,
/// `1.000000001s`.
pub(super) fn written(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    match (seconds, nanos) {
        (_, 0) => format!("{seconds}s"),
        (0, _) if nanos % 1_000_000 == 0 => format!("{}ms", nanos / 1_000_000),
        _ => format!("{seconds}.{nanos:09}").trim_end_matches('0').to_owned() + "s",
    }
}
