//! What only the inside shows: the admission that generated code uses, and the sizes.

use super::{Admitted, CircuitBreaker, CircuitState};
use crate::config::Mode;
use crate::failure::FailureKind;
use crate::registry;

#[test]
fn an_admission_fits_half_a_cache_line() {
    assert_eq!(size_of::<Admitted<'_>>(), 32);
}

#[test]
fn a_breaker_is_as_large_as_its_docs_say() {
    assert_eq!(size_of::<CircuitBreaker>(), 760);
}

#[test]
fn the_first_call_through_a_static_lists_it() {
    static LISTED: CircuitBreaker = CircuitBreaker::new("inside/listed");
    static SECOND: CircuitBreaker = CircuitBreaker::new("inside/listed").mode(Mode::Off);
    assert!(registry::get("inside/listed").is_none());
    LISTED.admit_static().unwrap().success();
    assert!(!LISTED.core.load().unlisted());
    SECOND.admit_static().unwrap().success();
    LISTED.admit_static().unwrap().success();
    let listed = registry::get("inside/listed").unwrap();
    assert!(std::ptr::eq(&raw const *listed, &raw const LISTED), "the first stays");
}

#[test]
fn a_literal_name_makes_a_default_breaker_once() {
    let first = registry::for_site("inside/site");
    let second = registry::for_site("inside/site");
    assert!(std::ptr::eq(&raw const *first, &raw const *second));
    assert_eq!(first.name(), "inside/site");
}

#[test]
fn verdicts_through_an_admission() {
    let breaker = CircuitBreaker::new("verdicts").failure_threshold(2);
    breaker.admit().unwrap().failure();
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().record(FailureKind::Bug);
    drop(breaker.admit().unwrap());
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().success();
    assert_eq!(breaker.core.load().count(), 0);
    breaker.admit().unwrap().failure();
    breaker.admit().unwrap().record(FailureKind::Timeout);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn healthy_calls_leave_the_word_alone() {
    let breaker = CircuitBreaker::new("healthy");
    let before = breaker.core.load();
    for _ in 0..10 {
        breaker.admit().unwrap().success();
        breaker.record_success();
        assert!(breaker.should_allow_request());
    }
    assert!(breaker.core.load() == before);
    assert_eq!(breaker.core.changed_at(), 0);
}
