//! Labels whose values are names, and the limits on their values.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use crate::name::{self, Named};

/// A label whose values are names, with the values seen so far.
pub(super) struct Names {
    pub(super) label: &'static str,
    /// The index of the label.
    index: usize,
    all: Mutex<Named<Value>>,
}

/// The number of labels whose values are names.
pub(super) const LABELS: usize = 5;

pub(super) static OPERATIONS: Names = Names::new("operation", 0);
pub(super) static BREAKERS: Names = Names::new("breaker", 1);
pub(super) static SETS: Names = Names::new("breakers", 2);
pub(super) static BUDGETS: Names = Names::new("budget", 3);
#[cfg(feature = "fleet")]
pub(super) static GROUPS: Names = Names::new("group", 4);

/// A value and its number.
type Value = (&'static str, usize);

/// The value of names beyond the limit.
const OTHER: Value = ("other", 0);

/// A value of a label whose values are names.
#[derive(Clone, Copy)]
pub(super) struct LabelValue {
    pub(super) names: &'static Names,
    pub(super) text: &'static str,
    /// The number of the value within its label; 0 for `other`.
    pub(super) number: usize,
}

impl LabelValue {
    pub(super) const fn is_other(self) -> bool {
        self.number == OTHER.1
    }

    /// Returns the index of the label and the number of the value.
    pub(super) const fn place(self) -> (usize, usize) {
        (self.names.index, self.number)
    }
}

thread_local! {
    /// The values of each label that this thread has used. It takes the lock only for a name that
    /// is new to the thread. At the first `other`, the thread copies all values and needs no lock
    /// after that.
    static KNOWN: RefCell<[Named<Value>; LABELS]> = RefCell::default();
}

impl Names {
    const fn new(label: &'static str, index: usize) -> Self {
        Self { label, index, all: Mutex::new(Named::new()) }
    }

    /// Returns the value for a name; `other` for a new name if the label is full.
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
        // The thread-local is gone if the thread is ending.
        let (text, number) = known.unwrap_or_else(|_| self.value(name, |_| {}));
        LabelValue { names: self, text, number }
    }

    /// Returns the value for a name. If it is `other`, passes all values to `full`.
    fn value(&self, name: &str, full: impl FnOnce(&Named<Value>)) -> Value {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = all.get(name) {
            return *value;
        }
        if all.is_full() {
            full(&all);
            return OTHER;
        }
        // Escaped, because some exporters' output reaches a terminal unchanged. Leaked, because the
        // exporter may keep it until the process ends.
        let value = (&*Box::leak(Box::<str>::from(name::escaped(name))), all.0.len() + 1);
        all.insert(name.to_owned(), value);
        value
    }
}
