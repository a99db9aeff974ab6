//! Requests, and connections that run them.
#![allow(dead_code)] // Each test file includes this module and uses its own part.

use std::time::{Duration, Instant};

use retry_fleet::leases::LeaseId;
use retry_fleet::link::{Redis, RedisConnection};
use retry_fleet::transport::{Connection, Transport};
use retry_fleet::wire::{
    Ask, Beat, Claim, Command, Lease, Outcome, ProbeResult, Reply, Request, Vote, What,
};
use retry_fleet::{Lost, Reason};
use tokio::time::timeout;
use with_fleet::PATIENCE;

pub const GROUP: &str = "prod/checkout";
pub const BREAKER: &str = "api";

const MINUTE: Duration = Duration::from_mins(1);

/// Far longer than any limit of a transport. Every failure must be reported by then.
pub const LIMIT: Duration = Duration::from_secs(8);

pub fn key(end: &str) -> String {
    format!("{{rf1:{GROUP}}}{end}")
}

pub fn request(ask: Ask) -> Request {
    Request { group: GROUP.to_owned(), sent: 0, mark: 0, known: Vec::new(), ask }
}

pub fn beat() -> Request {
    beat_or_leave(false)
}

pub fn leave() -> Request {
    beat_or_leave(true)
}

fn beat_or_leave(leaving: bool) -> Request {
    request(Ask::Beat(Beat {
        instance: "checkout-7f9c".to_owned(),
        voter: "host".to_owned(),
        view: "{}".to_owned(),
        leaving,
        shares: vec![BREAKER.to_owned()],
    }))
}

/// A vote that opens the breaker.
pub fn vote() -> Request {
    request(Ask::Vote(Vote {
        breaker: BREAKER.to_owned(),
        shared_as: BREAKER.to_owned(),
        voter: "host".to_owned(),
        cast: true,
        epoch: 0,
        window: MINUTE,
        quorum: 1,
        open_for: Duration::ZERO,
        longest: MINUTE,
    }))
}

pub fn lease() -> Request {
    request(Ask::Lease(Lease {
        breaker: BREAKER.to_owned(),
        id: lease_id(),
        claim: Claim::New,
        places: 1,
        longest: MINUTE,
    }))
}

pub fn outcome(epoch: u64) -> Request {
    request(Ask::Outcome(Outcome {
        breaker: BREAKER.to_owned(),
        id: lease_id(),
        epoch,
        result: ProbeResult::Success,
        success_threshold: 1,
        open_for: Duration::ZERO,
        longest: MINUTE,
    }))
}

pub fn command(id: &str) -> Request {
    request(Ask::Command(Command {
        breaker: BREAKER.to_owned(),
        what: What::Reset,
        id: id.to_owned(),
        by: "ann".to_owned(),
    }))
}

fn lease_id() -> LeaseId {
    LeaseId { instance: "checkout-7f9c".to_owned(), sequence: 1 }
}

/// Returns a transport with longer time limits, because the machine may be busy.
pub fn transport(url: &str) -> Redis {
    hasty(url).patient(20)
}

/// Returns a transport with the usual limits.
pub fn hasty(url: &str) -> Redis {
    Redis::new(url, GROUP, None).expect("the URL is valid")
}

pub async fn connect(url: &str) -> RedisConnection {
    transport(url).connect().await.expect("the server accepts the connection")
}

/// Connects with the usual limits, and retries if they are too short.
pub async fn connect_hasty(url: &str) -> RedisConnection {
    let start = Instant::now();
    loop {
        match hasty(url).connect().await {
            Ok(connection) => return connection,
            Err(lost) => assert!(start.elapsed() < PATIENCE, "{lost}"),
        }
    }
}

/// Returns the reason why a transport does not connect.
pub async fn refusal_to(transport: &mut Redis) -> Lost {
    match transport.connect().await {
        Ok(_) => panic!("the server accepted the connection"),
        Err(lost) => lost,
    }
}

pub async fn refusal(url: &str) -> Lost {
    refusal_to(&mut transport(url)).await
}

/// Asserts that no server answers, and that this is found within the limit.
pub async fn assert_nobody_answers(url: &str) {
    let start = Instant::now();
    let lost = refusal_to(&mut hasty(url)).await;
    assert_eq!(lost.reason(), Reason::TimedOut, "{lost}");
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

/// Runs a request, or returns the reason why it fails.
pub async fn try_run(connection: &mut RedisConnection, request: &Request) -> Result<Reply, Lost> {
    let reply = connection.run(request).await?;
    Ok(Reply::parse(request.script(), reply).expect("the reply is in form"))
}

pub async fn run(connection: &mut RedisConnection, request: &Request) -> Reply {
    try_run(connection, request).await.expect("the script runs")
}

/// Returns the reason why a request fails, within the limit. Asserts that the connection is then
/// closed.
pub async fn loss(connection: &mut RedisConnection, request: &Request) -> Lost {
    let start = Instant::now();
    let lost = try_run(connection, request).await.expect_err("the request fails");
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    let again = try_run(connection, request).await.expect_err("the connection is closed");
    assert_eq!(again.reason(), Reason::Closed);
    lost
}

/// Returns the next push.
pub async fn pushed(connection: &mut RedisConnection) -> Result<Vec<u8>, Lost> {
    timeout(PATIENCE, connection.pushed()).await.expect("something is pushed")
}
