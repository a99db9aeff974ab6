//! The actions of operators, and who takes them.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use super::excerpt::Excerpt;
use super::reports::Reports;
use super::{Event, LogLevel, emit};
use crate::clock;
use crate::name;
use crate::text_enum::text_enum;

text_enum! {
    /// What an operator did. The names are a stable contract.
    pub(crate) enum Action {
        Trip = "trip",
        HalfOpen = "half_open",
        ForceOpen = "force_open",
        ForceClosed = "force_closed",
        Reset = "reset",
        SetMode = "set_mode",
        Reconfigure = "reconfigure",
        Configure = "configure",
        Refused = "refused",
    }
}

thread_local! {
    static OPERATOR: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

/// Names the operator whose actions a closure performs, for the field `by` of [`Event::Control`].
///
/// The name applies to this thread until the closure returns. Without it, the operator is
/// `program`. The page of the crate `retry-page` acts as `page`, unless the application tells it
/// who is logged in.
///
/// Line breaks and other characters that cannot be printed are escaped in the name, which is then
/// cut at 100 characters.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreaker, observe};
///
/// static LEDGER: CircuitBreaker = CircuitBreaker::new("ledger");
///
/// observe::acting_as("migration", || LEDGER.force_open());
/// ```
pub fn acting_as<R>(operator: &str, act: impl FnOnce() -> R) -> R {
    struct Restore(Option<Rc<str>>);

    impl Drop for Restore {
        fn drop(&mut self) {
            OPERATOR.set(self.0.take());
        }
    }

    let _restore = Restore(OPERATOR.replace(Some(operator_name(operator).into())));
    act()
}

/// Returns the name of an operator, escaped and then cut.
pub(super) fn operator_name(operator: &str) -> String {
    let name = name::escaped(name::start(operator, name::SHOWN));
    name::start(&name, name::SHOWN).to_owned()
}

/// Reports what an operator has done to a breaker, and what was set.
#[cold]
pub(crate) fn report_action(breaker: &str, action: Action, detail: Option<&dyn Display>) {
    report(breaker, action, detail.map(Excerpt::of_text), None);
}

/// Reports that an action on a breaker was refused, for instance because of a wrong token.
///
/// Emits [`Event::Control`] with the action `refused`, at most once a second, so that somebody who
/// guesses tokens cannot flood the log. The event says how many refusals since the previous one
/// were left out.
pub fn report_refusal() {
    static REFUSALS: Reports = Reports::new();
    let Some(left_out) = REFUSALS.pass(clock::nanos()) else { return };
    // Which breaker was meant is not known: the request is not read.
    report("(unknown)", Action::Refused, None, (left_out > 0).then_some(left_out));
}

fn report(breaker: &str, action: Action, detail: Option<Excerpt<'_>>, left_out: Option<u64>) {
    // Cloned, since a listener may act, too. A thread that ends has no thread-local any more.
    let operator = OPERATOR.try_with(|operator| operator.borrow().clone()).ok().flatten();
    let by = operator.as_deref().unwrap_or("program");
    let action = action.as_str();
    emit(LogLevel::Info, &Event::Control { breaker, action, by, detail, left_out });
}
