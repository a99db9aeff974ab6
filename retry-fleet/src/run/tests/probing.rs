//! Probes after the open phase, and their outcomes.

use std::time::Duration;

use retry_runtime::Permit;

use super::group::{Closed, Instance, Open, RECOVERY, states};
use super::{Group, secs, wait};
use crate::setup::Setup;
use crate::votes::Quorum;

/// Returns a group that the fleet has just opened.
async fn opened<const N: usize>(name: &'static str) -> (Group, [Instance; N]) {
    let (group, instances) = Group::of::<N>(name).await;
    instances[0].trip();
    instances[1].trip();
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Open; N]);
    (group, instances)
}

/// Lets every instance call repeatedly for this time. Returns the permits of the admitted calls.
async fn rush<const N: usize>(instances: &[Instance; N], time: Duration) -> Vec<Permit<'static>> {
    let mut permits = Vec::new();
    for _ in 0..time.as_millis() / 50 {
        permits.extend(instances.iter().filter_map(Instance::begins));
        wait(Duration::from_millis(50)).await;
    }
    permits
}

#[tokio::test(start_paused = true)]
async fn four_instances_make_as_many_probes_as_one() {
    let (_group, instances) = opened::<4>("probes").await;
    let early = rush(&instances, secs(RECOVERY - 1)).await;
    assert_eq!(early.len(), 0);
    let permits = rush(&instances, secs(20)).await;
    assert_eq!(permits.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_was_rejected_has_a_lease_when_the_open_phase_ends() {
    let (_group, instances) = opened::<3>("ahead").await;
    assert!(!instances[1].succeeds());
    wait(secs(RECOVERY) + Duration::from_millis(40)).await;
    assert!(!instances[2].succeeds());
    assert!(instances[1].succeeds());
}

#[tokio::test(start_paused = true)]
async fn enough_successes_close_all() {
    let (group, instances) = opened::<4>("successes").await;
    rush(&instances, secs(RECOVERY)).await;
    for permit in rush(&instances, secs(1)).await {
        permit.success();
    }
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Closed; 4]);
    assert_eq!(group.closed(), 4);
    assert!(instances.iter().all(Instance::succeeds));
}

