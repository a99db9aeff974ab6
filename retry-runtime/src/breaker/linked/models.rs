//! Races between the agent and calls, probes and operators.
//!
//! Run like the other models of the breaker, with the feature `fleet`.

mod epochs;
mod leases;
mod operators;
mod ties;

use std::sync::Arc;
use std::time::Duration;

use super::leases::ProbeOutcome;
use super::link::Link;
use super::{Change, Forced, Lease, Origin};
use crate::breaker::admission::{Admission, Rejection, Request};
use crate::breaker::core::Core;
use crate::breaker::settings::{CurrentSettings, Outcome, Settings};
use crate::circuit_state::CircuitState;
use crate::name::Name;
use crate::sync::Ordering;

/// The recovery timeout and the probe timeout: 1 ms.
const RECOVERY: u64 = 1_000_000;
/// The time of every step, unless a model says otherwise.
const NOW: u64 = 10 * RECOVERY;
const LATER: u64 = 1000 * RECOVERY;

/// A tied breaker with the time as an argument.
struct Model {
    core: Core,
    settings: CurrentSettings,
}

impl Model {
    /// Creates a closed breaker that is coordinated.
    fn coordinated(successes: u32) -> Arc<Self> {
        let settings = Settings::DEFAULT
            .with_failure_threshold(1)
            .and_then(|settings| settings.with_success_threshold(successes))
            .and_then(|settings| settings.with_half_open_max_calls(2))
            .and_then(|settings| settings.with_recovery_timeout(Duration::from_nanos(RECOVERY)))
            .and_then(|settings| settings.with_probe_timeout(Duration::from_nanos(RECOVERY)))
            .unwrap();
        let core = Core::new(&settings);
        let link = Link::new(Name::Static("model"), core.load());
        assert!(core.link.set(Box::new(link)).is_ok());
        let model = Self { core, settings: CurrentSettings::new(settings) };
        model.change(Change::Coordinate { until: LATER });
        Arc::new(model)
    }

    /// Creates a breaker that the fleet opened in epoch 1, past its open phase, with leases.
    fn ripe(successes: u32, leases: u64) -> Arc<Self> {
        let model = Self::coordinated(successes);
        model.open(1, NOW);
        (1..=leases).for_each(|sequence| assert!(model.change(grant(sequence, 1))));
        model
    }

    fn link(&self) -> &Link {
        self.core.link.get().unwrap()
    }

    fn change(&self, change: Change) -> bool {
        let act = |follower: &mut super::follow::Follower<'_>| follower.take(change);
        let ((), changed) = self.core.following(&self.settings, self.link(), NOW, act);
        changed.other || !changed.transitions.is_empty()
    }

    fn open(&self, epoch: u64, until: u64) -> bool {
        self.change(Change::Open { epoch, until, failed: 0 })
    }

    fn try_ask(&self, now: u64) -> Result<Admission, Rejection> {
        self.core.admit(&self.settings, Request::default(), || now, |_| {})
    }

    fn ask(&self) -> Option<Admission> {
        self.try_ask(NOW).ok()
    }

    fn admitted(&self) -> Admission {
        self.ask().expect("admitted")
    }

    fn settle(&self, admission: Admission, outcome: Outcome) -> bool {
        self.core.settle(&self.settings, admission, outcome, 0, || NOW).is_some()
    }

    /// Returns the numbers and outcomes of the leases that have ended.
    fn ended(&self) -> Vec<(u64, ProbeOutcome)> {
        let ended = self.link().lock().leases.ended();
        ended.into_iter().map(|ended| (ended.lease.sequence, ended.outcome)).collect()
    }

    fn held(&self) -> usize {
        self.link().lock().leases.held().len()
    }

    fn state(&self) -> CircuitState {
        self.core.load().circuit()
    }

    fn generation(&self) -> u64 {
        self.core.load().generation()
    }

    fn until(&self) -> u64 {
        self.core.open_until(self.core.load(), &self.settings)
    }

    fn origin(&self) -> Origin {
        self.core.origin(&self.link().lock())
    }

    fn forced(&self) -> Forced {
        let state = self.core.load();
        match self.link().forced_in.load(Ordering::Relaxed) == state.generation() {
            _ if !state.forced() => Forced::No,
            true => Forced::Fleet,
            false => Forced::Here,
        }
    }
}

fn grant(sequence: u64, epoch: u64) -> Change {
    Change::Grant(Lease { sequence, epoch, expires_at: LATER, late: false })
}

fn on<T, F: FnOnce(&Model) -> T>(model: &Arc<Model>, act: F) -> impl FnOnce() -> T + use<T, F> {
    let model = Arc::clone(model);
    move || act(&model)
}
