//! Operator actions and the operators' names.

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
    /// An operator action. The names are a stable contract.
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

/// Runs a closure, and attributes its actions to the named operator in the field `by` of
/// [`Event::Control`].
///
/// The name applies to this thread until the closure returns. Without a name, the operator is
/// `program`. The page of the crate `retry-page` acts as `page`, unless the application provides
/// the name of the logged-in operator.
///
/// Line breaks and other unprintable characters in the name are escaped. The result is cut at 100
/// characters.
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

/// Returns the operator's name, escaped and then cut.
pub(super) fn operator_name(operator: &str) -> String {
    let name = name::escaped(name::start(operator, name::SHOWN));
    name::start(&name, name::SHOWN).to_owned()
}

/// Reports an operator action on a breaker, with the settings as its detail.
#[cold]
pub(crate) fn report_action(breaker: &str, action: Action, detail: Option<&dyn Display>) {
    report(breaker, action, detail.map(Excerpt::of_text), None);
}

/// Reports that an action on a breaker was refused, for example because of a wrong token.
///
/// Emits [`Event::Control`] with the action `refused`, at most once per second, so that a client
/// that guesses tokens cannot flood the log. The field `left_out` counts the refusals that were
/// left out since the previous event.
pub fn report_refusal() {
    static REFUSALS: Reports = Reports::new();
    let Some(left_out) = REFUSALS.pass(clock::nanos()) else { return };
    // The request is not read, so the breaker is unknown.
    report("(unknown)", Action::Refused, None, (left_out > 0).then_some(left_out));
}

fn report(breaker: &str, action: Action, detail: Option<Excerpt<'_>>, left_out: Option<u64>) {
    // Cloned, because a listener may itself call `acting_as`. The thread-local is gone if the
    // thread is ending.
    let operator = OPERATOR.try_with(|operator| operator.borrow().clone()).ok().flatten();
    let by = operator.as_deref().unwrap_or("program");
    let action = action.as_str();
    emit(LogLevel::Info, &Event::Control { breaker, action, by, detail, left_out });
}
