//! Errors of applications and of deployments. Each affects only its own subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use retry_runtime::observe::{Event, add_listener};
use retry_runtime::{CircuitBreaker, CircuitBreakers};

use super::group::{Closed, Instance, Open, RECOVERY, states};
use super::{Group, secs, wait};
use crate::operator::Command;
use crate::setup::{Setup, Shared};
use crate::wire::Ask;

/// Joins with a breaker that has the name of a key of a shared set.
fn join_with_set(
    group: &Group,
    instance: &str,
    hash_keys: bool,
) -> (Instance, Arc<CircuitBreakers>) {
    let (set, key) = group.name.split_once('/').unwrap();
    let set = Arc::new(CircuitBreakers::named(set).failure_threshold(1));
    set.for_key(key);
    let mut setup = Setup { hash_keys, ..group.setup(instance) };
    setup.group = "misuse".to_owned();
    setup.shared.push(Shared::Keyed((&set).into()));
    let transport = group.hub.transport("misuse");
    (Instance::by(transport, setup, group.breaker()), set)
}

#[tokio::test(start_paused = true)]
async fn a_breaker_may_be_named_like_a_key() {
    for (name, hash_keys) in [("set-1/key", false), ("set-2/key", true)] {
        let group = Group::new(name);
        let all = ["a", "b", "c"].map(|instance| join_with_set(&group, instance, hash_keys));
        wait(secs(1)).await;
        let [first, second, third] = all.each_ref().map(|(instance, _)| instance);
        // The key is used again, now that the breaker is shared.
        for (_, set) in &all {
            drop(set.for_key("key").try_acquire().map(retry_runtime::Permit::failure));
            assert_eq!(set.for_key("key").state(), Open);
        }
        wait(secs(1)).await;
        // The breaker follows the fleet, and the key acts alone.
        assert_eq!(third.state(), Closed, "{name}");
        first.trip();
        second.trip();
        wait(secs(1)).await;
        assert_eq!(third.state(), Open, "{name}");
        wait(secs(RECOVERY + 31)).await;
        for _ in 0..100 {
            [first, second, third].into_iter().for_each(Instance::calls);
            for (_, set) in &all {
                drop(set.for_key("key").try_acquire().map(retry_runtime::Permit::success));
            }
            wait(Duration::from_millis(100)).await;
        }
        assert!(
            all.iter()
                .all(|(it, set)| { it.state() == Closed && set.for_key("key").state() == Closed })
        );
        // Nothing is left that keeps the instances busy.
        group.hub.take_requests();
        wait(secs(10)).await;
        for request in group.hub.take_requests() {
            let Ask::Beat(beat) = request.ask else { panic!("{:?}", request.ask) };
            assert!(beat.view.contains("\"open\":0"), "{}", beat.view);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn instances_of_one_name_have_one_vote() {
    let group = Group::new("one-name");
    let instances = ["a", "a", "b"].map(|name| group.join(name));
    wait(secs(1)).await;
    instances[0].trip();
    instances[1].trip();
    wait(secs(2)).await;
    assert_eq!(states(&instances), [Open, Open, Closed]);
    instances[2].trip();
    wait(secs(1)).await;
    assert_eq!(group.opened(), 3);
    wait(secs(RECOVERY)).await;
    for _ in 0..100 {
        instances.iter().for_each(Instance::calls);
        wait(Duration::from_millis(100)).await;
    }
    assert_eq!(states(&instances), [Closed; 3]);
}

#[tokio::test(start_paused = true)]
async fn each_instance_keeps_its_own_open_phase() {
    let group = Group::new("own-phase");
    let long = |breaker: CircuitBreaker| breaker.recovery_timeout(secs(10 * RECOVERY));
    let patient = group.join_as(group.setup("a"), long(group.breaker()));
    let other = group.join_as(group.setup("b"), long(group.breaker()));
    let hasty = group.join("c");
    wait(secs(1)).await;
    patient.trip();
    other.trip();
    wait(secs(1)).await;
    assert_eq!(hasty.state(), Open);
    // The instance receives no lease as long as the two are open. It waits for three of its open
    // phases.
    for _ in 0..4 * RECOVERY {
        hasty.calls();
        wait(secs(1)).await;
    }
    assert_eq!(hasty.state(), Closed);
    assert_eq!(patient.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn a_listener_may_look_and_act_while_it_hears() {
    let (group, instances) = Group::of::<3>("curious").await;
    let heard = Arc::new(AtomicU32::new(0));
    let listener = {
        let name = group.name;
        let parts = instances.each_ref().map(|it| (Arc::clone(&it.breaker), it.control.clone()));
        let (heard, is_nested) = (Arc::clone(&heard), AtomicBool::new(false));
        move |event: &Event<'_>| {
            // It also receives the events that it causes.
            if !format!("{event:?}").contains(name) || is_nested.swap(true, Ordering::Relaxed) {
                return;
            }
            for (breaker, control) in &parts {
                let _ = (breaker.state(), breaker.snapshot(), control.status());
                drop(breaker.try_acquire());
            }
            // The third instance is used by an operator.
            let (toy, _) = &parts[2];
            toy.force_open();
            toy.reset();
            heard.fetch_add(1, Ordering::Relaxed);
            is_nested.store(false, Ordering::Relaxed);
        }
    };
    add_listener(listener).unwrap();
    let command = |command| instances[0].command(command);
    for _ in 0..3 {
        instances[0].trip();
        instances[1].trip();
        wait(secs(1)).await;
        assert_eq!(command(Command::ForceOpen).await, Ok(()));
        wait(secs(1)).await;
        assert_eq!(command(Command::Reset).await, Ok(()));
        wait(secs(1)).await;
        assert_eq!(states(&instances), [Closed; 3]);
    }
    group.hub.stop();
    wait(secs(1)).await;
    group.hub.serve();
    wait(secs(10)).await;
    assert!(instances.iter().all(Instance::is_coordinated));
    assert!(heard.load(Ordering::Relaxed) > 20);
}
