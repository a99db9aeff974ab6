//! Ties of breakers and sets.

use std::sync::Arc;

use crate::breaker::linked::{Change, Source, Tied};
use crate::breaker::tests::models::{explore, race};
use crate::breaker::{CircuitBreaker, CircuitBreakers};
use crate::fleet;
use crate::sync::Mutex;

/// A source that keeps the breakers that were created.
struct Keeper(Mutex<Vec<Tied>>);

impl Source for Keeper {
    fn wake(&self, _: &str) {}

    fn begins(&self, _: &str) -> Vec<Change> {
        Vec::new()
    }

    fn made(&self, breaker: Tied) {
        self.0.lock().unwrap().push(breaker);
    }

    fn evicted(&self, _: &str) {}
}

/// A set is tied while a key is first used: its breaker is passed to the source once.
#[test]
fn tying_a_set_against_a_new_key() {
    explore(|| {
        let set = Arc::new(CircuitBreakers::new("set"));
        let keeper = Arc::new(Keeper(Mutex::new(Vec::new())));
        let source: Arc<dyn Source> = keeper.clone();
        let (one, other) = (Arc::clone(&set), Arc::clone(&set));
        race(move || one.for_key("a"), move || fleet::tie_all(&other, &source).unwrap());
        let made = std::mem::take(&mut *keeper.0.lock().unwrap());
        assert_eq!(made.iter().map(Tied::name).collect::<Vec<_>>(), ["set/a"]);
    });
}

/// Two agents tie one breaker: one of them succeeds.
#[test]
fn two_agents_tie_one_breaker() {
    explore(|| {
        let breaker = Arc::new(CircuitBreaker::new("b"));
        let tie = || {
            let breaker = Arc::clone(&breaker);
            move || {
                let source: Arc<dyn Source> = Arc::new(Keeper(Mutex::new(Vec::new())));
                let tied = Tied::new(breaker.into(), &Arc::downgrade(&source));
                tied.ok().map(|tied| (tied, source))
            }
        };
        let ties = race(tie(), tie());
        assert!(ties.0.is_some() != ties.1.is_some());
    });
}
