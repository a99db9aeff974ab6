//! The transport with replicas, and behind Sentinels.

mod support;

use retry_fleet::Reason;
use support::*;
use with_fleet::{Replicated, Server, until};

#[tokio::test]
async fn a_failover() {
    let replicated = Replicated::start();
    let url = replicated.url();
    let mut connection = connect(&url).await;
    run(&mut connection, &beat()).await;

    // A replica is not accepted, even if it is asked twice.
    let replica = &replicated.servers[1];
    let lost = refusal(&replica.url()).await;
    assert_eq!((lost.reason(), lost.detail()), (Reason::ReadOnly, &*replica.address()));
    // A primary next to it in the URL is.
    let both = format!("{},{}", replica.url(), replicated.servers[0].address());
    run(&mut connect(&both).await, &beat()).await;

    replicated.fail_over();
    // Redis closes the connections of a primary that becomes a replica.
    let lost = loss(&mut connection, &beat()).await;
    assert!(matches!(lost.reason(), Reason::Closed | Reason::Moved), "{lost}");
    let mut connection = connect(&url).await;
    run(&mut connection, &vote()).await;
    let keys: u64 = replicated.servers[1].command(&["DBSIZE"]);
    assert!(keys > 0);
    let lost = refusal(&replicated.servers[0].url()).await;
    assert_eq!(lost.reason(), Reason::ReadOnly, "{lost}");
}

#[tokio::test]
async fn a_primary_that_is_killed() {
    let mut replicated = Replicated::start();
    let url = replicated.url();
    let mut connection = connect(&url).await;
    run(&mut connection, &beat()).await;
    replicated.servers[0].kill();
    assert_eq!(loss(&mut connection, &beat()).await.reason(), Reason::Closed);
    until("the Sentinel names the replica", || replicated.primary() == 1);
    run(&mut connect(&url).await, &beat()).await;
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica_under_a_connection() {
    let servers = [Server::start(), Server::start()];
    let mut connection = connect(&servers[0].url()).await;
    run(&mut connection, &beat()).await;
    // Not by a Sentinel, which would close the connection.
    let port = servers[1].port().to_string();
    let () = servers[0].command(&["REPLICAOF", "127.0.0.1", &port]);
    let lost = loss(&mut connection, &beat()).await;
    assert_eq!(lost.reason(), Reason::Moved, "{lost}");
    let lost = refusal(&servers[0].url()).await;
    assert_eq!(lost.reason(), Reason::ReadOnly, "{lost}");
}

#[tokio::test]
async fn a_primary_without_enough_replicas() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    let () = server.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let lost = loss(&mut connection, &beat()).await;
    assert_eq!(lost.reason(), Reason::Unavailable, "{lost}");
}

#[tokio::test]
async fn a_sentinel_that_does_not_know() {
    let replicated = Replicated::start();
    let other = replicated.url().replace(with_fleet::PRIMARY, "other");
    let lost = refusal(&other).await;
    assert_eq!(lost.reason(), Reason::Unavailable, "{lost}");
    // The next Sentinel is asked if the first does not answer.
    let url = replicated.url().replace("redis+sentinel://", "redis+sentinel://127.0.0.1:1,");
    run(&mut connect(&url).await, &beat()).await;
    let lost = refusal("redis+sentinel://127.0.0.1:1/breakers").await;
    assert_eq!(lost.reason(), Reason::Refused, "{lost}");
    // A server is not a Sentinel.
    let address = replicated.servers[0].address();
    let lost = refusal(&format!("redis+sentinel://{address}/breakers")).await;
    assert_eq!(lost.reason(), Reason::Failed, "{lost}");
}
