use std::cell::Cell;

use super::*;
use crate::backoff::Jitter;
use crate::config::STANDARD;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

/// Three attempts without jitter, after delays of 1 s and 2 s.
const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

#[allow(clippy::unnecessary_wraps, reason = "as the arguments are")]
fn text<'t>(text: &'t &'static str) -> Option<Excerpt<'t>> {
    Some(Excerpt::of_text(text))
}

fn unavailable() -> Failure<'static> {
    Failure::of_kind(FailureKind::Unavailable, RetryHint::None, text(&"unavailable"))
}

/// The decision after an attempt.
fn decide(
    policy: &RetryConfig,
    failure: Failure<'_>,
    attempt: u32,
    left: Option<Duration>,
    withdraw: impl FnOnce() -> bool,
) -> Decision {
    let progress = Progress { attempt: attempt.try_into().unwrap(), previous: None };
    progress.decide(policy, &failure, left, withdraw, || 0.5)
}

/// The decision after an attempt, without a deadline.
fn after(policy: &RetryConfig, failure: Failure<'_>, attempt: u32) -> Decision {
    decide(policy, failure, attempt, None, || true)
}

fn gives_up(reason: Reason) -> Decision {
    Decision::GiveUp(reason)
}

#[test]
fn the_kind_decides_unless_a_predicate_has() {
    assert_eq!(after(&PLAIN, unavailable(), 1), Decision::Retry(SECOND));
    let wrong = Failure::of_kind(FailureKind::InvalidRequest, RetryHint::None, text(&"wrong"));
    assert_eq!(after(&PLAIN, wrong, 1), gives_up(Reason::NotRetryable));
    assert_eq!(after(&PLAIN, Failure::decided(true, None, None), 1), Decision::Retry(SECOND));
    assert_eq!(
        after(&PLAIN, Failure::decided(false, None, None), 1),
        gives_up(Reason::NotRetryable)
    );
    assert_eq!(after(&PLAIN, wrong.judged(true), 1), Decision::Retry(SECOND));
    let late = Failure::timed_out(true, text(&"late"));
    assert_eq!(after(&PLAIN, late, 1), gives_up(Reason::DeadlineExceeded));
}

#[test]
fn the_last_attempt_is_the_last() {
    assert_eq!(after(&PLAIN, unavailable(), 2), Decision::Retry(2 * SECOND));
    for attempt in [3, 4] {
        assert_eq!(after(&PLAIN, unavailable(), attempt), gives_up(Reason::AttemptsExhausted));
    }
}

#[test]
fn the_mode_decides_first_and_last() {
    assert_eq!(after(&PLAIN.mode(Mode::Off), unavailable(), 1), Decision::Silent);
    let observe = PLAIN.mode(Mode::Observe);
    assert_eq!(after(&observe, unavailable(), 1), Decision::WouldRetry(SECOND));
    assert_eq!(after(&observe, unavailable(), 3), gives_up(Reason::AttemptsExhausted));
}

#[test]
fn a_hint_is_a_floor_up_to_its_limit() {
    let policy = PLAIN.max_retry_after(5 * SECOND);
    let hinted = |hint| unavailable().with_hint(Some(hint));
    assert_eq!(after(&policy, hinted(SECOND / 2), 1), Decision::Retry(SECOND));
    assert_eq!(after(&policy, hinted(5 * SECOND), 1), Decision::Retry(5 * SECOND));
    assert_eq!(after(&policy, hinted(5 * SECOND + NANO), 1), gives_up(Reason::RetryAfterTooLong));
    let own = Failure::of_kind(
        FailureKind::RateLimited,
        RetryHint::AtLeast(3 * SECOND),
        text(&"slow down"),
    );
    assert_eq!(after(&policy, own, 1), Decision::Retry(3 * SECOND));
    assert_eq!(after(&policy, own.with_hint(None), 1), Decision::Retry(SECOND));
}

#[test]
fn a_soft_hint_is_a_floor_up_to_the_longest_delay() {
    let policy = PLAIN.max_delay(5 * SECOND).max_retry_after(Duration::ZERO);
    let soft = |hint| Failure::of_kind(FailureKind::RateLimited, RetryHint::Soft(hint), None);
    for (hint, wait) in [
        (Duration::ZERO, SECOND),
        (SECOND + NANO, SECOND + NANO),
        (5 * SECOND, 5 * SECOND),
        (Duration::MAX, 5 * SECOND),
    ] {
        assert_eq!(after(&policy, soft(hint), 1), Decision::Retry(wait), "{hint:?}");
    }
    let spread = policy.clone().jitter(Jitter::Full);
    assert_eq!(after(&spread, soft(Duration::MAX), 1), Decision::Retry(5 * SECOND + SECOND / 2));
    let with = |left| decide(&policy, soft(3 * SECOND), 1, Some(left), || true);
    assert_eq!(with(3 * SECOND), Decision::Retry(3 * SECOND));
    assert_eq!(with(Duration::from_millis(2999)), Decision::Retry(SECOND), "the backoff alone");
    assert_eq!(with(Duration::from_millis(999)), gives_up(Reason::DeadlineExceeded));
}

