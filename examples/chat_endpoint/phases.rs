//! The phases of the outage: what happens to the upstream, the requests, and the expectations.

use std::time::Duration;

use retry_utils::CircuitState::{Closed, HalfOpen, Open};
use retry_utils::FailureKind::{Connection, RateLimited, Timeout, Unavailable};

use crate::client::ATTEMPT_TIMEOUT;
use crate::driver::{Driver, Result};
use crate::upstream::{Behavior, PIECES, PIECES_BEFORE_BREAK};

pub(crate) async fn play(driver: &mut Driver) -> Result {
    everything_works(driver).await?;
    refused_then_back(driver).await?;
    unavailable_then_back(driver).await?;
    rate_limited(driver).await?;
    slow_answer(driver).await?;
    unauthorized(driver).await?;
    unavailable_for_good(driver).await?;
    let wait = rejected(driver).await?;
    recovers(driver, wait).await?;
    stream_refused_then_back(driver).await?;
    stream_breaks(driver).await?;
    everything_works_again(driver).await
}

async fn everything_works(driver: &mut Driver) -> Result {
    driver.phase("all is well");
    driver.upstream.open()?;
    both_answer(driver).await
}

async fn both_answer(driver: &mut Driver) -> Result {
    driver.upstream.play([], Behavior::Answer);
    for (operation, answer) in [("complete", vec![PIECES.concat()]), ("chat", pieces(PIECES.len()))]
    {
        let reply = driver.ask(0, operation).await?;
        driver.expect("status", reply.status, 200);
        driver.expect("answer", reply.pieces, answer);
        driver.expect("failure", reply.kind, None);
        driver.expect("upstream calls", reply.upstream_calls, 1);
        driver.expect("retries", reply.retries, []);
    }
    let health = driver.health(0).await?;
    driver.expect("state", health.state, Closed.as_str());
    driver.expect("failures", health.failures, 0);
    driver.expect_entered(&[]);
    Ok(())
}

async fn refused_then_back(driver: &mut Driver) -> Result {
    driver.phase("connection refused, then back");
    shut_until_next_retry(driver).await?;
    let reply = driver.complete().await?;
    if driver.attempts > 1 {
        driver.expect("status", reply.status, 200);
        driver.expect("upstream calls", reply.upstream_calls, 1);
        driver.expect("retries", reply.retries, [Connection]);
    } else {
        driver.expect("status", reply.status, 502);
        driver.expect("upstream calls", reply.upstream_calls, 0);
    }
    driver.expect_entered(&[]);
    // Without a retry, it is still closed.
    driver.upstream.open()?;
    Ok(())
}

/// Closes the upstream's port until the next retry is scheduled.
async fn shut_until_next_retry(driver: &Driver) -> Result {
    driver.upstream.shut().await?;
    let upstream = driver.upstream.clone();
    driver.journal.at_next_retry(move || {
        if let Err(error) = upstream.open() {
            eprintln!("the upstream cannot come back: {error}");
        }
    });
    Ok(())
}

async fn unavailable_then_back(driver: &mut Driver) -> Result {
    driver.phase("503, then an answer in time");
    // Two failures if the policy has a third attempt.
    let failures = 2.min(driver.attempts - 1);
    let script = vec![Behavior::Unavailable; failures as usize];
    driver.upstream.play(script, Behavior::Answer);
    let reply = driver.complete().await?;
    driver.expect("status", reply.status, 200);
    driver.expect("upstream calls", reply.upstream_calls, failures + 1);
    driver.expect("retries", reply.retries, vec![Unavailable; failures as usize]);
    driver.expect_entered(&[]);
    Ok(())
}

async fn rate_limited(driver: &mut Driver) -> Result {
    driver.phase("429 with Retry-After: 1");
    driver.upstream.play([Behavior::RateLimited { retry_after: 1 }], Behavior::Answer);
    let reply = driver.complete().await?;
    if driver.attempts > 1 {
        driver.expect("status", reply.status, 200);
        driver.expect("upstream calls", reply.upstream_calls, 2);
        driver.expect("retries", reply.retries, [RateLimited]);
        driver.expect_at_least("time", reply.after, Duration::from_secs(1));
    } else {
        driver.expect("status", reply.status, 429);
        driver.expect("Retry-After", reply.retry_after, Some(Duration::from_secs(1)));
    }
    driver.expect_entered(&[]);
    Ok(())
}

async fn slow_answer(driver: &mut Driver) -> Result {
    driver.phase("no answer in time, then one");
    driver.upstream.play([Behavior::Hang], Behavior::Answer);
    let reply = driver.complete().await?;
    if driver.attempts > 1 {
        driver.expect("status", reply.status, 200);
        driver.expect("upstream calls", reply.upstream_calls, 2);
        driver.expect("retries", reply.retries, [Timeout]);
    } else {
        driver.expect("status", reply.status, 504);
    }
    driver.expect_at_least("time", reply.after, ATTEMPT_TIMEOUT);
    // The upstream hangs for an hour. The limit is generous for slow machines.
    let attempts = reply.after.saturating_sub(reply.waited);
    driver.expect_at_most("time without waits", attempts, 3 * ATTEMPT_TIMEOUT);
    driver.expect_entered(&[]);
    Ok(())
}

