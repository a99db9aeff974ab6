//! Attackers: one can write to the group's keys and publish, the other answers in place of the
//! server.

mod harm;
mod holding;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use retry_runtime::CircuitBreaker;

use super::group::{Closed, Group, Instance, Open, RECOVERY, secs, wait};
use crate::limits::MOST;
use crate::setup::Setup;
use crate::transport::memory::{Connected, InMemory};
use crate::transport::{Connection, Lost, Transport};
use crate::wire::{Request, Value};

type Forge = Arc<Mutex<dyn FnMut(&Request, &mut [Value]) + Send>>;

/// A connection to the server on which each reply is forged.
struct Intercepted(InMemory, Forge);

struct InterceptedConnection(Connected, Forge);

impl Transport for Intercepted {
    type Connection = InterceptedConnection;

    async fn connect(&mut self) -> Result<InterceptedConnection, Lost> {
        Ok(InterceptedConnection(self.0.connect().await?, Arc::clone(&self.1)))
    }
}

impl Connection for InterceptedConnection {
    async fn run(&mut self, request: &Request) -> Result<Value, Lost> {
        let mut reply = self.0.run(request).await?;
        if let Value::Array(values) = &mut reply {
            (self.1.lock().unwrap())(request, values);
        }
        Ok(reply)
    }

    async fn pushed(&mut self) -> Result<Vec<u8>, Lost> {
        self.0.pushed().await
    }
}

/// Joins an instance whose replies are forged.
fn join_intercepted(
    group: &Group,
    setup: Setup,
    breaker: CircuitBreaker,
    forge: impl FnMut(&Request, &mut [Value]) + Send + 'static,
) -> Instance {
    let transport = group.hub.transport(group.name);
    Instance::by(Intercepted(transport, Arc::new(Mutex::new(forge))), setup, breaker)
}

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap())
}

fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

/// Publishes that the breaker of the group is open or closed.
fn publish(group: &Group, epoch: u64, state: &str, left: u64) {
    let kind = if state == "open" { "opened" } else { "closed" };
    let push = format!("1|{epoch}|{state}|{left}|0|{kind}|{}", group.name);
    group.hub.publish(group.name, push.as_bytes());
}

/// Returns the server's time.
fn time(group: &Group) -> u64 {
    let mut found = 0;
    group.hub.write(|_, time| found = time);
    found
}

/// Calls a working dependency until the breaker is closed. Returns how long that took, at most
/// `most`.
async fn recovery(instance: &Instance, most: Duration) -> Duration {
    let step = Duration::from_millis(100);
    let mut passed = Duration::ZERO;
    while instance.state() != Closed && passed < most {
        instance.calls();
        wait(step).await;
        passed += step;
    }
    passed
}
