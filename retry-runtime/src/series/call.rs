//! The inputs of the decision after a failure, other than the failure itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::budget::RetryBudget;
use crate::config::{Mode, RetryConfig, Rule, overrides};
use crate::observe::{self, Event, LogLevel, Reason, Reported};
use crate::random;
use crate::session::{Decision, Failure, Progress};
use crate::timeout::Deadline;

/// The budget of a call.
#[derive(Clone, Copy)]
enum Budget<'c> {
    /// The registry lists it at its first withdrawal, if it has a name.
    Static(&'static RetryBudget),
    Borrowed(&'c RetryBudget),
}

impl Budget<'_> {
    #[inline(never)]
    fn withdraw(self) -> bool {
        match self {
            Self::Static(budget) => budget.try_withdraw_static(),
            Self::Borrowed(budget) => budget.try_withdraw(),
        }
    }
}

/// The invalid policies of one call site that have already been reported.
pub struct PolicyReports {
    rule: AtomicBool,
    budget: AtomicBool,
}

impl PolicyReports {
    /// Creates a record in which nothing has been reported.
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self { rule: AtomicBool::new(false), budget: AtomicBool::new(false) }
    }
}

/// The inputs of the decision after a failure, other than the failure itself.
pub struct Call<'c> {
    policy: &'c RetryConfig,
    operation: &'c str,
    deadline: Option<&'c Deadline>,
    budget: Option<Budget<'c>>,
    /// The reports of the call site, if the policy was evaluated after the failure.
    reported: Option<&'c PolicyReports>,
    hook: Option<&'c mut dyn FnMut(&Event<'_>)>,
}

impl<'c> Call<'c> {
    /// Creates the inputs for a call with this policy and this name in events.
    #[must_use]
    pub fn new(policy: &'c RetryConfig, operation: &'c str) -> Self {
        let budget = policy.budget.map(Budget::Static);
        Self { policy, operation, deadline: None, budget, reported: None, hook: None }
    }

    /// Like [`new`](Self::new), with a policy that was evaluated after the failure. Its budget got
    /// no deposit when the sequence began, and is not used.
    #[must_use]
    pub fn evaluated(
        policy: &'c RetryConfig,
        operation: &'c str,
        reported: &'c PolicyReports,
    ) -> Self {
        Self { budget: None, reported: Some(reported), ..Self::new(policy, operation) }
    }

    /// Sets the deadline. No wait starts that would end after it.
    #[must_use]
    pub fn before(mut self, deadline: Option<&'c Deadline>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Takes the tokens of retries from this budget instead of the policy's.
    #[must_use]
    pub fn within(mut self, budget: &'c RetryBudget) -> Self {
        self.budget = Some(Budget::Borrowed(budget));
        self
    }

    /// Like [`within`](Self::within), with a `'static` budget.
    #[must_use]
    pub fn within_static(mut self, budget: &'static RetryBudget) -> Self {
        self.budget = Some(Budget::Static(budget));
        self
    }

    /// Sets the hook that is called for each retry before its wait.
    #[must_use]
    pub fn reporting_to(mut self, hook: &'c mut dyn FnMut(&Event<'_>)) -> Self {
        self.hook = Some(hook);
        self
    }

    /// Decides what follows the failure of the current attempt, and reports the decision. Returns
    /// the wait before the next attempt, if there is one.
    #[inline(never)]
    pub(crate) fn after(&mut self, progress: Progress, failure: &Failure<'_>) -> Option<Duration> {
        self.decide(progress, failure)
    }

