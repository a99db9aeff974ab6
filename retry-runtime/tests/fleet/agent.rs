//! An agent that a test controls.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use retry_runtime::CircuitBreaker;
use retry_runtime::fleet::{self, Change, Lease, ProbeOutcome, Source, Tied};

/// The calls that an agent received.
#[derive(Default)]
pub(crate) struct Recorder {
    woken: Mutex<Vec<String>>,
    pub(crate) begins: Mutex<BTreeMap<String, Vec<Change>>>,
    pub(crate) made: Mutex<Vec<Tied>>,
    pub(crate) evicted: Mutex<Vec<String>>,
}

impl Source for Recorder {
    fn wake(&self, breaker: &str) {
        self.woken.lock().unwrap().push(breaker.to_owned());
    }

    fn begins(&self, breaker: &str) -> Vec<Change> {
        self.begins.lock().unwrap().get(breaker).cloned().unwrap_or_default()
    }

    fn made(&self, breaker: Tied) {
        self.made.lock().unwrap().push(breaker);
    }

    fn evicted(&self, breaker: &str) {
        self.evicted.lock().unwrap().push(breaker.to_owned());
    }
}

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Returns whether the agent was woken since the last call.
    pub(crate) fn was_woken(&self) -> bool {
        !mem::take(&mut *self.woken.lock().unwrap()).is_empty()
    }

    pub(crate) fn made(&self) -> Vec<Tied> {
        mem::take(&mut *self.made.lock().unwrap())
    }

    pub(crate) fn evicted(&self) -> Vec<String> {
        mem::take(&mut *self.evicted.lock().unwrap())
    }
}

/// The agent of one breaker.
pub(crate) struct Agent {
    pub(crate) tied: Tied,
    pub(crate) recorder: Arc<Recorder>,
    sequence: Mutex<u64>,
}

impl Agent {
    pub(crate) fn of(breaker: &Arc<CircuitBreaker>) -> Self {
        let recorder = Recorder::new();
        let source: Arc<dyn Source> = recorder.clone();
        let tied = fleet::tie(breaker, &source).unwrap();
        Self { tied, recorder, sequence: Mutex::new(0) }
    }

    /// Creates an agent that may coordinate for an hour.
    pub(crate) fn coordinating(breaker: &Arc<CircuitBreaker>) -> Self {
        let agent = Self::of(breaker);
        agent.coordinate();
        agent
    }

    pub(crate) fn coordinate(&self) {
        self.tied.change(Change::Coordinate { until: after(Duration::from_secs(3600)) });
    }

    /// Shows an open register, with this much of its open phase left.
    pub(crate) fn open(&self, epoch: u64, left: Duration) -> bool {
        self.tied.change(Change::Open { epoch, until: after(left), failed: 0 })
    }

    /// Shows a half-open register.
    pub(crate) fn half_open(&self, epoch: u64) -> bool {
        self.open(epoch, Duration::ZERO)
    }

    /// Shows a closed register, whose epoch was created now.
    pub(crate) fn close(&self, epoch: u64) -> bool {
        self.tied.change(Change::Close { epoch, made_at: fleet::now() })
    }

    /// Grants a lease for 6 s, and returns its number if the breaker takes it.
    pub(crate) fn grant(&self, epoch: u64) -> Option<u64> {
        let lease = self.lease(epoch);
        self.tied.change(Change::Grant(lease)).then_some(lease.sequence)
    }

    pub(crate) fn lease(&self, epoch: u64) -> Lease {
        let mut sequence = self.sequence.lock().unwrap();
        *sequence += 1;
        let expires_at = after(Duration::from_secs(6));
        Lease { sequence: *sequence, epoch, expires_at, late: false }
    }

    /// Returns the numbers and outcomes of the leased probes that have ended.
    pub(crate) fn outcomes(&self) -> Vec<(u64, ProbeOutcome)> {
        let ended = self.tied.outcomes();
        ended.into_iter().map(|ended| (ended.lease.sequence, ended.outcome)).collect()
    }

    pub(crate) fn was_woken(&self) -> bool {
        self.recorder.was_woken()
    }
}

/// Returns the time `wait` from now, on the scale of the link.
pub(crate) fn after(wait: Duration) -> u64 {
    fleet::now() + u64::try_from(wait.as_nanos()).unwrap()
}
