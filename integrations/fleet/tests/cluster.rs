//! The transport with a cluster.

mod support;

use retry_fleet::Reason;
use retry_fleet::wire::{Kind, Push};
use support::*;
use with_fleet::Cluster;

#[tokio::test]
async fn the_node_that_owns_the_slot_is_found() {
    let cluster = Cluster::start();
    let tag = key("");
    let owner = cluster.owner_of(&tag);

    // From any first node, all scripts run at the owner. A script would fail if it had keys in
    // several slots.
    let mut connections = Vec::new();
    for node in &cluster.nodes {
        let mut connection = connect(&node.url()).await;
        run(&mut connection, &beat()).await;
        connections.push(connection);
    }
    run(&mut connections[0], &vote()).await;
    run(&mut connections[0], &lease()).await;
    run(&mut connections[0], &outcome(0)).await;
    run(&mut connections[0], &command("1")).await;
    for connection in &mut connections {
        let push = Push::parse(&pushed(connection).await.unwrap()).expect("the push is in form");
        assert_eq!(push.kind, Kind::Opened);
    }
    let keys = |node: usize| cluster.nodes[node].command::<u64>(&["DBSIZE"]);
    assert!(keys(owner) > 0);

    // The slot moves, with its keys.
    let next = (owner + 1) % cluster.nodes.len();
    cluster.migrate(&tag, next);
    let lost = loss(&mut connections[0], &beat()).await;
    assert_eq!(lost.reason(), Reason::Moved, "{lost}");
    run(&mut connect(&cluster.nodes[owner].url()).await, &beat()).await;
    assert_eq!(keys(owner), 0);
    assert!(keys(next) > 0);

    // One of the nodes in the URL is enough, unless the missing node owns the slot.
    let mut cluster = cluster;
    let addresses: Vec<_> = cluster.nodes.iter().map(with_fleet::Server::address).collect();
    cluster.nodes[owner].kill();
    let url = format!("redis://{}", addresses.join(","));
    run(&mut connect(&url).await, &beat()).await;
}

#[tokio::test]
async fn a_slot_that_is_moving_is_lost_for_that_time() {
    let cluster = Cluster::start();
    let tag = key("");
    let from = cluster.owner_of(&tag);
    let to = (from + 1) % cluster.nodes.len();
    let url = cluster.nodes[from].url();
    let mut connection = connect(&url).await;
    run(&mut connection, &beat()).await;

    let moving = cluster.begin_migration(&tag, to);
    // Some keys of the script are here, and missing ones may be at the other node.
    let lost = loss(&mut connection, &vote()).await;
    assert_eq!(lost.reason(), Reason::Moved, "{lost}");
    cluster.end_migration(&moving);
    run(&mut connect(&url).await, &vote()).await;
}
