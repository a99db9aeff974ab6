//! The view for operators.

use std::sync::Arc;
use std::time::Duration;

use retry_runtime::{CircuitBreakers, CircuitState, Mode};

use super::group::Instance;
use super::{Group, secs, wait};
use crate::control::control;
use crate::operator::{Command, CommandError};
use crate::run::Prepared;
use crate::setup::{Setup, Shared};
use crate::status::Status;
use crate::view::{FleetBreaker, FleetView};
use crate::wire::Ask;

impl Instance {
    async fn view(&self) -> FleetView {
        self.control.view().await.unwrap()
    }

    async fn breaker_in_view(&self) -> FleetBreaker {
        let mut breakers = self.view().await.breakers;
        assert_eq!(breakers.len(), 1, "{breakers:#?}");
        breakers.remove(0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_view_has_votes_then_the_open_phase_then_who_probes() {
    let (_group, instances) = Group::of::<3>("view-phases").await;
    let shown = instances[2].breaker_in_view().await;
    assert_eq!((shown.name.as_str(), shown.epoch), ("view-phases", 0));
    assert_eq!((shown.state, shown.left), (CircuitState::Closed, Duration::ZERO));
    assert_eq!((shown.forced, shown.mode, &shown.by), (None, None, &None));

    instances[0].trip();
    wait(secs(1)).await;
    let shown = instances[2].breaker_in_view().await;
    assert_eq!((shown.state, shown.voters), (CircuitState::Closed, vec!["i0".to_owned()]));

    instances[1].trip();
    wait(secs(1)).await;
    let shown = instances[2].breaker_in_view().await;
    assert_eq!((shown.state, shown.failed), (CircuitState::Open, 0));
    assert!(shown.left > secs(super::group::RECOVERY - 2), "{shown:?}");
    assert_eq!(shown.voters, [""; 0]);

    // Rejected calls make the agent ask for a lease once the phase is over.
    assert!(!instances[2].succeeds());
    wait(secs(super::group::RECOVERY)).await;
    let shown = instances[0].breaker_in_view().await;
    assert_eq!((shown.state, shown.probing), (CircuitState::HalfOpen, vec!["i2".to_owned()]));
    assert!(instances[2].fails());
    wait(secs(1)).await;
    let shown = instances[0].breaker_in_view().await;
    assert_eq!((shown.state, shown.failed), (CircuitState::Open, 1));
    assert_eq!(shown.probing, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_view_has_the_instances_with_what_they_say() {
    let (group, instances) = Group::of::<2>("view-instances").await;
    instances[0].trip();
    wait(secs(3)).await;
    let view = instances[1].view().await;
    assert_eq!((view.group.as_str(), view.instance.as_str()), (group.name, "i1"));
    assert_eq!((view.quorum, view.alive), (2, 2));
    assert!(matches!(view.status, Status::Coordinated { instances: 2, .. }));
    let tripped = view.instances.iter().find(|it| it.name == "i0").unwrap();
    assert_eq!((tripped.version.as_str(), tripped.coordinated), ("1.2.3", Some(true)));
    assert_eq!((tripped.open, &tripped.open_breakers[..]), (1, &[group.name.to_owned()][..]));
    let other = view.instances.iter().find(|it| it.name == "i1").unwrap();
    assert_eq!((other.open, other.open_breakers.len()), (0, 0));
    assert!(view.instances.iter().all(|it| it.last_beat < secs(3)), "{view:?}");

    let [first, second] = instances;
    first.dies();
    wait(secs(3)).await;
    let silent = second.view().await.instances.remove(0);
    assert_eq!(silent.name, "i0");
    assert!((secs(3)..secs(6)).contains(&silent.last_beat), "{silent:?}");
    wait(secs(4)).await;
    assert_eq!(second.view().await.instances.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_view_has_what_operators_command_and_until_when() {
    let (group, instances) = Group::of::<2>("view-commands").await;
    let lasting = Some(secs(60));
    let control = &instances[0].control;
    control.command(group.name, Command::ForceOpen, "ann", lasting).await.unwrap();
    control.command(group.name, Command::SetMode(Mode::Observe), "b\u{e9}a", None).await.unwrap();
    wait(secs(10)).await;
    let shown = instances[1].breaker_in_view().await;
    assert_eq!((shown.forced, shown.mode), (Some(CircuitState::Open), Some(Mode::Observe)));
    assert_eq!(shown.by.as_deref(), Some("b\u{e9}a"));
    assert_eq!((shown.state, shown.forced_left), (CircuitState::Closed, Some(secs(50))));

    wait(secs(50)).await;
    let shown = instances[1].breaker_in_view().await;
    assert_eq!((shown.forced, shown.forced_left), (None, None));
    instances[0].command(Command::ForceClosed).await.unwrap();
    let shown = instances[1].breaker_in_view().await;
    assert_eq!((shown.forced, shown.forced_left), (Some(CircuitState::Closed), None));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_trouble_elsewhere_is_shown_too() {
    let (group, [instance]) = Group::of::<1>("view-elsewhere").await;
    let elsewhere = "a name that the wire has only as a hash";
    instance.control.command(elsewhere, Command::ForceOpen, "ann", None).await.unwrap();
    let breakers = instance.view().await.breakers;
    let names: Vec<_> = breakers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, [&*crate::wire::key_name(elsewhere), group.name]);
    instance.control.command(elsewhere, Command::Reset, "ann", None).await.unwrap();
    assert_eq!(instance.breaker_in_view().await.name, group.name);
}

#[tokio::test(start_paused = true)]
async fn a_process_knows_its_own_names_behind_hashes() {
    let group = Group::new("view-hashes");
    let set = Arc::new(CircuitBreakers::named("view-hashes-set").failure_threshold(1));
    let mut setup = Setup { hash_keys: true, ..group.setup("a") };
    setup.shared.push(Shared::Keyed((&set).into()));
    let (control, orders) = control();
    tokio::spawn(Prepared::new(setup, orders).unwrap().run(group.hub.transport(group.name)));
    wait(secs(1)).await;
    set.for_key("eu").try_acquire().unwrap().failure();
    wait(secs(3)).await;
    let view = control.view().await.unwrap();
    assert_eq!(view.breakers[0].name, "view-hashes-set/eu");
    assert_eq!(view.instances[0].open_breakers, ["view-hashes-set/eu"]);
}

#[tokio::test(start_paused = true)]
async fn one_look_answers_all_who_wait_and_names_at_most_64() {
    let group = Group::new("view-many");
    let instance = group.join("a");
    wait(secs(1)).await;
    for number in 0..70 {
        let name = format!("b{number}");
        instance.control.command(&name, Command::ForceOpen, "ann", None).await.unwrap();
    }
    group.hub.take_requests();
    let (one, other) = tokio::join!(instance.control.view(), instance.control.view());
    assert_eq!(one.as_ref().unwrap().breakers.len(), 64);
    assert_eq!(one, other);
    let requests = group.hub.take_requests();
    let looks = requests.iter().filter(|request| matches!(request.ask, Ask::Look(_)));
    assert_eq!(looks.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_there_is_no_view() {
    let group = Group::new("view-alone");
    group.hub.stop();
    let instance = group.join("a");
    assert_eq!(instance.control.view().await, Err(CommandError::Alone));
    wait(secs(1)).await;
    assert_eq!(instance.control.view().await, Err(CommandError::Alone));
    group.hub.serve();
    wait(secs(10)).await;
    assert!(instance.control.view().await.is_ok());

    // A view that is in flight when the server hangs.
    group.hub.hang();
    assert_eq!(instance.control.view().await, Err(CommandError::Alone));
    group.hub.serve();
    wait(secs(10)).await;
    assert!(instance.control.view().await.is_ok());
    instance.control.shutdown(secs(1)).await;
    assert_eq!(instance.control.view().await, Err(CommandError::Alone));
}
