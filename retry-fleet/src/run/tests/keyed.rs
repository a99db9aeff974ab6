//! Keyed sets: only keys in trouble are shared.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::{CircuitBreakers, CircuitState};
use tokio::task::JoinHandle;

use super::group::{Closed, Open, RECOVERY};
use super::{Group, secs, wait};
use crate::control::{Control, control};
use crate::run::Prepared;
use crate::setup::{Setup, Shared};
use crate::wire::{Ask, Request};

/// An instance with a set of the group's name.
struct Keys {
    set: Arc<CircuitBreakers>,
    control: Control,
    _task: JoinHandle<()>,
}

impl Keys {
    fn join(group: &Group, instance: &str, change: impl FnOnce(&mut Setup)) -> Self {
        let set = CircuitBreakers::named(group.name)
            .failure_threshold(1)
            .recovery_timeout(secs(RECOVERY))
            .success_threshold(1)
            .max_keys(400);
        let set = Arc::new(set);
        let mut setup = group.setup(instance);
        setup.shared.push(Shared::Keyed((&set).into()));
        change(&mut setup);
        let (control, orders) = control();
        let task = tokio::spawn(
            Prepared::new(setup, orders).unwrap().run(group.hub.transport(group.name)),
        );
        Self { set, control, _task: task }
    }

    fn fails(&self, key: &str) {
        if let Ok(permit) = self.set.for_key(key).try_acquire() {
            permit.failure();
        }
    }

    fn succeeds(&self, key: &str) -> bool {
        self.set.for_key(key).try_acquire().map(retry_runtime::Permit::success).is_ok()
    }

    /// Makes a call that succeeds, if it is admitted.
    fn calls(&self, key: &str) {
        self.succeeds(key);
    }

    fn state(&self, key: &str) -> CircuitState {
        self.set.for_key(key).state()
    }
}

async fn three(name: &'static str) -> (Group, [Keys; 3]) {
    let group = Group::new(name);
    let keys = ["a", "b", "c"].map(|instance| Keys::join(&group, instance, |_| {}));
    wait(secs(1)).await;
    (group, keys)
}

/// Returns the breakers in requests other than beats.
fn named(requests: &[Request]) -> BTreeSet<&str> {
    let names = requests.iter().filter_map(|request| match &request.ask {
        Ask::Beat(_) | Ask::Look(_) => None,
        Ask::Vote(vote) => Some(&vote.breaker),
        Ask::Lease(lease) => Some(&lease.breaker),
        Ask::Outcome(outcome) => Some(&outcome.breaker),
        Ask::Command(command) => Some(&command.breaker),
    });
    names.map(String::as_str).collect()
}

#[tokio::test(start_paused = true)]
async fn a_key_opens_everywhere_and_a_new_one_begins_open() {
    let (_group, [first, second, third]) = three("new-key").await;
    third.succeeds("eu");
    first.fails("us");
    second.fails("us");
    first.fails("eu");
    second.fails("eu");
    wait(Duration::from_millis(10)).await;
    assert_eq!(third.state("eu"), Open);
    // This process has never called it.
    assert!(third.set.get("us").is_none());
    assert!(!third.succeeds("us"));
    assert_eq!(third.state("us"), Open);
    assert!(third.succeeds("asia"));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_forced_also_where_it_comes_later() {
    let (_group, keys) = three("forced-key").await;
    let command = crate::operator::Command::ForceOpen;
    let forced = keys[0].control.command("forced-key/us", command, "ann", None).await;
    assert_eq!(forced, Ok(()));
    wait(secs(5)).await;
    keys[1].succeeds("us");
    wait(Duration::from_millis(10)).await;
    assert_eq!(keys[1].state("us"), Open);
    wait(secs(600)).await;
    assert!(!keys[1].succeeds("us"));
}

#[tokio::test(start_paused = true)]
async fn a_key_closes_everywhere() {
    let (_group, keys) = three("key-closes").await;
    keys[0].fails("us");
    keys[1].fails("us");
    wait(Duration::from_millis(10)).await;
    assert!(!keys[2].succeeds("us"));
    for _ in 0..RECOVERY * 20 + 40 {
        for it in &keys {
            it.calls("us");
        }
        wait(Duration::from_millis(50)).await;
    }
    assert!(keys.iter().all(|it| it.state("us") == Closed));
}

#[tokio::test(start_paused = true)]
async fn keys_without_trouble_stay_in_the_process() {
    let (group, keys) = three("quiet-keys").await;
    for number in 0..100 {
        assert!(keys.iter().all(|it| it.succeeds(&format!("key-{number}"))));
    }
    keys[0].fails("bad");
    wait(secs(10)).await;
    let traffic = group.hub.traffic();
    let has =
        |text: &str| traffic.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(text));
    assert!(has("quiet-keys/bad"));
    assert!(!has("key-"));
}

