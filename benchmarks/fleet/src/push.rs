//! The time until all instances have learned of an opening.

use std::time::{Duration, Instant};

use retry_fleet::link::{Redis, RedisConnection};
use retry_fleet::transport::{Connection, Transport};
use retry_fleet::wire::{Ask, Request, Vote};
use tokio::sync::mpsc;
use with_fleet::Server;

use crate::quantile;

const GROUP: &str = "benchmark";
const CONNECTIONS: [usize; 3] = [10, 200, 1_000];
const ROUNDS: usize = 100;
/// The fleet pushes at most 20 times in a second.
const PAUSE: Duration = Duration::from_millis(60);

/// Measures and prints.
pub(crate) fn print() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    println!("| connections | p50, ms | p99, ms | the last connection, p50, ms |");
    println!("|---:|---:|---:|---:|");
    for connections in CONNECTIONS {
        let server = Server::start();
        let (mut all, mut last) = runtime.block_on(measure(&server, connections));
        all.sort_unstable();
        last.sort_unstable();
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "| {connections} | {:.2} | {:.2} | {:.2} |",
            millis(quantile(&all, 50)),
            millis(quantile(&all, 99)),
            millis(quantile(&last, 50)),
        );
    }
    println!();
}

async fn connect(server: &Server) -> RedisConnection {
    let mut redis = Redis::new(&server.url(), GROUP, None).expect("the URL is in form").patient(10);
    redis.connect().await.expect("the server is there")
}

/// Returns the time from sending the last vote to each push, and to the last push of each round.
async fn measure(server: &Server, connections: usize) -> (Vec<Duration>, Vec<Duration>) {
    let (heard, mut news) = mpsc::unbounded_channel();
    for _ in 0..connections {
        let mut connection = connect(server).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            while connection.pushed().await.is_ok() {
                // The receiver ends with the measurement.
                let _ = heard.send(Instant::now());
            }
        });
    }
    let mut voter = connect(server).await;
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        tokio::time::sleep(PAUSE).await;
        let sent = Instant::now();
        voter.run(&vote(round)).await.expect("the server answers");
        for _ in 0..connections {
            let at = news.recv().await.expect("the connections hear each push");
            all.push(at - sent);
        }
        // Those of this round.
        last.push(all[round * connections..].iter().copied().max().unwrap_or_default());
    }
    (all, last)
}

/// Returns a vote that opens a breaker.
fn vote(round: usize) -> Request {
    let breaker = format!("breaker-{round}");
    let phase = Duration::from_mins(1);
    Request {
        group: GROUP.to_owned(),
        sent: 0,
        mark: 0,
        known: Vec::new(),
        ask: Ask::Vote(Vote {
            breaker: breaker.clone(),
            shared_as: breaker,
            voter: "voter".to_owned(),
            cast: true,
            epoch: 0,
            window: phase,
            quorum: 1,
            open_for: phase,
            longest: phase,
        }),
    }
}
