//! The harm that an attacker can do to an instance: time, memory, requests and log lines.

use retry_runtime::testing::RecordedEvent;

use super::*;
use crate::status::Status;

#[tokio::test(start_paused = true)]
async fn a_flood_of_pushes_costs_a_bounded_number_of_events() {
    let (group, [instance]) = Group::of::<1>("push-flood").await;
    let began = time(&group);
    // Ten seconds in which each push is new.
    for number in 0..10_000 {
        let state = if number % 2 == 0 { "open" } else { "closed" };
        publish(&group, began + number, state, 5_000);
        wait(Duration::from_millis(1)).await;
    }
    assert!(instance.is_coordinated());
    let events = group.opened() + group.closed();
    assert!(events <= 11 * 50, "{events}");
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_commands_costs_a_bounded_number_of_beats() {
    let (group, [instance]) = Group::of::<1>("command-flood").await;
    group.hub.take_requests();
    let began = time(&group);
    for number in 0..10_000 {
        let push = format!("1|{}|closed|0|0|command|{}", began + number, group.name);
        group.hub.publish(group.name, push.as_bytes());
        wait(Duration::from_millis(1)).await;
    }
    assert!(instance.is_coordinated());
    let requests = group.hub.take_requests().len();
    assert!(requests <= 10 * 20 + 10, "{requests}");
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_cost_a_bounded_number_of_beats() {
    let group = Group::new("endless-pages");
    let forge = |_: &Request, values: &mut [Value]| {
        let entry = |number: usize| {
            Value::Array(vec![text(&format!("b{number}")), text(""), int(0), text("")])
        };
        values[5] = Value::Array((0..crate::limits::CHANGED).map(entry).collect());
    };
    let instance = join_intercepted(&group, group.setup("a"), group.breaker(), forge);
    wait(secs(10)).await;
    group.hub.take_requests();
    wait(secs(100)).await;
    let requests = group.hub.take_requests().len();
    assert!(requests <= 250, "{requests}");
    // It never has all changes, and therefore acts alone.
    assert!(!instance.is_coordinated());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_with_every_reply_is_reported_now_and_then() {
    let group = Group::new("wild-clock");
    let mut number = 0;
    let forge = move |_: &Request, values: &mut [Value]| {
        number += 1;
        if number % 2 == 0 {
            values[0] = int(MOST);
        }
    };
    let instance = join_intercepted(&group, group.setup("a"), group.breaker(), forge);
    wait(secs(3_600)).await;
    let events = group.count(|event| matches!(event, RecordedEvent::FleetClockJumped { .. }));
    assert!((1..=61).contains(&events), "{events}");
    drop(instance);
}

#[tokio::test(start_paused = true)]
async fn instances_that_do_not_exist_are_forgotten_after_three_beats() {
    let (group, [instance]) = Group::of::<1>("fake-instances").await;
    group.hub.write(|memory, _| {
        let key = format!("{{rf1:{}}}:a", group.name).into_bytes();
        for number in 0..20_000 {
            memory.put_member(&key, format!("fake-{number}").as_bytes(), f64::INFINITY);
        }
    });
    wait(secs(100)).await;
    let Status::Coordinated { instances, .. } = instance.control.status() else {
        panic!("it is alone")
    };
    assert_eq!(instances, 1);
}
