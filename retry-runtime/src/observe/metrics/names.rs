//! The values that the labels with names take.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use crate::name::{MOST, Named};

/// A label whose values are names, and those that it has so far.
pub(super) struct Names {
    pub(super) label: &'static str,
    /// Which of the labels.
    index: usize,
    all: Mutex<Vec<&'static str>>,
}

/// How many labels have names.
pub(super) const LABELS: usize = 4;

pub(super) static OPERATIONS: Names = Names::new("operation", 0);
pub(super) static BREAKERS: Names = Names::new("breaker", 1);
pub(super) static SETS: Names = Names::new("breakers", 2);
pub(super) static BUDGETS: Names = Names::new("budget", 3);

/// A value of a label with names.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) label: &'static Names,
    pub(super) value: &'static str,
    /// Its number among the values, [`MOST`] if it is `other`.
    pub(super) number: usize,
}

impl Name {
    pub(super) const fn is_other(self) -> bool {
        self.number == MOST
    }

    /// Returns the place of its label, and its own.
    pub(super) const fn place(self) -> (usize, usize) {
        (self.label.index, self.number)
    }
}

/// A value and its number.
type Value = (&'static str, usize);

thread_local! {
    /// The values of each label as far as this thread knows them, so that it takes a lock only for
    /// a name that is new to it.
    static KNOWN: RefCell<[Named<Value>; LABELS]> = RefCell::default();
}

impl Names {
    const fn new(label: &'static str, index: usize) -> Self {
        Self { label, index, all: Mutex::new(Vec::new()) }
    }

    /// Returns the value for a name, which is `other` if there are too many.
    pub(super) fn of(&'static self, name: &str) -> Name {
        let known = KNOWN.try_with(|known| {
            let known = &mut known.borrow_mut()[self.index];
            if let Some(value) = known.get(name) {
                return Some(*value);
            }
            if !known.is_full() {
                for value in self.since(known.0.len(), name) {
                    known.insert(value.0.to_owned(), value);
                }
            }
            known.get(name).copied()
        });
        // A thread that ends has no thread-local any more.
        let found = known
            .unwrap_or_else(|_| self.since(0, name).into_iter().find(|(value, _)| *value == name));
        let (value, number) = found.unwrap_or(("other", MOST));
        Name { label: self, value, number }
    }

    /// Returns the values from this number on, among them the name if there was room for it.
    fn since(&self, first: usize, name: &str) -> Vec<Value> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST && !all.contains(&name) {
            // For the life of the process, as long as the exporter may keep it.
            all.push(Box::leak(name.into()));
        }
        all.iter().copied().zip(0..).skip(first).collect()
    }
}