    /// Like [`after`](Self::after), inlined into its caller, because most calls have only a policy.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "so that the compiler removes what a caller does not use"
    )]
    pub(super) fn decide(&mut self, progress: Progress, failure: &Failure<'_>) -> Option<Duration> {
        match overrides::in_effect(self.policy, self.operation) {
            None if self.policy.violation().is_none() => {
                self.decide_under(self.policy, progress, failure)
            }
            changed => {
                let policy = changed.as_ref().unwrap_or(self.policy);
                self.decide_under_changed(policy, progress, failure)
            }
        }
    }

    /// Decides with this policy, or with the nearest valid one.
    #[cold]
    #[inline(never)]
    fn decide_under_changed(
        &mut self,
        policy: &RetryConfig,
        progress: Progress,
        failure: &Failure<'_>,
    ) -> Option<Duration> {
        let Some(Rule { field, .. }) = policy.violation() else {
            return self.decide_under(policy, progress, failure);
        };
        if policy.mode != Mode::Off {
            self.report_invalid(field, |reported| &reported.rule);
        }
        self.decide_under(&policy.nearest(), progress, failure)
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as `decide`")]
    fn decide_under(
        &mut self,
        policy: &RetryConfig,
        progress: Progress,
        failure: &Failure<'_>,
    ) -> Option<Duration> {
        let left = self.deadline.map(Deadline::left);
        let withdraw = || self.budget.is_none_or(Budget::withdraw);
        let decision = progress.decide(policy, failure, left, withdraw, random::unit);
        let level = level(decision)?;
        if self.reported.is_some() && self.budget.is_none() && policy.budget.is_some() {
            self.report_invalid("budget", |reported| &reported.budget);
        }
        let heard = observe::heard(level);
        if heard || observe::COUNTED || self.hook.is_some() {
            self.report(policy.max_attempts, progress.attempt(), failure, decision, heard);
        }
        if let Decision::Retry(wait) = decision { Some(wait) } else { None }
    }

    /// Reports that the sequence ended after a failure that was to be retried.
    pub(crate) fn ended(mut self, attempt: u32, failure: &Failure<'_>, reason: Reason) {
        let decision = Decision::GiveUp(reason);
        let heard = level(decision).is_some_and(observe::heard);
        if heard || observe::COUNTED {
            let changed = overrides::in_effect(self.policy, self.operation);
            let max_attempts = changed.as_ref().unwrap_or(self.policy).nearest().max_attempts;
            self.report(max_attempts, attempt, failure, decision, heard);
        }
    }

    /// Reports that the policy breaks a rule, once per call site, or otherwise once per operation.
    #[cold]
    fn report_invalid(&self, rule: &'static str, flag: impl FnOnce(&PolicyReports) -> &AtomicBool) {
        static REPORTED: Reported = Reported::new();
        let heard = observe::heard(LogLevel::Warn);
        if !heard && !observe::COUNTED {
            return;
        }
        let operation = match self.reported {
            // Relaxed: the flag guards no data.
            Some(reported) if flag(reported).swap(true, Ordering::Relaxed) => return,
            Some(_) => self.operation,
            None => match REPORTED.first(self.operation) {
                Some(operation) => operation,
                None => return,
            },
        };
        let event = Event::InvalidPolicy { operation, rule };
        observe::emit_heard(heard, LogLevel::Warn, &event);
    }

    /// Reports, once per operation, that an error is not retried because nothing in it is
    /// classified. Call it only if something listens.
    fn report_opaque(&self, failure: &Failure<'_>) {
        static REPORTED: Reported = Reported::new();
        if let Some(operation) = REPORTED.first(self.operation) {
            let event = Event::Opaque { operation, error: failure.error };
            observe::emit_heard(true, LogLevel::Warn, &event);
        }
    }

    /// Reports a decision. `heard` is whether something listens to its event.
    #[cold]
    fn report(
        &mut self,
        max_attempts: u32,
        attempt: u32,
        failure: &Failure<'_>,
        mut decision: Decision,
        mut heard: bool,
    ) {
        if decision == Decision::Opaque {
            if heard {
                self.report_opaque(failure);
            }
            decision = Decision::GiveUp(Reason::NotRetryable);
            heard = level(decision).is_some_and(observe::heard);
        }
        let operation = self.operation;
        let kind = failure.kind;
        let error = failure.error;
        let event = match decision {
            Decision::Retry(delay) => {
                Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error }
            }
            Decision::WouldRetry(delay) => {
                Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error }
            }
            Decision::GiveUp(reason) => {
                Event::GaveUp { operation, attempt, max_attempts, reason, kind, error }
            }
            Decision::Opaque | Decision::Silent => return,
        };
        if let (Decision::Retry(_), Some(hook)) = (decision, &mut self.hook) {
            hook(&event);
        }
        if let Some(level) = level(decision) {
            observe::emit_heard(heard, level, &event);
        }
    }
}

/// Returns the level of the event of a decision, if there is one.
const fn level(decision: Decision) -> Option<LogLevel> {
    match decision {
        // A failure that no retry would fix is not worth a warning.
        Decision::GiveUp(Reason::NotRetryable) => Some(LogLevel::Debug),
        Decision::Retry(_) | Decision::GiveUp(_) | Decision::Opaque => Some(LogLevel::Warn),
        Decision::WouldRetry(_) => Some(LogLevel::Info),
        Decision::Silent => None,
    }
}
