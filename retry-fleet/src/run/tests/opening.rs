//! Votes, and the reaction of other instances.

use std::time::Duration;

use retry_runtime::testing::RecordedEvent;

use super::group::{Closed, Instance, Open, RECOVERY, states};
use super::{Group, secs, wait};
use crate::setup::Setup;
use crate::votes::Quorum;

#[tokio::test(start_paused = true)]
async fn two_voters_open_the_fleet_and_the_third_follows() {
    let (group, instances) = Group::of::<3>("two-voters").await;
    instances[0].trip();
    wait(secs(1)).await;
    assert_eq!(states(&instances), [Open, Closed, Closed]);
    instances[1].trip();
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Open; 3]);
    assert!(!instances[2].succeeds());
    assert_eq!(group.opened(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_voter_opens_nothing_however_often_it_trips() {
    let (group, instances) = Group::of::<3>("one-voter").await;
    for _ in 0..5 {
        instances[0].trip();
        wait(secs(RECOVERY + 1)).await;
        // It recovers by its local rules.
        assert!(instances[0].succeeds());
        assert!(instances[0].succeeds());
        assert_eq!(states(&instances), [Closed; 3]);
    }
    assert_eq!(group.opened(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_trips_that_are_too_far_apart_open_nothing() {
    let (group, instances) = Group::of::<3>("far-apart").await;
    instances[0].trip();
    wait(secs(RECOVERY + 1)).await;
    instances[1].trip();
    wait(secs(1)).await;
    assert_eq!(states(&instances), [Open, Open, Closed]);
    assert_eq!(group.opened(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_trips_after_the_fleet_has_closed_stays_open() {
    let (group, instances) = Group::of::<3>("trips-later").await;
    instances[0].trip();
    instances[1].trip();
    for _ in 0..RECOVERY * 10 + 20 {
        instances.iter().for_each(Instance::calls);
        wait(Duration::from_millis(100)).await;
    }
    assert_eq!(states(&instances), [Closed; 3]);
    instances[2].trip();
    // Every beat reports that the fleet is closed.
    group.hub.cut();
    wait(secs(10)).await;
    assert_eq!(states(&instances), [Closed, Closed, Open]);
    wait(secs(RECOVERY - 10)).await;
    assert!(instances[2].succeeds() && instances[2].succeeds());
    assert_eq!(instances[2].state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn two_processes_of_one_host_have_one_vote() {
    let group = Group::new("one-host");
    let join = |instance: &str, voter: &str| {
        let setup = Setup { voter: voter.to_owned(), ..group.setup(instance) };
        group.join_as(setup, group.breaker())
    };
    let instances = [join("a", "host"), join("b", "host"), join("c", "other")];
    wait(secs(1)).await;
    instances[0].trip();
    instances[1].trip();
    wait(secs(1)).await;
    assert_eq!(states(&instances), [Open, Open, Closed]);
}

#[tokio::test(start_paused = true)]
async fn with_any_quorum_one_trip_is_enough() {
    let group = Group::new("any");
    let join = |instance: &str| {
        let setup = Setup { quorum: Quorum::any(), ..group.setup(instance) };
        group.join_as(setup, group.breaker())
    };
    let instances = [join("a"), join("b")];
    wait(secs(1)).await;
    instances[0].trip();
    wait(secs(1)).await;
    assert_eq!(states(&instances), [Open; 2]);
    assert_eq!(group.opened(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lone_voter_decides_once_the_group_is_three_beats_old() {
    let (group, [instance]) = Group::of::<1>("lone").await;
    instance.trip();
    wait(secs(1)).await;
    assert_eq!(group.opened(), 0);
    wait(secs(RECOVERY + 1)).await;
    assert!(instance.succeeds() && instance.succeeds());
    instance.trip();
    wait(secs(1)).await;
    assert_eq!(group.opened(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_fleet_opened_is_no_vote() {
    let (group, instances) = Group::of::<4>("no-echo").await;
    instances[0].trip();
    instances[1].trip();
    wait(secs(1)).await;
    let requests = group.hub.take_requests();
    let voters = requests.iter().filter_map(|request| match &request.ask {
        crate::wire::Ask::Vote(vote) => Some(vote.voter.as_str()),
        _ => None,
    });
    assert_eq!(voters.collect::<Vec<_>>(), ["i0", "i1"]);
    assert_eq!(states(&instances), [Open; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_starts_with_what_is_known() {
    let (group, instances) = Group::of::<2>("newcomer").await;
    instances.iter().for_each(Instance::trip);
    wait(secs(1)).await;
    let newcomer = group.join("new");
    wait(secs(1)).await;
    assert_eq!(newcomer.state(), Open);
    assert!(!newcomer.succeeds());
}

#[tokio::test(start_paused = true)]
async fn an_observing_instance_reports_and_applies_nothing() {
    let (group, instances) = Group::of::<2>("observing").await;
    let setup = Setup { observes: true, ..group.setup("observer") };
    let observer = group.join_as(setup, group.breaker());
    wait(secs(1)).await;
    instances.iter().for_each(Instance::trip);
    wait(secs(1)).await;
    assert_eq!(observer.state(), Closed);
    assert_eq!(group.opened(), 2);
    assert_eq!(group.count(|event| matches!(event, RecordedEvent::FleetWouldOpen { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn where_all_observe_a_recovery_closes_the_fleet() {
    let group = Group::new("all-observe");
    let join = |instance: &str| {
        let setup = Setup { observes: true, ..group.setup(instance) };
        group.join_as(setup, group.breaker())
    };
    let instances = [join("a"), join("b"), join("c")];
    wait(secs(1)).await;
    for outage in 1..=2 {
        instances[0].trip();
        instances[1].trip();
        wait(secs(RECOVERY + 2)).await;
        assert!(instances[0].succeeds() && instances[0].succeeds());
        wait(secs(5)).await;
        // Each follows its local rules.
        assert_eq!(states(&instances), [Closed, Open, Closed]);
        let would_open = |event: &_| matches!(event, RecordedEvent::FleetWouldOpen { .. });
        assert_eq!(group.count(would_open), 3 * outage);
        assert_eq!(group.closed(), 3 * outage);
        assert!(instances[1].succeeds() && instances[1].succeeds());
        wait(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_instance_knows_all_before_it_is_coordinated() {
    let group = Group::new("knows-all");
    // Two pages of breakers that closed long ago come first.
    group.hub.write(|memory, time| {
        let key = |end: &str| format!("{{rf1:{}}}{end}", group.name).into_bytes();
        for number in 0..2_u8 * 64 {
            let name = format!("old-{number}");
            memory.put_field(&key(":r"), name.as_bytes(), b"1|1|closed|0|0|0");
            memory.put_member(&key(":x"), name.as_bytes(), (number + 1).into());
        }
        let register = format!("1|{time}|open|{}|0|0", time + RECOVERY * 1_000);
        memory.put_field(&key(":r"), group.name.as_bytes(), register.as_bytes());
        memory.put_member(&key(":x"), group.name.as_bytes(), 1_000.0);
    });
    let instance = group.join("new");
    while !instance.is_coordinated() {
        wait(Duration::from_millis(1)).await;
    }
    assert_eq!(instance.state(), Open);
}
