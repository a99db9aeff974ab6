//! A client as a library would publish it, with a builder, a policy, a breaker per store, a budget,
//! a typed error and hooks. The guide's chapter "In a client library" explains it.

#![allow(unreachable_pub)] // In a library these modules would be public.

#[path = "client_library/client.rs"]
mod client;
#[path = "client_library/protocol.rs"]
mod protocol;
#[path = "client_library/store.rs"]
mod store;

use std::time::Duration;

use client::Client;
use retry_utils::STANDARD;
use retry_utils::observe::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder("inventory")
        .retry(STANDARD.base_delay(Duration::from_millis(20)))
        .timeout(Duration::from_secs(1))
        .on_retry(|event| {
            if let Event::RetryScheduled { attempt, delay, error: Some(error), .. } = event {
                println!("  attempt {attempt}: {error}; next in {delay:?}");
            }
        })
        .build()?;
    let answers = ["denied\n", "token secret\n", "busy 30\n", "value 7\n"];
    let (store, requests, _) = store::start(answers).await?;
    println!("The store refuses the first token, then it is busy:");
    println!("  {:?}", client.get(&store, "bolts").await);
    for request in requests.take() {
        println!("  request {request:?}");
    }
    println!("Then it is down. After two failed calls, its breaker rejects the third:");
    for _ in 0..3 {
        println!("  {}", client.get(&store, "bolts").await.unwrap_err());
    }
    let (other, ..) = store::start(["none\n"]).await?;
    println!("Calls to another store still succeed:");
    println!("  {:?}", client.get(&other, "nuts").await);
    Ok(())
}
