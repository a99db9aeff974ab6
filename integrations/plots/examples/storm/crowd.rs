//! A million clients of one server, for a minute with an outage in it.

use std::time::Duration;

use retry_utils::simulation::{Next, Random, Series};
use retry_utils::{FailureKind, RetryBudget, RetryConfig};

/// The step of the clock. Events of one step need no order.
const STEP: Duration = Duration::from_millis(1);
/// The steps in which nothing succeeds.
const OUTAGE: std::ops::Range<u64> = 20_000..30_000;

/// Counts for each second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crowd {
    pub(crate) offered: Vec<u32>,
    pub(crate) answered: Vec<u32>,
}

/// A client that waits, and its retry sequence if it has one.
type Waiting = (u32, Option<Series>);

/// Runs clients that begin each call `pause` after the end of their last one. The server answers up
/// to `capacity` attempts per second, and rejects the rest.
pub(crate) fn run(
    clients: u32,
    pause: Duration,
    capacity: f64,
    policy: &RetryConfig,
    budget: Option<&RetryBudget>,
    seconds: usize,
    mut tick: impl FnMut(usize),
) -> Crowd {
    let mut random = Random::new(7);
    let steps = seconds * 1000;
    let mut wheel: Vec<Vec<Waiting>> = vec![Vec::new(); steps];
    let spread = pause.as_secs_f64() * 1000.0;
    for client in 0..clients {
        let first = (random.unit() * spread) as usize;
        if let Some(slot) = wheel.get_mut(first) {
            slot.push((client, None));
        }
    }
    let mut crowd = Crowd { offered: vec![0; seconds], answered: vec![0; seconds] };
    let per_step = capacity * STEP.as_secs_f64();
    let mut free = 0.0_f64;
    for step in 0..steps {
        if step % 1000 == 0 {
            tick(step / 1000);
        }
        free = (free + per_step).min(per_step.max(1.0));
        let now = STEP * step as u32;
        let down = OUTAGE.contains(&(step as u64));
        for (client, series) in std::mem::take(&mut wheel[step]) {
            let mut series = series.unwrap_or_else(|| Series::begin(budget));
            crowd.offered[step / 1000] += 1;
            let next = if !down && free >= 1.0 {
                free -= 1.0;
                crowd.answered[step / 1000] += 1;
                None
            } else {
                let kind = FailureKind::Unavailable;
                match series.failed(policy, kind, None, budget, now, &mut random) {
                    Next::Retry(wait) => Some(wait),
                    _ => None,
                }
            };
            let (wait, series) = match next {
                Some(wait) => (wait, Some(series)),
                None => (pause, None),
            };
            let at = step + (wait.as_secs_f64() * 1000.0).max(1.0) as usize;
            if let Some(slot) = wheel.get_mut(at) {
                slot.push((client, series));
            }
        }
    }
    crowd
}
