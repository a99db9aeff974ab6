//! Random outages of the dependency and of the server, from a seed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use retry_runtime::fleet::now;
use tokio::task::LocalSet;

use super::group::{Closed, Instance, Open, RECOVERY};
use super::{Group, secs, wait};

/// Numbers that depend only on a seed: xorshift.
#[derive(Clone)]
struct Seeded(Rc<Cell<u64>>);

impl Seeded {
    fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
    }

    fn below(&self, end: u64) -> u64 {
        let mut number = self.0.get();
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.0.set(number);
        number % end
    }

    fn millis(&self, end: u64) -> Duration {
        Duration::from_millis(self.below(end))
    }
}

/// The dependency of all instances, and its count of served calls.
#[derive(Clone)]
struct Dependency {
    is_down: Rc<Cell<bool>>,
    calls: Rc<Cell<u32>>,
}

impl Dependency {
    /// Serves a call, if the breaker admits it.
    async fn serve(&self, instance: &Instance, time: Duration) {
        let Some(permit) = instance.begins() else { return };
        self.calls.set(self.calls.get() + 1);
        wait(time).await;
        self.calls.set(self.calls.get() - 1);
        if self.is_down.get() { permit.failure() } else { permit.success() }
    }
}

/// Lets each instance call about every 100 ms until the time is over.
fn call_all(
    local: &LocalSet,
    instances: &[Rc<Instance>],
    dependency: &Dependency,
    random: &Seeded,
    until: u64,
) {
    for instance in instances {
        let (instance, dependency) = (Rc::clone(instance), dependency.clone());
        let random = random.clone();
        local.spawn_local(async move {
            while now() < until {
                wait(random.millis(200)).await;
                let (instance, dependency) = (Rc::clone(&instance), dependency.clone());
                let time = random.millis(3_000);
                tokio::task::spawn_local(async move { dependency.serve(&instance, time).await });
            }
        });
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_fleet_probes_as_one_breaker_does() {
    for (seed, name) in ["one-0", "one-1", "one-2"].into_iter().enumerate() {
        let random = Seeded::new(seed as u64);
        let (group, instances) = Group::of::<8>(name).await;
        let instances = instances.map(Rc::new);
        let dependency = Dependency { is_down: Rc::default(), calls: Rc::default() };
        let local = LocalSet::new();
        let end = now() + nanos(secs(400));
        call_all(&local, &instances, &dependency, &random, end);
        dependency.is_down.set(true);
        local
            .run_until(async {
                while group.opened() < 8 {
                    wait(secs(1)).await;
                }
                // Calls from before the outage finish.
                wait(secs(4)).await;
                let opened = group.opened();
                for _ in 0..2_000 {
                    wait(Duration::from_millis(100)).await;
                    assert!(dependency.calls.get() <= 2, "seed {seed}");
                }
                assert!(group.opened() >= opened + 3 * 8, "seed {seed}");
                dependency.is_down.set(false);
                wait(secs(2 * RECOVERY)).await;
                let open = instances.iter().filter(|it| it.state() != Closed).count();
                assert_eq!(open, 0, "seed {seed}");
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_any_faults_all_close() {
    for (seed, name) in ["any-0", "any-1", "any-2", "any-3", "any-4"].into_iter().enumerate() {
        let random = Seeded::new(100 + seed as u64);
        let (group, instances) = Group::of::<6>(name).await;
        let instances = instances.map(Rc::new);
        let dependency = Dependency { is_down: Rc::default(), calls: Rc::default() };
        let local = LocalSet::new();
        call_all(&local, &instances, &dependency, &random, now() + nanos(secs(1_000)));
        local
            .run_until(async {
                for _ in 0..60 {
                    match random.below(12) {
                        0 | 1 => dependency.is_down.set(true),
                        2 => dependency.is_down.set(false),
                        3 => group.hub.stop(),
                        4 => group.hub.hang(),
                        5 => group.hub.flush(),
                        6 => group.hub.cut(),
                        7 => group.hub.jump(i64::try_from(random.below(40_000)).unwrap() - 20_000),
                        _ => group.hub.serve(),
                    }
                    wait(random.millis(10_000)).await;
                }
                group.hub.serve();
                dependency.is_down.set(false);
                // Two open phases, three good replies and some beats.
                wait(secs(2 * RECOVERY + 20)).await;
                let states: Vec<_> = instances.iter().map(|it| it.state()).collect();
                assert!(states.iter().all(|state| *state == Closed), "seed {seed}: {states:?}");
                assert!(instances.iter().all(|it| it.is_coordinated()), "seed {seed}");
                // The fleet acts as one again.
                wait(secs(60)).await;
                dependency.is_down.set(true);
                wait(secs(20)).await;
                assert!(instances.iter().all(|it| it.state() == Open), "seed {seed}");
            })
            .await;
    }
}
