//! The server is gone, hangs, loses data or sends forged data, and the agent panics.

use std::time::Duration;

use retry_runtime::testing::RecordedEvent;
use tokio::task::LocalSet;

use super::group::{Closed, HalfOpen, Instance, Open, RECOVERY, states};
use super::{Group, secs, wait};
use crate::status::Status;
use crate::transport::memory::{Connected, InMemory};
use crate::transport::{Connection, Lost, Reason, Transport};
use crate::wire::{Ask, Request, Value};

fn reason(instance: &Instance) -> Option<Reason> {
    match instance.control.status() {
        Status::Alone { reason, .. } => Some(reason),
        Status::Coordinated { .. } => None,
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_server_each_breaker_acts_as_alone() {
    let group = Group::new("no-server");
    group.hub.stop();
    let instances = [group.join("a"), group.join("b"), group.join("c")];
    wait(secs(5)).await;
    assert_eq!(reason(&instances[0]), Some(Reason::Refused));
    assert_eq!(group.lost(), 3);
    instances[0].trip();
    instances[1].trip();
    wait(secs(RECOVERY)).await;
    assert_eq!(states(&instances), [Open, Open, Closed]);
    // Its local slots: two probes at a time.
    let probes = [instances[0].begins(), instances[0].begins(), instances[0].begins()];
    assert_eq!(probes.iter().flatten().count(), 2);
    assert_eq!(instances[0].state(), HalfOpen);
    probes.into_iter().flatten().for_each(retry_runtime::Permit::success);
    assert_eq!(instances[0].state(), Closed);
    assert_eq!(group.lost(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_loss_is_noticed_at_once_and_the_return_after_three_replies() {
    let (group, [instance]) = Group::of::<1>("lost-and-found").await;
    group.hub.stop();
    wait(Duration::from_millis(1)).await;
    assert_eq!(reason(&instance), Some(Reason::Closed));
    wait(secs(20)).await;
    assert!(matches!(
        instance.control.status(),
        Status::Alone { since, reason: Reason::Refused, .. } if since >= secs(20)
    ));
    group.hub.serve();
    wait(secs(1)).await;
    wait(Duration::from_millis(900)).await;
    assert!(!instance.is_coordinated());
    wait(secs(2)).await;
    assert!(instance.is_coordinated());
    assert_eq!(group.lost(), 1);
    let found = |lost_for: Duration| lost_for >= secs(20);
    assert_eq!(
        group.count(
            |event| matches!(event, RecordedEvent::FleetFound { lost_for, .. } if found(*lost_for))
        ),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_lost_after_half_a_second() {
    let (group, instances) = Group::of::<2>("hangs").await;
    instances.iter().for_each(Instance::trip);
    wait(secs(1)).await;
    group.hub.hang();
    // The next beat is at most 2.4 s away.
    wait(secs(3)).await;
    assert!(instances.iter().all(|it| reason(it) == Some(Reason::TimedOut)));
    // Local rules apply, starting from the current state.
    wait(secs(RECOVERY)).await;
    assert!(instances.iter().all(|it| it.succeeds() && it.succeeds()));
    assert_eq!(states(&instances), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn the_right_to_coordinate_ends_by_itself_after_six_seconds() {
    let group = Group::new("right-ends");
    let breaker = || group.breaker().recovery_timeout(secs(5));
    let voters = ["a", "b"].map(|name| group.join_as(group.setup(name), breaker()));
    // Its loop runs only while the set is polled, as on a blocked runtime.
    let local = LocalSet::new();
    let blocked = local
        .run_until(async {
            let blocked = Instance::local(&group, group.setup("blocked"), breaker());
            wait(secs(1)).await;
            voters.iter().for_each(Instance::trip);
            wait(Duration::from_millis(500)).await;
            blocked
        })
        .await;
    assert_eq!(blocked.state(), Open);
    drop(voters);
    wait(Duration::from_millis(4_700)).await;
    // Its open phase is over, and a probe needs a lease.
    assert!(!blocked.succeeds());
    wait(Duration::from_millis(1_500)).await;
    assert!(blocked.succeeds());
    drop(local);
}

#[tokio::test(start_paused = true)]
async fn a_flush_loses_no_state() {
    let (group, instances) = Group::of::<3>("flush").await;
    instances[0].trip();
    instances[1].trip();
    wait(secs(1)).await;
    group.hub.flush();
    wait(secs(3)).await;
    let newcomer = group.join("new");
    wait(secs(1)).await;
    assert_eq!(newcomer.state(), Open);
    assert_eq!(states(&instances), [Open; 3]);
    // The rest of the open phase is unchanged.
    wait(secs(RECOVERY - 6)).await;
    assert!(!instances[2].succeeds());
    wait(secs(2)).await;
    for _ in 0..40 {
        instances.iter().for_each(Instance::calls);
        wait(Duration::from_millis(50)).await;
    }
    assert_eq!(states(&instances), [Closed; 3]);
    assert_eq!(newcomer.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_vote_that_was_lost_is_cast_again_within_its_window() {
    let (group, instances) = Group::of::<2>("vote-again").await;
    group.hub.stop();
    instances.iter().for_each(Instance::trip);
    wait(secs(10)).await;
    group.hub.serve();
    wait(secs(5)).await;
    assert_eq!(group.opened(), 2);
    // The fleet's open phase began with the votes.
    wait(secs(RECOVERY - 12)).await;
    assert!(!instances[0].succeeds());
}

#[tokio::test(start_paused = true)]
async fn a_vote_that_the_server_forgot_is_cast_again() {
    let (group, instances) = Group::of::<2>("vote-forgotten").await;
    instances[0].trip();
    wait(secs(1)).await;
    group.hub.stop();
    group.hub.flush();
    wait(secs(1)).await;
    group.hub.serve();
    wait(secs(5)).await;
    instances[1].trip();
    wait(secs(1)).await;
    assert_eq!(group.opened(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_trip_that_is_long_past_is_no_vote() {
    let (group, [instance]) = Group::of::<1>("long-past").await;
    group.hub.stop();
    instance.trip();
    wait(secs(RECOVERY + 1)).await;
    group.hub.serve();
    wait(secs(5)).await;
    assert!(instance.is_coordinated());
    let requests = group.hub.take_requests();
    assert!(requests.iter().all(|request| matches!(request.ask, Ask::Beat(_))));
}

#[tokio::test(start_paused = true)]
async fn what_closed_meanwhile_closes_at_the_return() {
    let (group, instances) = Group::of::<2>("closed-meanwhile").await;
    let late = group.join("late");
    wait(secs(1)).await;
    instances.iter().for_each(Instance::trip);
    wait(secs(RECOVERY + 1)).await;
    assert_eq!(late.state(), Open);
    group.hub.cut();
    wait(secs(5)).await;
    for _ in 0..40 {
        instances.iter().for_each(Instance::calls);
        wait(Duration::from_millis(50)).await;
    }
    wait(secs(5)).await;
    assert_eq!(late.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_and_tried_again_every_half_minute() {
    let (group, [instance]) = Group::of::<1>("denied").await;
    group.hub.fail(Reason::Denied);
    wait(secs(300)).await;
    assert_eq!(reason(&instance), Some(Reason::Denied));
    assert_eq!(group.lost(), 1);
    group.hub.serve();
    wait(secs(33)).await;
    assert!(instance.is_coordinated());
}

#[tokio::test(start_paused = true)]
async fn pushes_of_strangers_do_no_harm() {
    let (group, [instance]) = Group::of::<1>("strangers").await;
    let name = group.name;
    for text in [
        String::new(),
        "nonsense".to_owned(),
        format!("1|9007199254740991|open|9007199254740991|0|opened|{name}"),
        format!("1|01|open|5000|0|opened|{name}"),
        format!("2|1000000000000|open|5000|0|opened|{name}"),
        "1|1000000000000|open|5000|0|opened|another".to_owned(),
        "x".repeat(1_000_000),
    ] {
        group.hub.publish(group.name, text.as_bytes());
    }
    wait(secs(1)).await;
    assert_eq!(instance.state(), Closed);
    assert!(instance.is_coordinated());
    // A valid one opens it for at most its longest open phase.
    let forged = format!("1|1000000000000|open|999999999|0|opened|{name}");
    group.hub.publish(group.name, forged.as_bytes());
    wait(secs(1)).await;
    assert_eq!(instance.state(), Open);
    wait(secs(RECOVERY - 2)).await;
    assert!(!instance.succeeds());
    wait(secs(4)).await;
    assert!(instance.succeeds());
    // The content of a push is not sent on as if the server had confirmed it.
    assert!(group.hub.take_requests().iter().all(|request| request.known.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_too_old_is_sent_again() {
    let (group, instances) = Group::of::<2>("too-old").await;
    // For the server, the next request of each is older than five seconds.
    group.hub.jump(10_000);
    instances.iter().for_each(Instance::trip);
    wait(secs(2)).await;
    assert_eq!(group.opened(), 2);
    instances[0].calls();
    wait(secs(RECOVERY - 3)).await;
    group.hub.jump(10_000);
    wait(secs(5)).await;
    assert!(instances[0].succeeds());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_is_reported_and_harms_for_one_phase() {
    for (name, jump) in [("jump-on", 90 * 60 * 1_000), ("jump-back", -90 * 60 * 1_000)] {
        let (group, instances) = Group::of::<2>(name).await;
        instances.iter().for_each(Instance::trip);
        wait(secs(1)).await;
        group.hub.jump(jump);
        wait(secs(2 * RECOVERY + 5)).await;
        assert!(
            group.count(|event| matches!(event, RecordedEvent::FleetClockJumped { .. })) >= 1,
            "{name}"
        );
        for _ in 0..1_000 {
            instances.iter().for_each(Instance::calls);
            wait(Duration::from_millis(50)).await;
        }
        assert_eq!(states(&instances), [Closed; 2], "{name}");
        // The next trip is decided as usual.
        instances.iter().for_each(Instance::trip);
        wait(secs(1)).await;
        assert_eq!(group.opened(), 4, "{name}");
    }
}

/// A transport whose third command panics, once.
struct Panicking(InMemory, bool);

struct PanickingConnection(Connected, Option<u32>);

impl Transport for Panicking {
    type Connection = PanickingConnection;

    async fn connect(&mut self) -> Result<PanickingConnection, Lost> {
        let panics = !std::mem::replace(&mut self.1, true);
        Ok(PanickingConnection(self.0.connect().await?, panics.then_some(3)))
    }
}

impl Connection for PanickingConnection {
    async fn run(&mut self, request: &Request) -> Result<Value, Lost> {
        if let Some(left) = &mut self.1 {
            *left -= 1;
            assert!(*left > 0, "a bug");
        }
        self.0.run(request).await
    }

    async fn pushed(&mut self) -> Result<Vec<u8>, Lost> {
        self.0.pushed().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_leaves_the_breaker_alone_and_the_agent_starts_again() {
    let group = Group::new("panic");
    let transport = Panicking(group.hub.transport(group.name), false);
    let instance = Instance::by(transport, group.setup("a"), group.breaker());
    wait(Duration::from_millis(500)).await;
    assert!(instance.is_coordinated());
    while reason(&instance) != Some(Reason::Panicked) {
        wait(Duration::from_millis(100)).await;
    }
    assert_eq!(group.lost(), 1);
    assert!(instance.succeeds());
    wait(secs(5)).await;
    assert!(instance.is_coordinated());
    assert_eq!(group.lost(), 1);
}
