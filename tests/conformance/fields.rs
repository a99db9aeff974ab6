//! Reads JSON strictly. A missing field or a wrong type is malformed, and a field that the code
//! does not read is not expressible.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

/// The reason why a scenario does not pass.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The data is wrong. No exclusion covers that.
    Malformed(String),
    /// The map has no counterpart for a part of the scenario.
    NotExpressible(String),
    /// The scenario ran, and this library behaves differently.
    Differs { step: Option<usize>, expected: String, found: String },
    /// The scenario panicked. No exclusion covers that.
    Panicked(String),
}

impl Failure {
    pub(crate) fn inexpressible<T>(what: impl Into<String>) -> Result<T, Self> {
        Err(Self::NotExpressible(what.into()))
    }

    /// Returns an error unless the two values are equal. `step` counts from 1.
    pub(crate) fn unless_equal<T: PartialEq + std::fmt::Debug>(
        step: Option<usize>,
        what: &str,
        expected: &T,
        found: &T,
    ) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        let say = |value: &T| format!("{what} {value:?}");
        Err(Self::Differs { step, expected: say(expected), found: say(found) })
    }
}

/// A type of values in a field.
pub(crate) trait Json: Sized {
    const WHAT: &'static str;
    fn from_json(value: &Value) -> Option<Self>;
}

impl Json for bool {
    const WHAT: &'static str = "true or false";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Json for f64 {
    const WHAT: &'static str = "a number";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl Json for i64 {
    const WHAT: &'static str = "a whole number";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl Json for u64 {
    const WHAT: &'static str = "a whole number, not negative";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Json for u32 {
    const WHAT: &'static str = "a whole number from 0 to 4,294,967,295";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64().and_then(|number| number.try_into().ok())
    }
}

impl Json for String {
    const WHAT: &'static str = "a text";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Json for Duration {
    const WHAT: &'static str = "a number of milliseconds, not negative";
    fn from_json(value: &Value) -> Option<Self> {
        Self::try_from_secs_f64(value.as_f64()? / 1000.0).ok()
    }
}

impl Json for Value {
    const WHAT: &'static str = "a value";
    fn from_json(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl Json for Map<String, Value> {
    const WHAT: &'static str = "an object";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_object().cloned()
    }
}

impl<T: Json> Json for Vec<T> {
    const WHAT: &'static str = "a list";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_json).collect()
    }
}

impl<T: Json> Json for [T; 2] {
    const WHAT: &'static str = "a pair";
    fn from_json(value: &Value) -> Option<Self> {
        Vec::from_json(value)?.try_into().ok()
    }
}

/// Converts a value at a place in the data.
pub(crate) fn typed<T: Json>(value: &Value, place: &str) -> Result<T, Failure> {
    T::from_json(value)
        .ok_or_else(|| Failure::Malformed(format!("{place}: must be {}, is {value}", T::WHAT)))
}

/// An object whose fields must all be read.
pub(crate) struct Fields<'v> {
    place: String,
    of: &'v Map<String, Value>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'v> Fields<'v> {
    /// Reads an object with `body`. A field that `body` does not read is an error.
    pub(crate) fn read<T>(
        value: &'v Value,
        place: &str,
        body: impl FnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(of) = value.as_object() else {
            return Err(Failure::Malformed(format!("{place}: must be an object, is {value}")));
        };
        let fields = Self { place: place.to_owned(), of, asked: RefCell::default() };
        let read = body(&fields)?;
        let asked = fields.asked.borrow();
        match fields.of.iter().find(|(key, _)| !asked.contains(*key)) {
            Some((key, value)) => {
                Failure::inexpressible(format!("{} = {value}: unknown field", fields.place(key)))
            }
            None => Ok(read),
        }
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'v Value> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.of.get(key)
    }

    pub(crate) fn place(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    pub(crate) fn get<T: Json>(&self, key: &str) -> Result<Option<T>, Failure> {
        self.value(key).map(|value| typed(value, &self.place(key))).transpose()
    }

    pub(crate) fn need<T: Json>(&self, key: &str) -> Result<T, Failure> {
        self.get(key)?.ok_or_else(|| self.missing(key))
    }

    /// Reads an object inside this one.
    pub(crate) fn nested<T>(
        &self,
        key: &str,
        body: impl FnOnce(&Fields<'v>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        self.value(key).map(|value| Fields::read(value, &self.place(key), body)).transpose()
    }

    pub(crate) fn missing(&self, key: &str) -> Failure {
        Failure::Malformed(format!("{}: is missing", self.place(key)))
    }

    /// Returns an error for a value of a known field without a counterpart in the map.
    pub(crate) fn unknown<T>(&self, key: &str, value: impl std::fmt::Debug) -> Result<T, Failure> {
        Failure::inexpressible(format!("{} = {value:?}: there is no counterpart", self.place(key)))
    }

    /// Returns an error if a field is present that has no setting here.
    pub(crate) fn no_knob(&self, key: &str, why: &str) -> Result<(), Failure> {
        match self.value(key) {
            Some(value) => Failure::inexpressible(format!("{} = {value}: {why}", self.place(key))),
            None => Ok(()),
        }
    }
}
