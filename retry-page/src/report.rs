//! The contents of the state, serialized by serde.

mod order;
mod rows;

use axum::body::Bytes;
use retry_runtime::registry::{self, BudgetSnapshot, Snapshot};
use retry_runtime::{CircuitState, Mode};
use serde::Serialize;
use tokio::time::Instant;

use crate::fleet::Reading;
use crate::journal::{self, Contents, SPANS};
use crate::list::first_rows;
use order::{by_balance, by_recent_retries, by_urgency};
use rows::{BreakerRow, BudgetRow, ControlRow, EventRow, OperationRow, TransitionRow};

/// One reading of the state.
pub(crate) struct Report {
    now: Instant,
    journal: Contents,
    breakers: Vec<Snapshot>,
    budgets: Vec<BudgetSnapshot>,
    fleet: Option<Reading>,
}

#[derive(Serialize)]
struct Text<'a, F> {
    version: u32,
    control: bool,
    search: &'a str,
    totals: Totals,
    breakers: Vec<BreakerRow<'a>>,
    budgets: Vec<BudgetRow<'a>>,
    operations: Vec<OperationRow<'a>>,
    transitions: Vec<TransitionRow<'a>>,
    controls: Vec<ControlRow<'a>>,
    events: Vec<EventRow<'a>>,
    fleet: Option<F>,
}

#[derive(Serialize)]
struct Totals {
    breakers: BreakerTotals,
    budgets: BudgetTotals,
    operations: OperationTotals,
    rejected: RejectedTotals,
}

#[derive(Serialize)]
struct BreakerTotals {
    listed: usize,
    matching: usize,
    open: usize,
    half_open: usize,
    closed: usize,
    not_enforced: usize,
}

#[derive(Serialize)]
struct BudgetTotals {
    listed: usize,
    matching: usize,
}

#[derive(Serialize)]
struct OperationTotals {
    listed: usize,
    matching: usize,
    recent: [u64; SPANS],
}

#[derive(Serialize)]
struct RejectedTotals {
    all: u64,
    other: u64,
}

impl Report {
    /// Reads the registry and the journal, and adds the reading of the fleet.
    pub(crate) fn read(fleet: Option<Reading>) -> Self {
        let now = Instant::now();
        let breakers = registry::all();
        // The snapshots are sorted by name.
        let find = |name: &str| breakers.binary_search_by(|it| it.name.as_str().cmp(name));
        journal::make_room(|name| find(name).is_ok());
        let journal = journal::contents(now);
        Self { now, journal, breakers, budgets: registry::budgets(), fleet }
    }

    /// Serializes the rows that match a search in lower case.
    pub(crate) fn text(&self, control: bool, search: &str) -> Option<Bytes> {
        let matches = |name: &str| search.is_empty() || name.to_lowercase().contains(search);
        let Contents { operations, transitions, controls, entries, .. } = &self.journal;
        let breakers: Vec<_> = self.breakers.iter().filter(|it| matches(&it.name)).collect();
        let budgets: Vec<_> = self.budgets.iter().filter(|it| matches(&it.name)).collect();
        let operations: Vec<_> = operations.iter().filter(|(name, _)| matches(name)).collect();

        let text = Text {
            version: 2,
            control,
            search,
            totals: Totals {
                breakers: self.breaker_totals(breakers.len()),
                budgets: BudgetTotals { listed: self.budgets.len(), matching: budgets.len() },
                operations: self.operation_totals(operations.len()),
                rejected: RejectedTotals {
                    all: self.journal.all_rejections(),
                    other: self.journal.other_rejections,
                },
            },
            breakers: first_rows(breakers, |one, other| by_urgency(one, other))
                .map(|it| BreakerRow::new(it, &self.journal))
                .collect(),
            budgets: first_rows(budgets, |one, other| by_balance(one, other))
                .map(BudgetRow::new)
                .collect(),
            operations: first_rows(operations, by_recent_retries)
                .map(|(name, it)| OperationRow::new(name, it, self.now))
                .collect(),
            transitions: transitions.iter().map(|it| TransitionRow::new(it, self.now)).collect(),
            controls: controls.iter().map(|it| ControlRow::new(it, self.now)).collect(),
            events: entries.iter().map(|it| EventRow::new(it, self.now)).collect(),
            fleet: self.fleet.as_ref().map(|it| it.row(control, search, self.now)),
        };
        let mut text = serde_json::to_vec(&text).ok()?;
        text.shrink_to_fit();
        Some(text.into())
    }

    fn breaker_totals(&self, matching: usize) -> BreakerTotals {
        let count = |is_one: &dyn Fn(&Snapshot) -> bool| {
            self.breakers.iter().filter(|it| is_one(it)).count()
        };
        BreakerTotals {
            listed: self.breakers.len(),
            matching,
            open: count(&|it| it.state == CircuitState::Open),
            half_open: count(&|it| it.state == CircuitState::HalfOpen),
            closed: count(&|it| it.state == CircuitState::Closed),
            not_enforced: count(&|it| it.mode != Mode::Enforce),
        }
    }

    fn operation_totals(&self, matching: usize) -> OperationTotals {
        let operations = &self.journal.operations;
        let mut recent = [0; SPANS];
        for operation in operations.values() {
            for (sum, retries) in recent.iter_mut().zip(operation.spans) {
                *sum += u64::from(retries);
            }
        }
        OperationTotals { listed: operations.len(), matching, recent }
    }
}