#[tokio::test(start_paused = true)]
async fn one_failure_reopens_and_the_open_phase_grows() {
    let group = Group::new("growth");
    let join = |instance: &str| {
        let breaker = group.breaker().recovery_backoff(2.0, secs(300));
        group.join_as(group.setup(instance), breaker)
    };
    let instances = [join("a"), join("b"), join("c")];
    wait(secs(1)).await;
    instances[0].trip();
    instances[1].trip();
    rush(&instances, secs(RECOVERY)).await;
    let mut permits = rush(&instances, secs(1)).await;
    permits.remove(0).failure();
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Open; 3]);
    assert_eq!(group.opened(), 6);
    // The second open phase is twice as long.
    assert_eq!(rush(&instances, secs(2 * RECOVERY - 2)).await.len(), 0);
    assert_eq!(rush(&instances, secs(5)).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_neutral_end_frees_the_place() {
    let (_group, instances) = opened::<3>("neutral").await;
    rush(&instances, secs(RECOVERY)).await;
    let permits = rush(&instances, secs(1)).await;
    assert_eq!(permits.len(), 2);
    drop(permits);
    assert_eq!(rush(&instances, secs(1)).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_owner_of_probes_that_dies_blocks_for_one_lease() {
    let (_group, [first, second, third]) = opened::<3>("dead-owner").await;
    let mut permits = Vec::new();
    while permits.len() < 2 {
        permits.extend(third.begins());
        wait(Duration::from_millis(50)).await;
    }
    third.dies();
    let rest = [first, second];
    assert_eq!(rush(&rest, secs(3)).await.len(), 0);
    for permit in rush(&rest, secs(4)).await {
        permit.success();
    }
    wait(secs(1)).await;
    assert_eq!(states(&rest), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_is_renewed_for_as_long_as_it_may_take() {
    let (_group, instances) = opened::<2>("slow-probe").await;
    rush(&instances, secs(RECOVERY)).await;
    let permits = rush(&instances, secs(25)).await;
    assert_eq!(permits.len(), 2);
    // Within the probe timeout, which is 60 s.
    wait(secs(30)).await;
    permits.into_iter().for_each(Permit::success);
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_hangs_does_not_block_for_ever() {
    let group = Group::new("hung-probe");
    let join = |instance: &str| {
        let breaker = group.breaker().probe_timeout(secs(10));
        group.join_as(group.setup(instance), breaker)
    };
    let instances = [join("a"), join("b")];
    wait(secs(1)).await;
    instances[0].trip();
    instances[1].trip();
    rush(&instances, secs(RECOVERY)).await;
    let hung = rush(&instances, secs(9)).await;
    assert_eq!(hung.len(), 2);
    // Their leases are no longer renewed, and lapse.
    for permit in rush(&instances, secs(8)).await {
        permit.success();
    }
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&instances), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_no_call_takes_goes_to_another() {
    let (_group, [first, second]) = opened::<2>("unclaimed").await;
    // The first asks ahead, and then makes no call.
    assert!(!first.succeeds());
    wait(secs(RECOVERY + 1)).await;
    let group = [second];
    let permits = rush(&group, secs(1)).await;
    assert_eq!(permits.len(), 1);
    assert_eq!(rush(&group, secs(7)).await.len(), 0);
    assert_eq!(rush(&group, secs(3)).await.len(), 1);
    drop(first);
}

/// Returns the number of calls after which an instance has closed the fleet, with this many seconds
/// between two calls.
async fn rare_caller(name: &'static str, between: u64) -> usize {
    let group = Group::new(name);
    let setup = Setup { quorum: Quorum::any(), ..group.setup("rare") };
    let instance = group.join_as(setup, group.breaker());
    wait(secs(1)).await;
    instance.trip();
    for call in 1..=20 {
        wait(secs(between)).await;
        instance.succeeds();
        wait(Duration::from_millis(10)).await;
        if instance.state() == Closed {
            assert_eq!(group.closed(), 1);
            return call;
        }
    }
    panic!("it never recovers");
}

#[tokio::test(start_paused = true)]
async fn rare_callers_recover() {
    assert!(rare_caller("rare-12", 12).await <= 6);
    assert!(rare_caller("rare-30", 30).await <= 6);
    assert!(rare_caller("rare-600", 600).await <= 6);
}

#[tokio::test(start_paused = true)]
async fn a_rare_caller_among_busy_ones_is_no_hindrance() {
    let (_group, [first, second, third]) = opened::<3>("rare-and-busy").await;
    third.succeeds();
    let busy = [first, second];
    rush(&busy, secs(RECOVERY)).await;
    for _ in 0..40 {
        busy.iter().for_each(Instance::calls);
        wait(Duration::from_millis(50)).await;
    }
    assert_eq!(third.state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn leases_that_are_always_refused_lead_to_local_rules() {
    let (_group, [first, second, third]) = opened::<3>("refused").await;
    let busy = [first, second];
    rush(&busy, secs(RECOVERY)).await;
    let held = rush(&busy, secs(1)).await;
    assert_eq!(held.len(), 2);
    // The third waits for at most its own open phases.
    let third = [third];
    assert_eq!(rush(&third, secs(RECOVERY - 3)).await.len(), 0);
    rush(&third, secs(4)).await.into_iter().for_each(Permit::success);
    assert_eq!(third[0].state(), Closed);
}

#[tokio::test(start_paused = true)]
async fn the_time_alone_is_no_refusal() {
    let (group, instances) = opened::<3>("alone-no-refusal").await;
    rush(&instances, secs(RECOVERY)).await;
    let held = rush(&instances, secs(2)).await;
    assert_eq!(held.len(), 2);
    group.hub.stop();
    wait(secs(RECOVERY + 5)).await;
    group.hub.serve();
    wait(secs(5)).await;
    assert!(instances.iter().all(Instance::is_coordinated));
    // The two continue to probe, and the third is refused as before.
    assert_eq!(rush(&instances, secs(10)).await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_grant_was_lost_is_asked_for_again() {
    let (group, instances) = opened::<2>("lost-grant").await;
    wait(secs(RECOVERY)).await;
    // The server grants each of them a lease, but the reply is lost.
    group.hub.hang();
    assert!(instances.iter().all(|instance| !instance.succeeds()));
    wait(Duration::from_millis(500)).await;
    group.hub.serve();
    wait(secs(3) + Duration::from_millis(500)).await;
    assert!(instances.iter().all(Instance::is_coordinated));
    // Those leases have not expired yet.
    assert_eq!(rush(&instances, Duration::from_millis(150)).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_an_episode_that_is_over_counts_for_nothing() {
    let (group, [first, second]) = opened::<2>("old-episode").await;
    let both = [first, second];
    rush(&both, secs(RECOVERY)).await;
    let mut permits = rush(&both, secs(1)).await;
    let old = permits.remove(0);
    permits.remove(0).failure();
    wait(Duration::from_millis(10)).await;
    assert_eq!(group.opened(), 4);
    rush(&both, secs(RECOVERY)).await;
    let present = rush(&both, secs(1)).await;
    assert!(!present.is_empty());
    old.failure();
    wait(secs(1)).await;
    assert_eq!(group.opened(), 4);
    for permit in present {
        permit.success();
    }
    wait(Duration::from_millis(10)).await;
    assert_eq!(states(&both), [Closed; 2]);
}
