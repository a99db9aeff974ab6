//! The requests that an instance sends, and those that it never sends.

use retry_runtime::fleet::now;

use super::group::{Closed, Instance, Open, states};
use super::{Group, secs, wait};
use crate::setup::Setup;
use crate::wire::Ask;

#[tokio::test(start_paused = true)]
async fn idle_instances_cost_one_beat_per_interval() {
    let (group, instances) = Group::of::<4>("idle").await;
    wait(secs(10)).await;
    group.hub.take_requests();
    let began = now();
    for _ in 0..1_000 {
        assert!(instances.iter().all(Instance::succeeds));
        wait(std::time::Duration::from_millis(100)).await;
    }
    let passed = (now() - began) / 1_000_000_000;
    let requests = group.hub.take_requests();
    assert!(requests.iter().all(|request| matches!(request.ask, Ask::Beat(_))));
    assert!(requests.iter().all(|request| request.known.is_empty()));
    // Every 2 s in a small group.
    let expected = passed as usize / 2 * 4;
    assert!((expected * 9 / 10..=expected * 11 / 10).contains(&requests.len()), "{expected}");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_call_is_sent() {
    use retry_runtime::{CircuitOpen, FailureKind, Retryable};

    #[derive(Debug)]
    struct Failed(#[expect(dead_code, reason = "for `Debug`")] String);
    impl From<CircuitOpen> for Failed {
        fn from(open: CircuitOpen) -> Self {
            Self(open.to_string())
        }
    }
    impl Retryable for Failed {
        fn failure_kind(&self) -> FailureKind {
            FailureKind::Unavailable
        }
    }

    let (group, instances) = Group::of::<2>("discreet").await;
    let call = async |instance: &Instance, argument: &str, fails: bool| {
        let answer = instance.breaker.call(|| async {
            if fails {
                Err(Failed("secret-error".to_owned()))
            } else {
                Ok(format!("secret-{argument}"))
            }
        });
        drop(answer.await);
    };
    for fails in [false, true, true, true, false] {
        for instance in &instances {
            call(instance, "argument", fails).await;
        }
        wait(secs(1)).await;
    }
    assert_eq!(states(&instances), [Open; 2]);
    for _ in 0..60 {
        for instance in &instances {
            call(instance, "argument", false).await;
        }
        wait(secs(1)).await;
    }
    assert_eq!(states(&instances), [Closed; 2]);
    let traffic = group.hub.traffic();
    assert!(traffic.len() > 100);
    for bytes in traffic {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("secret") && !text.contains("argument"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_gives_leases_back_and_leaves() {
    let (group, [first, second]) = Group::of::<2>("leaves").await;
    first.trip();
    second.trip();
    wait(secs(29)).await;
    assert!(!first.succeeds());
    // The first asks ahead.
    wait(secs(2)).await;
    group.hub.take_requests();
    first.control.shutdown(secs(1)).await;
    let requests = group.hub.take_requests();
    let [outcome, beat] = &requests[..] else { panic!("{requests:?}") };
    assert!(matches!(&outcome.ask, Ask::Outcome(_)));
    assert!(matches!(&beat.ask, Ask::Beat(beat) if beat.leaving));
    let breaker = std::sync::Arc::clone(&first.breaker);
    first.has_ended().await;
    // Alone, it follows its local rules.
    assert!(breaker.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_without_a_server_ends_at_once() {
    let (group, [instance]) = Group::of::<1>("leaves-alone").await;
    group.hub.hang();
    let began = now();
    instance.control.shutdown(secs(1)).await;
    assert!(now() - began < 2_000_000_000);
    instance.has_ended().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_listed_later_is_shared_from_the_next_beat_on() {
    use retry_runtime::registry;
    let group = Group::new("listed");
    let setup = |instance: &str| Setup { share_listed: true, ..group.setup(instance) };
    // Another process has the same breaker in its registry.
    let peers = [group.join("p"), group.join("q")];
    let other = group.join_as(setup("a"), retry_runtime::CircuitBreaker::named("listed-own"));
    wait(secs(1)).await;
    let listed = std::sync::Arc::new(group.breaker());
    registry::add_arc(&listed).unwrap();
    wait(secs(5)).await;
    peers.iter().for_each(Instance::trip);
    wait(secs(1)).await;
    assert_eq!(listed.state(), Open);
    // Nothing keeps it alive once the application drops it.
    let weak = std::sync::Arc::downgrade(&listed);
    drop(listed);
    wait(secs(5)).await;
    assert!(weak.upgrade().is_none());
    drop(other);
}