#[test]
fn nothing_overrules_never() {
    let never = Failure::of_kind(FailureKind::Unavailable, RetryHint::Never, None);
    let forbidden = gives_up(Reason::RetryForbidden);
    assert_eq!(after(&PLAIN, never, 1), forbidden);
    assert_eq!(after(&PLAIN, never.judged(true), 1), forbidden);
    for hint in [None, Some(SECOND), Some(Duration::MAX)] {
        assert_eq!(after(&PLAIN, never.with_hint(hint), 1), forbidden, "{hint:?}");
    }
    assert_eq!(after(&PLAIN.mode(Mode::Observe), never, 1), forbidden);
    assert_eq!(after(&PLAIN.mode(Mode::Off), never, 1), Decision::Silent);
    assert_eq!(after(&PLAIN, never, 3), gives_up(Reason::AttemptsExhausted));
    assert_eq!(after(&PLAIN, never.judged(false), 1), gives_up(Reason::NotRetryable));
}

#[test]
fn what_cannot_be_repeated_ends_where_a_retry_would_follow() {
    let once = unavailable().repeatable_if(false);
    let not_repeatable = gives_up(Reason::NotRepeatable);
    assert_eq!(after(&PLAIN, once, 1), not_repeatable);
    assert_eq!(after(&PLAIN, once.judged(true), 1), not_repeatable);
    assert_eq!(after(&PLAIN, once.with_hint(Some(SECOND)), 1), not_repeatable);
    assert_eq!(after(&PLAIN.mode(Mode::Observe), once, 1), not_repeatable);
    assert_eq!(after(&PLAIN.mode(Mode::Off), once, 1), Decision::Silent);
    assert_eq!(after(&PLAIN, once.judged(false), 1), gives_up(Reason::NotRetryable));
    assert_eq!(after(&PLAIN, once, 3), gives_up(Reason::AttemptsExhausted));
    let long = once.with_hint(Some(Duration::MAX));
    assert_eq!(after(&PLAIN, long, 1), gives_up(Reason::RetryAfterTooLong));
    let without_token = || panic!("no token is taken");
    assert_eq!(decide(&PLAIN, once, 1, None, without_token), not_repeatable);
    let late = decide(&PLAIN, once, 1, Some(NANO), without_token);
    assert_eq!(late, gives_up(Reason::DeadlineExceeded));
}

#[test]
fn no_wait_ends_past_the_deadline() {
    let with = |left| decide(&PLAIN, unavailable(), 1, Some(left), || true);
    assert_eq!(with(2 * SECOND), Decision::Retry(SECOND));
    assert_eq!(with(SECOND), Decision::Retry(SECOND), "just at it");
    assert_eq!(with(Duration::from_nanos(999_999_999)), gives_up(Reason::DeadlineExceeded));
    let policy = PLAIN.base_delay(Duration::ZERO);
    let with = |left| decide(&policy, unavailable(), 1, Some(left), || true);
    assert_eq!(with(Duration::from_nanos(1)), Decision::Retry(Duration::ZERO));
    assert_eq!(with(Duration::ZERO), gives_up(Reason::DeadlineExceeded), "no time for an attempt");
}

#[test]
fn what_is_known_of_a_failure_goes_into_its_event() {
    let failure = unavailable();
    assert_eq!(failure.kind, Some(FailureKind::Unavailable));
    assert_eq!(failure.error.unwrap().to_string(), "unavailable");
    let late = Failure::timed_out(true, text(&"late"));
    assert_eq!(late.kind, Some(FailureKind::Timeout));
    assert_eq!(late.error.unwrap().to_string(), "late");
    let decided = Failure::decided(true, None, text(&"odd"));
    assert_eq!((decided.kind, decided.error.unwrap().to_string()), (None, "odd".to_owned()));
}

#[test]
fn the_budget_is_asked_last_and_only_for_a_retry_that_can_happen() {
    let asked = Cell::new(0);
    let within = |policy: &RetryConfig, failure: Failure<'_>, attempt, left| {
        let none_left = || {
            asked.set(asked.get() + 1);
            false
        };
        decide(policy, failure, attempt, left, none_left)
    };
    let wrong = || Failure::of_kind(FailureKind::InvalidRequest, RetryHint::None, text(&"wrong"));
    let long = || unavailable().with_hint(Some(Duration::MAX));
    assert_eq!(within(&PLAIN, wrong(), 1, None), gives_up(Reason::NotRetryable));
    assert_eq!(within(&PLAIN, unavailable(), 3, None), gives_up(Reason::AttemptsExhausted));
    assert_eq!(within(&PLAIN, long(), 1, None), gives_up(Reason::RetryAfterTooLong));
    assert_eq!(within(&PLAIN, unavailable(), 1, Some(NANO)), gives_up(Reason::DeadlineExceeded));
    let observe = PLAIN.mode(Mode::Observe);
    assert_eq!(within(&observe, unavailable(), 1, None), Decision::WouldRetry(SECOND));
    assert_eq!(asked.get(), 0);
    assert_eq!(within(&PLAIN, unavailable(), 1, None), gives_up(Reason::BudgetExhausted));
    assert_eq!(asked.get(), 1);
}

/// A hint may have made the previous wait longer than zero, and decorrelated delays grow from it.
#[test]
fn delays_from_a_base_of_zero_grow_from_a_hint_alone() {
    let policy = STANDARD.base_delay(Duration::ZERO).jitter(Jitter::Decorrelated);
    let next = |previous| {
        let progress = Progress { attempt: NonZeroU32::MIN, previous };
        progress.decide(&policy, &unavailable(), None, || true, || 0.5)
    };
    assert_eq!(next(None), Decision::Retry(Duration::ZERO));
    assert_eq!(next(Some(Duration::ZERO)), Decision::Retry(Duration::ZERO));
    assert_eq!(next(Some(2 * SECOND)), Decision::Retry(3 * SECOND));
}
