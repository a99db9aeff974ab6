//! A group of instances, with the actions of tests.

use std::sync::Arc;
use std::time::Duration;

use retry_runtime::testing::{RecordedEvent, Recorder};
use retry_runtime::{CircuitBreaker, CircuitState, Permit};
use tokio::task::JoinHandle;

use crate::control::{Control, Orders, control};
use crate::operator::{Command, CommandError};
use crate::run::Prepared;
use crate::setup::{Setup, Shared};
use crate::status::Status;
use crate::transport::Transport;
use crate::transport::memory::Hub;
use crate::votes::Quorum;

pub(super) use retry_runtime::CircuitState::{Closed, HalfOpen, Open};

/// The open phase of the breakers of a group.
pub(super) const RECOVERY: u64 = 30;
const THRESHOLD: u32 = 3;

/// A group whose breaker has the group's name. Each test has a separate one, because events are
/// global to the process.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) hub: Hub,
    recorder: Recorder,
}

/// One process, as the fleet sees it.
pub(super) struct Instance {
    pub(super) breaker: Arc<CircuitBreaker>,
    pub(super) control: Control,
    task: Option<JoinHandle<()>>,
}

/// Returns this many seconds.
pub(super) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Lets time pass.
pub(super) async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

impl Group {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, hub: Hub::new(), recorder: Recorder::for_process() }
    }

    /// Returns a group with this many coordinated instances.
    pub(super) async fn of<const N: usize>(name: &'static str) -> (Self, [Instance; N]) {
        let group = Self::new(name);
        let instances = std::array::from_fn(|number| group.join(&format!("i{number}")));
        wait(secs(1)).await;
        assert!(instances.iter().all(Instance::is_coordinated));
        (group, instances)
    }

    pub(super) fn breaker(&self) -> CircuitBreaker {
        CircuitBreaker::named(self.name)
            .failure_threshold(THRESHOLD)
            .recovery_timeout(secs(RECOVERY))
            .success_threshold(2)
            .half_open_max_calls(2)
    }

    pub(super) fn setup(&self, instance: &str) -> Setup {
        Setup {
            group: self.name.to_owned(),
            instance: instance.to_owned(),
            voter: instance.to_owned(),
            version: "1.2.3".to_owned(),
            quorum: Quorum::default(),
            shared: Vec::new(),
            share_listed: false,
            hash_keys: false,
            observes: false,
        }
    }

    pub(super) fn join(&self, instance: &str) -> Instance {
        self.join_as(self.setup(instance), self.breaker())
    }

    pub(super) fn join_as(&self, setup: Setup, breaker: CircuitBreaker) -> Instance {
        Instance::by(self.hub.transport(self.name), setup, breaker)
    }

    /// Returns how often an event of this type was emitted for the breaker or the group.
    pub(super) fn count(&self, is_it: impl Fn(&RecordedEvent) -> bool) -> usize {
        self.recorder.of(self.name).iter().filter(|event| is_it(event)).count()
    }

    pub(super) fn opened(&self) -> usize {
        self.count(|event| matches!(event, RecordedEvent::FleetOpened { .. }))
    }

    pub(super) fn closed(&self) -> usize {
        self.count(|event| matches!(event, RecordedEvent::FleetClosed { .. }))
    }

    pub(super) fn lost(&self) -> usize {
        self.count(|event| matches!(event, RecordedEvent::FleetLost { .. }))
    }
}

impl Instance {
    pub(super) fn by(transport: impl Transport, setup: Setup, breaker: CircuitBreaker) -> Self {
        let (instance, orders, setup) = Self::new(setup, breaker);
        let task = tokio::spawn(Prepared::new(setup, orders).unwrap().run(transport));
        Self { task: Some(task), ..instance }
    }

    /// Joins with a loop that runs in the current `LocalSet`.
    pub(super) fn local(group: &Group, setup: Setup, breaker: CircuitBreaker) -> Self {
        let (instance, orders, setup) = Self::new(setup, breaker);
        let transport = group.hub.transport(group.name);
        let run = Prepared::new(setup, orders).unwrap().run(transport);
        Self { task: Some(tokio::task::spawn_local(run)), ..instance }
    }

    fn new(mut setup: Setup, breaker: CircuitBreaker) -> (Self, Orders, Setup) {
        let breaker = Arc::new(breaker);
        setup.shared.push(Shared::Breaker((&breaker).into()));
        let (control, orders) = control();
        (Self { breaker, control, task: None }, orders, setup)
    }

    /// Trips on its own evidence, as long as calls are admitted.
    pub(super) fn trip(&self) {
        for _ in 0..THRESHOLD {
            self.fails();
        }
        assert_eq!(self.state(), Open);
    }

    /// Makes a call that succeeds. Returns whether it was admitted.
    pub(super) fn succeeds(&self) -> bool {
        self.breaker.try_acquire().map(Permit::success).is_ok()
    }

    /// Makes a call that succeeds, if it is admitted.
    pub(super) fn calls(&self) {
        self.succeeds();
    }

    /// Makes a call that fails. Returns whether it was admitted.
    pub(super) fn fails(&self) -> bool {
        self.breaker.try_acquire().map(Permit::failure).is_ok()
    }

    /// Starts a call, if it is admitted.
    pub(super) fn begins(&self) -> Option<Permit<'static>> {
        self.breaker.try_acquire_owned().ok()
    }

    pub(super) fn state(&self) -> CircuitState {
        self.breaker.state()
    }

    pub(super) fn is_coordinated(&self) -> bool {
        matches!(self.control.status(), Status::Coordinated { .. })
    }

    pub(super) async fn command(&self, command: Command) -> Result<(), CommandError> {
        self.control.command(self.breaker.name(), command, "ann", None).await
    }

    /// Ends the process without leaving the group.
    pub(super) fn dies(self) {
        self.task.unwrap().abort();
    }

    /// Waits until the loop has ended.
    pub(super) async fn has_ended(self) {
        self.task.unwrap().await.unwrap();
    }
}

/// Returns the states of all instances.
pub(super) fn states<const N: usize>(instances: &[Instance; N]) -> [CircuitState; N] {
    std::array::from_fn(|number| instances[number].state())
}
