//! The values that the labels with names take.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use crate::name::{self, Named};

/// A label whose values are names, and those that it has so far.
pub(super) struct Names {
    pub(super) label: &'static str,
    /// The index of the label.
    index: usize,
    all: Mutex<Named<Value>>,
}

/// How many labels have names.
pub(super) const LABELS: usize = 5;

pub(super) static OPERATIONS: Names = Names::new("operation", 0);
pub(super) static BREAKERS: Names = Names::new("breaker", 1);
pub(super) static SETS: Names = Names::new("breakers", 2);
pub(super) static BUDGETS: Names = Names::new("budget", 3);
#[cfg(feature = "fleet")]
pub(super) static GROUPS: Names = Names::new("group", 4);

/// A value and its number.
type Value = (&'static str, usize);

/// The value of names that get none of their own.
const OTHER: Value = ("other", 0);

/// A value of a label with names.
#[derive(Clone, Copy)]
pub(super) struct LabelValue {
    pub(super) names: &'static Names,
    pub(super) text: &'static str,
    /// Its number among the values of the label, 0 for `other`.
    pub(super) number: usize,
}

impl LabelValue {
    pub(super) const fn is_other(self) -> bool {
        self.number == OTHER.1
    }

    /// Returns the place of its label, and its own.
    pub(super) const fn place(self) -> (usize, usize) {
        (self.names.index, self.number)
    }
}

thread_local! {
    /// The values of each label that this thread has met, so that it takes a lock only for a name
    /// that is new to it. Once a name gets `other`, the thread copies all values and needs no lock.
    static KNOWN: RefCell<[Named<Value>; LABELS]> = RefCell::default();
}

impl Names {
    const fn new(label: &'static str, index: usize) -> Self {
        Self { label, index, all: Mutex::new(Named::new()) }
    }

    /// Returns the value for a name, which is `other` if there are too many.
    pub(super) fn of(&'static self, name: &str) -> LabelValue {
        let known = KNOWN.try_with(|known| {
            let known = &mut known.borrow_mut()[self.index];
            if let Some(value) = known.get(name) {
                return *value;
            }
            if known.is_full() {
                return OTHER;
            }
            let value = self.value(name, |all| *known = all.clone());
            if value != OTHER {
                known.insert(name.to_owned(), value);
            }
            value
        });
        // A thread that ends has no thread-local any more.
        let (text, number) = known.unwrap_or_else(|_| self.value(name, |_| {}));
        LabelValue { names: self, text, number }
    }

    /// Returns the value for a name. If that is `other`, all values are passed to `full`.
    fn value(&self, name: &str, full: impl FnOnce(&Named<Value>)) -> Value {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = all.get(name) {
            return *value;
        }
        if all.is_full() {
            full(&all);
            return OTHER;
        }
        // Escaped, because the text of some exporters reaches a terminal as it is. Leaked, because
        // the exporter may keep it for the life of the process.
        let value = (&*Box::leak(Box::<str>::from(name::escaped(name))), all.0.len() + 1);
        all.insert(name.to_owned(), value);
        value
    }
}
