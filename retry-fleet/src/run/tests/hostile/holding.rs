//! The time for which an attacker can hold a breaker open.

use super::*;
use crate::wire::Ask;

/// The seconds that an instance may need after an attack to ask for leases, twice if the first is
/// refused.
const ASKING: u64 = 3;

#[tokio::test(start_paused = true)]
async fn endless_epochs_hold_a_breaker_for_as_long_as_they_come() {
    let (group, [instance]) = Group::of::<1>("endless-epochs").await;
    for _ in 0..60 {
        publish(&group, time(&group), "open", MOST);
        wait(secs(5)).await;
        assert!(!instance.succeeds());
    }
    // The attacker leaves.
    let took = recovery(&instance, secs(1_000)).await;
    assert!(took <= secs(RECOVERY + ASKING), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn endless_epochs_end_with_the_server() {
    let (group, [instance]) = Group::of::<1>("endless-then-gone").await;
    for _ in 0..10 {
        publish(&group, time(&group), "open", MOST);
        wait(secs(5)).await;
    }
    group.hub.stop();
    let took = recovery(&instance, secs(1_000)).await;
    assert!(took <= secs(RECOVERY + ASKING), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_end_far_ahead_is_cut() {
    for (name, state) in [("far-open", "open"), ("far-half-open", "half-open")] {
        let (group, [instance, _idle]) = Group::of::<2>(name).await;
        group.hub.write(|memory, time| {
            let key = |end: &str| format!("{{rf1:{name}}}{end}").into_bytes();
            let register = format!("1|{time}|{state}|{MOST}|{MOST}|0");
            memory.put_field(&key(":r"), name.as_bytes(), register.as_bytes());
            memory.put_member(&key(":x"), name.as_bytes(), 1.0);
        });
        wait(secs(5)).await;
        assert_eq!(instance.state(), Open);
        let took = recovery(&instance, secs(10_000)).await;
        // Until it asks, and then once more, because the script cuts the end on a request.
        assert!(took <= secs(3 * RECOVERY + ASKING), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn planted_leases_delay_probes_by_one_open_phase() {
    let (group, instances) = Group::of::<2>("planted-leases").await;
    instances.iter().for_each(Instance::trip);
    wait(secs(1)).await;
    // In each epoch that may begin at the end of the open phase.
    group.hub.write(|memory, time| {
        let key = format!("{{rf1:{0}}}:s:{0}", group.name).into_bytes();
        for epoch in time + 28_000..time + 32_000 {
            let member = format!("{epoch}|attacker/1");
            memory.put_member(&key, member.as_bytes(), f64::INFINITY);
        }
    });
    let took = recovery(&instances[0], secs(10_000)).await;
    assert!(took <= secs(2 * RECOVERY + ASKING), "{took:?}");
}

/// Returns how long a breaker that has opened with its fleet stays open. The server gives this
/// answer to requests for leases, and claims this many instances.
async fn held_by(name: &'static str, answer: &'static str, alive: u64) -> Duration {
    let group = Group::new(name);
    let forge = move |request: &Request, values: &mut [Value]| match &request.ask {
        Ask::Beat(_) => values[1] = int(alive),
        Ask::Lease(_) => {
            values[1] = text(answer);
            values[3] = int(MOST);
        }
        _ => {}
    };
    let instance = join_intercepted(&group, group.setup("a"), group.breaker(), forge);
    let other = group.join("b");
    wait(secs(1)).await;
    [&instance, &other].into_iter().for_each(Instance::trip);
    recovery(&instance, secs(10_000)).await
}

#[tokio::test(start_paused = true)]
async fn leases_that_never_come_are_waited_for_a_bounded_time() {
    for (name, answer, phases) in [
        ("refused", "refused", 2),
        ("waiting", "waiting", 4),
        ("closed", "closed", 4),
        ("none", "none", 2),
        ("other-epoch", "other-epoch", 4),
    ] {
        let took = held_by(name, answer, 2).await;
        assert!(took <= secs(phases * RECOVERY + ASKING), "{answer}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_does_not_exist_delays_probes_by_a_bounded_time() {
    let took = held_by("crowd", "refused", MOST).await;
    // Up to 50 s until it asks, and up to 75 s until it asks again.
    assert!(took <= secs(RECOVERY + 125 + ASKING), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_forged_end_closes_a_breaker_until_it_trips_again() {
    let (group, [instance, _other]) = Group::of::<2>("forged-end").await;
    instance.trip();
    publish(&group, time(&group) + 1_000, "closed", 0);
    wait(secs(1)).await;
    assert_eq!(instance.state(), Closed);
    instance.trip();
    wait(secs(1)).await;
    assert_eq!(instance.state(), Open);
    // An operator of the process takes precedence.
    instance.breaker.force_open();
    publish(&group, time(&group) + 2_000, "closed", 0);
    wait(secs(1)).await;
    assert_eq!(instance.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn an_operator_of_the_process_ends_what_is_forged() {
    let (group, [instance]) = Group::of::<1>("operator-first").await;
    publish(&group, time(&group), "open", MOST);
    wait(secs(1)).await;
    assert!(!instance.succeeds());
    instance.breaker.force_closed();
    for _ in 0..10 {
        publish(&group, time(&group), "open", MOST);
        wait(secs(1)).await;
        assert!(instance.succeeds());
    }
}
