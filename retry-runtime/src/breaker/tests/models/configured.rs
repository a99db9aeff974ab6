//! Races between a new configuration and a breaker that is being listed.

use std::sync::Arc;

use super::{explore, race, sample};
use crate::breaker::{BreakerOverride, CircuitBreaker, CircuitBreakers, Configured};
use crate::config::Mode;
use crate::name::Named;
use crate::sync::RwLock;

fn configured(name: &str, failures: u32) -> Configured {
    let to = BreakerOverride::new().failure_threshold(failures);
    Configured::new(Named(vec![(name.to_owned(), to)]))
}

/// The configuration of a process. The first one sets 7 for this name.
struct Process(RwLock<Configured>);

impl Process {
    fn new(name: &str) -> Arc<Self> {
        Arc::new(Self(RwLock::new(configured(name, 7))))
    }

    fn current(&self) -> Configured {
        self.0.read().unwrap().clone()
    }

    fn replace(&self, new: Configured) -> Configured {
        std::mem::replace(&mut self.0.write().unwrap(), new)
    }
}

/// A breaker has just been listed when its configuration is replaced. Both configure it, and the
/// newer configuration applies, whichever of them ends last.
#[test]
fn a_breaker_is_listed_while_it_is_configured() {
    explore(|| {
        let (breaker, one) = (Arc::new(CircuitBreaker::new("a")), Process::new("a"));
        let (same, other, found) = (Arc::clone(&breaker), Arc::clone(&one), Arc::clone(&breaker));
        race(
            move || breaker.configure(|| one.current(), &Configured::NONE),
            move || {
                let before = other.replace(configured("a", 9));
                same.configure(|| other.current(), &before);
            },
        );
        assert_eq!(found.snapshot().failure_threshold, 9);
    });
}

/// The same for a set that already has a key. (Drawn schedules.)
#[test]
fn a_set_is_listed_while_it_is_configured() {
    sample(|| {
        let (set, one) = (Arc::new(CircuitBreakers::new("set")), Process::new("set"));
        let found = set.for_key("a");
        let (same, other) = (Arc::clone(&set), Arc::clone(&one));
        race(
            move || set.configure(|| one.current(), &Configured::NONE),
            move || {
                let before = other.replace(configured("set", 9));
                same.configure(|| other.current(), &before);
            },
        );
        assert_eq!(found.snapshot().failure_threshold, 9);
    });
}

/// Two threads change a breaker: it gets the threshold and the mode of the same one.
#[test]
fn of_two_changes_one_holds_as_a_whole() {
    explore(|| {
        let breaker = Arc::new(CircuitBreaker::new("a"));
        let (other, found) = (Arc::clone(&breaker), Arc::clone(&breaker));
        let to = |failures, mode| BreakerOverride::new().failure_threshold(failures).mode(mode);
        race(
            move || breaker.reconfigure(&to(7, Mode::Observe)).unwrap(),
            move || other.reconfigure(&to(9, Mode::Off)).unwrap(),
        );
        let found = (found.snapshot().failure_threshold, found.current_mode());
        assert!(found == (7, Mode::Observe) || found == (9, Mode::Off), "{found:?}");
    });
}
