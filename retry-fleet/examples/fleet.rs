//! Simulates an outage with four instances of a service: first each alone, then as a fleet.
//!
//! ```text
//! cargo run -p retry-fleet --example fleet
//! ```
//!
//! All instances run in this process and meet in its memory. In production, each is a separate
//! process, and they meet in Redis. Time is virtual, so the example ends within a moment.

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use retry_fleet::{Fleet, FleetBuilder};
use retry_runtime::CircuitBreaker;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const HEALTHY: Duration = Duration::from_secs(60);
const DOWN: Duration = Duration::from_secs(600);
const OUTAGE: Range<Duration> = HEALTHY..HEALTHY.saturating_add(DOWN);
const LENGTH: Duration = Duration::from_secs(720);

/// The time between two calls of each instance, in milliseconds. Some instances have less traffic.
const PACES: [u64; 4] = [500, 1_000, 5_000, 20_000];

/// The error of the dependency while it is down.
struct Unavailable;

/// The calls and waits of one instance.
#[derive(Default)]
struct Spent {
    /// Calls that were made and failed.
    failed: u32,
    /// Calls that the breaker rejected.
    rejected: u32,
    /// The time from the start of the outage until the first rejection.
    open_after: Option<Duration>,
    /// The time from the end of the outage until the first success.
    back_after: Option<Duration>,
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let alone = outage(None).await?;
    let fleet = outage(Some(Fleet::in_memory().group("example"))).await?;

    println!("An outage of {DOWN:?}, with four instances that call at different rates.");
    let failed_alone = report("four breakers alone", &alone);
    let failed_together = report("four breakers of a fleet", &fleet);
    println!("\nIn the fleet, {failed_together} calls failed instead of {failed_alone}.");
    if failed_together * 2 > failed_alone {
        return Err("the fleet saved less than half of the failed calls".into());
    }
    Ok(())
}

/// Runs all instances through the outage.
async fn outage(fleet: Option<FleetBuilder>) -> Result<Vec<Spent>, Box<dyn Error>> {
    let began = Instant::now();
    let mut running = Vec::new();
    for pace in PACES {
        // In a separate process this would be a `static`.
        let breaker = CircuitBreaker::named("llm-api").recovery_timeout(Duration::from_secs(30));
        let breaker = Arc::new(breaker);
        let fleet = match &fleet {
            Some(fleet) => {
                let fleet = fleet.clone().instance(format!("every-{pace}-ms"));
                let (fleet, agent) = fleet.share(&breaker).run()?;
                tokio::spawn(agent);
                Some(fleet)
            }
            None => None,
        };
        let calls: JoinHandle<Spent> = tokio::spawn(async move {
            let spent = calls(&breaker, began, Duration::from_millis(pace)).await;
            if let Some(fleet) = fleet {
                fleet.shutdown(Duration::from_secs(1)).await;
            }
            spent
        });
        running.push(calls);
    }
    let mut spent = Vec::new();
    for calls in running {
        spent.push(calls.await?);
    }
    Ok(spent)
}

/// Makes the calls of one instance.
async fn calls(breaker: &CircuitBreaker, began: Instant, pace: Duration) -> Spent {
    let mut spent = Spent::default();
    // Not in step with the others.
    sleep(pace / 3).await;
    while began.elapsed() < LENGTH {
        let at = began.elapsed();
        if let Ok(permit) = breaker.try_acquire() {
            if request(began).await.is_ok() {
                permit.success();
                if let Some(after) = at.checked_sub(OUTAGE.end) {
                    spent.back_after.get_or_insert(after);
                }
            } else {
                permit.failure();
                spent.failed += 1;
            }
        } else {
            spent.rejected += 1;
            spent.open_after.get_or_insert(at.saturating_sub(OUTAGE.start));
        }
        sleep(pace).await;
    }
    spent
}

/// The dependency.
async fn request(began: Instant) -> Result<(), Unavailable> {
    sleep(Duration::from_millis(50)).await;
    if OUTAGE.contains(&began.elapsed()) { Err(Unavailable) } else { Ok(()) }
}

/// Prints the results of the instances, and returns the number of failed calls.
fn report(title: &str, instances: &[Spent]) -> u32 {
    println!("\n{title}\ncall every  failed  rejected  open after  back after");
    for (pace, spent) in PACES.iter().zip(instances) {
        let Spent { failed, rejected, open_after, back_after } = spent;
        let [open_after, back_after] = [open_after, back_after].map(|after| {
            after
                .map_or_else(|| "never".to_owned(), |after| format!("{:.1} s", after.as_secs_f64()))
        });
        println!("{pace:>7} ms  {failed:>6}  {rejected:>8}  {open_after:>10}  {back_after:>10}");
    }
    let failed = instances.iter().map(|spent| spent.failed).sum();
    println!("{:<10}  {failed:>6}", "sum");
    failed
}