async fn unauthorized(driver: &mut Driver) -> Result {
    driver.phase("401 is neither retried nor counted");
    driver.upstream.play([], Behavior::Unauthorized);
    let threshold = driver.health(0).await?.failure_threshold;
    for _ in 0..threshold {
        let reply = driver.complete().await?;
        driver.expect("status", reply.status, 401);
        driver.expect("upstream calls", reply.upstream_calls, 1);
        driver.expect("retries", reply.retries, []);
    }
    let health = driver.health(0).await?;
    driver.expect("state", health.state, Closed.as_str());
    driver.expect("failures", health.failures, 0);
    driver.expect_entered(&[]);
    Ok(())
}

async fn unavailable_for_good(driver: &mut Driver) -> Result {
    driver.phase("503 every time: the breaker opens");
    driver.upstream.play([], Behavior::Unavailable);
    let threshold = driver.health(0).await?.failure_threshold;
    for _ in 0..threshold {
        let reply = driver.complete().await?;
        driver.expect("status", reply.status, 503);
        driver.expect("kind", reply.kind.as_deref(), Some("unavailable"));
        driver.expect("upstream calls", reply.upstream_calls, driver.attempts);
    }
    driver.expect_entered(&[Open]);
    Ok(())
}

/// Returns the wait that the service asks for.
async fn rejected(driver: &mut Driver) -> Result<Duration> {
    driver.phase("open for every instance");
    let mut wait = Duration::ZERO;
    for (instance, operation) in [(0, "complete"), (1, "complete"), (1, "chat")] {
        let reply = driver.ask(instance, operation).await?;
        driver.expect("status", reply.status, 503);
        driver.expect("kind", reply.kind.as_deref(), Some("circuit_open"));
        driver.expect("upstream calls", reply.upstream_calls, 0);
        driver.expect("has a Retry-After", reply.retry_after.is_some(), true);
        wait = reply.retry_after.unwrap_or_default();
    }
    for instance in [0, 1] {
        let health = driver.health(instance).await?;
        driver.expect("state", health.state, Open.as_str());
    }
    driver.expect_entered(&[]);
    Ok(wait)
}

async fn recovers(driver: &mut Driver, wait: Duration) -> Result {
    driver.phase("half-open, then closed");
    driver.upstream.play([], Behavior::Answer);
    println!("   waiting {wait:?}, as the last Retry-After asks");
    tokio::time::sleep(wait).await;
    let probes = driver.health(0).await?.success_threshold;
    for probe in 1..=probes {
        let reply = driver.ask(usize::from(probe % 2 == 0), "complete").await?;
        driver.expect("status", reply.status, 200);
        driver.expect("upstream calls", reply.upstream_calls, 1);
        let health = driver.health(0).await?;
        let state = if probe < probes { HalfOpen } else { Closed };
        driver.expect("state", health.state, state.as_str());
    }
    driver.expect_entered(&[HalfOpen, Closed]);
    Ok(())
}

async fn stream_refused_then_back(driver: &mut Driver) -> Result {
    driver.phase("a stream's connection is retried");
    shut_until_next_retry(driver).await?;
    let reply = driver.chat().await?;
    driver.expect("status", reply.status, 200);
    driver.expect("answer", reply.pieces, pieces(PIECES.len()));
    driver.expect("failure", reply.kind, None);
    driver.expect("upstream calls", reply.upstream_calls, 1);
    driver.expect("retries", reply.retries, [Connection]);
    driver.expect_entered(&[]);
    Ok(())
}

async fn stream_breaks(driver: &mut Driver) -> Result {
    driver.phase("a stream that breaks is not retried");
    driver.upstream.play([Behavior::Break], Behavior::Answer);
    let reply = driver.chat().await?;
    driver.expect("status", reply.status, 200);
    driver.expect("answer", reply.pieces, pieces(PIECES_BEFORE_BREAK));
    driver.expect("failure", reply.kind.as_deref(), Some("mid_stream"));
    driver.expect("upstream calls", reply.upstream_calls, 1);
    driver.expect("retries", reply.retries, []);
    let health = driver.health(0).await?;
    driver.expect("failures", health.failures, 1);
    driver.expect("state", health.state, Closed.as_str());
    driver.expect_entered(&[]);
    Ok(())
}

async fn everything_works_again(driver: &mut Driver) -> Result {
    driver.phase("recovered");
    both_answer(driver).await
}

/// Returns the first pieces of the answer.
fn pieces(count: usize) -> Vec<String> {
    PIECES[..count].iter().map(ToString::to_string).collect()
}
