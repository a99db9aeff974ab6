//! Commands of operators for the whole fleet.

use std::time::Duration;

use retry_runtime::Mode;
use retry_runtime::testing::RecordedEvent;

use super::group::{Closed, Instance, Open, states};
use super::{Group, secs, wait};
use crate::operator::{Command, CommandError};
use crate::wire::Ask;

/// Lets a push, and the beat that follows it, reach all instances.
async fn spread() {
    wait(Duration::from_millis(100)).await;
}

#[tokio::test(start_paused = true)]
async fn a_force_holds_everywhere_until_a_reset() {
    let (group, instances) = Group::of::<3>("force-open").await;
    assert_eq!(instances[0].command(Command::ForceOpen).await, Ok(()));
    spread().await;
    assert_eq!(states(&instances), [Open; 3]);
    wait(secs(3_600)).await;
    assert!(!instances[1].succeeds());
    assert_eq!(instances[1].command(Command::Reset).await, Ok(()));
    spread().await;
    assert_eq!(states(&instances), [Closed; 3]);
    assert!(instances.iter().all(Instance::succeeds));
    let by_ann = |event: &RecordedEvent| match event {
        RecordedEvent::FleetCommand { by, .. } => by == "ann",
        _ => false,
    };
    assert_eq!(group.count(by_ann), 6);
}

#[tokio::test(start_paused = true)]
async fn a_force_ends_by_itself() {
    let (_group, instances) = Group::of::<2>("lasting").await;
    let lasting = Some(secs(60));
    let commanded =
        instances[0].control.command("lasting", Command::ForceOpen, "ann", lasting).await;
    assert_eq!(commanded, Ok(()));
    wait(secs(59)).await;
    assert!(instances.iter().all(|it| !it.succeeds()));
    wait(secs(2)).await;
    assert!(instances.iter().all(Instance::succeeds));
    assert_eq!(states(&instances), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_force_holds_without_the_server_and_for_newcomers() {
    let (group, instances) = Group::of::<2>("force-holds").await;
    assert_eq!(instances[0].command(Command::ForceOpen).await, Ok(()));
    let newcomer = group.join("new");
    spread().await;
    assert_eq!(newcomer.state(), Open);
    group.hub.stop();
    wait(secs(600)).await;
    assert_eq!(states(&instances), [Open; 2]);
    assert!(!newcomer.succeeds());
}

#[tokio::test(start_paused = true)]
async fn a_forced_closed_breaker_stays_closed_whatever_the_fleet_does() {
    let (_group, instances) = Group::of::<3>("force-closed").await;
    assert_eq!(instances[0].command(Command::ForceClosed).await, Ok(()));
    spread().await;
    for _ in 0..20 {
        assert!(instances.iter().all(Instance::fails));
    }
    wait(secs(1)).await;
    assert_eq!(states(&instances), [Closed; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_reset_closes_what_the_fleet_has_opened() {
    let (_group, instances) = Group::of::<3>("reset").await;
    instances[0].trip();
    instances[1].trip();
    spread().await;
    assert_eq!(states(&instances), [Open; 3]);
    assert_eq!(instances[2].command(Command::Reset).await, Ok(()));
    spread().await;
    assert_eq!(states(&instances), [Closed; 3]);
}

#[tokio::test(start_paused = true)]
async fn the_mode_is_set_everywhere() {
    let (_group, instances) = Group::of::<2>("mode").await;
    assert_eq!(instances[0].command(Command::SetMode(Mode::Off)).await, Ok(()));
    spread().await;
    assert!(instances.iter().all(|it| it.breaker.current_mode() == Mode::Off));
    assert_eq!(instances[0].command(Command::SetMode(Mode::Enforce)).await, Ok(()));
    spread().await;
    assert!(instances.iter().all(|it| it.breaker.current_mode() == Mode::Enforce));
}

#[tokio::test(start_paused = true)]
async fn a_force_in_this_process_goes_first() {
    let (_group, instances) = Group::of::<2>("force-here").await;
    instances[1].breaker.force_closed();
    assert_eq!(instances[0].command(Command::ForceOpen).await, Ok(()));
    spread().await;
    assert_eq!(states(&instances), [Open, Closed]);
    instances[1].breaker.reset();
    spread().await;
    assert_eq!(states(&instances), [Open; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_force_here_is_nobody_elses_business() {
    let (group, instances) = Group::of::<3>("local-force").await;
    instances[0].breaker.force_open();
    instances[1].breaker.trip();
    instances[2].breaker.trip();
    wait(secs(5)).await;
    assert_eq!(states(&instances), [Open; 3]);
    assert_eq!(group.opened(), 0);
    let requests = group.hub.take_requests();
    assert!(requests.iter().all(|request| matches!(request.ask, Ask::Beat(_))));
}

#[tokio::test(start_paused = true)]
async fn without_a_server_nothing_is_sent() {
    let (group, instances) = Group::of::<2>("alone").await;
    group.hub.stop();
    spread().await;
    assert_eq!(instances[0].command(Command::ForceOpen).await, Err(CommandError::Alone));
    group.hub.serve();
    wait(secs(10)).await;
    assert_eq!(states(&instances), [Closed; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_command_without_a_reply_may_have_been_executed() {
    let (group, instances) = Group::of::<2>("unconfirmed").await;
    group.hub.hang();
    let commanded = instances[0].command(Command::ForceOpen).await;
    assert_eq!(commanded, Err(CommandError::Unconfirmed));
    // It was executed, and all instances learn of it at the next beat.
    group.hub.serve();
    wait(secs(10)).await;
    assert_eq!(states(&instances), [Open; 2]);
    // It is safe to repeat.
    assert_eq!(instances[0].command(Command::ForceOpen).await, Ok(()));
    spread().await;
    assert_eq!(states(&instances), [Open; 2]);
}

#[tokio::test(start_paused = true)]
async fn who_was_cut_off_learns_of_it_at_the_first_beat() {
    let (group, instances) = Group::of::<1>("cut-off").await;
    let late = group.join("late");
    wait(secs(1)).await;
    group.hub.cut();
    // Either instance may reconnect first.
    while instances[0].command(Command::ForceOpen).await.is_err() {
        wait(Duration::from_millis(50)).await;
    }
    wait(secs(5)).await;
    assert_eq!(late.state(), Open);
}

#[tokio::test(start_paused = true)]
async fn after_a_shutdown_nothing_can_be_commanded() {
    let (_group, [instance]) = Group::of::<1>("shut-down").await;
    let control = instance.control.clone();
    control.shutdown(secs(1)).await;
    instance.has_ended().await;
    let commanded = control.command("shut-down", Command::Reset, "ann", None).await;
    assert_eq!(commanded, Err(CommandError::Alone));
}