#[tokio::test(start_paused = true)]
async fn keys_can_be_hidden() {
    let group = Group::new("hidden-keys");
    let hash = |setup: &mut Setup| setup.hash_keys = true;
    let keys = ["a", "b", "c"].map(|instance| Keys::join(&group, instance, hash));
    wait(secs(1)).await;
    keys[0].fails("tenant-secret");
    keys[1].fails("tenant-secret");
    wait(secs(1)).await;
    assert!(!keys[2].succeeds("tenant-secret"));
    let command = crate::operator::Command::Reset;
    let reset = keys[2].control.command("hidden-keys/tenant-secret", command, "ann", None);
    assert_eq!(reset.await, Ok(()));
    wait(secs(1)).await;
    assert!(keys.iter().all(|it| it.state("tenant-secret") == Closed));
    for bytes in group.hub.traffic() {
        assert!(!String::from_utf8_lossy(&bytes).contains("tenant-secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_shares_256_keys_at_a_time() {
    let (group, keys) = three("many-keys").await;
    let name = |number| format!("{number:03}");
    for number in 0..300 {
        keys[0].fails(&name(number));
        wait(Duration::from_millis(2)).await;
    }
    wait(secs(1)).await;
    let requests = group.hub.take_requests();
    let votes = named(&requests);
    assert_eq!(votes.len(), 256);
    assert!(votes.contains("many-keys/000") && !votes.contains("many-keys/299"));
    // Many failures: the same keys fail in all instances, and the beats continue.
    for number in 0..300 {
        keys[1].fails(&name(number));
    }
    wait(secs(5)).await;
    let open = (0..300).filter(|number| keys[2].state(&name(*number)) == Open).count();
    assert_eq!(open, 256);
    let requests = group.hub.take_requests();
    let beats = requests.iter().filter(|request| matches!(request.ask, Ask::Beat(_))).count();
    assert!(beats >= 6, "{beats}");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_lost_its_place_takes_its_vote_along() {
    let group = Group::new("evicted");
    let [first, second, third] = ["a", "b", "c"].map(|it| Keys::join(&group, it, |_| {}));
    wait(secs(1)).await;
    first.fails("old");
    wait(secs(1)).await;
    group.hub.take_requests();
    // 400 newer keys take the place of the old one, once it is closed again.
    wait(secs(RECOVERY)).await;
    first.succeeds("old");
    for number in 0..400 {
        first.succeeds(&format!("new-{number}"));
    }
    assert!(first.set.get("old").is_none());
    wait(secs(1)).await;
    let requests = group.hub.take_requests();
    let withdrawn = requests.iter().any(|request| match &request.ask {
        Ask::Vote(vote) => vote.breaker == "evicted/old" && !vote.cast,
        _ => false,
    });
    assert!(withdrawn);
    second.fails("old");
    wait(secs(1)).await;
    assert_eq!(third.state("old"), Closed);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_lost_its_place_gives_its_lease_back() {
    let group = Group::new("evicted-lease");
    let [first, second] = ["a", "b"].map(|instance| Keys::join(&group, instance, |_| {}));
    wait(secs(1)).await;
    first.fails("old");
    second.fails("old");
    wait(secs(1)).await;
    // The rejected call asks for the only lease, which arrives when the open phase is over.
    assert!(!first.succeeds("old"));
    wait(secs(RECOVERY)).await;
    assert!(!second.succeeds("old"));
    wait(secs(1)).await;
    assert!(!second.succeeds("old"));
    // All other places are taken by keys that must remain.
    for number in 0..400 {
        first.fails(&format!("new-{number}"));
    }
    assert!(first.set.get("old").is_none());
    wait(secs(1)).await;
    assert!(second.succeeds("old"));
}
