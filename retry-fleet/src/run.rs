//! The loop of an instance: drives its agent over a transport.
//!
//! One command is in flight at a time. Pushes, orders and wake-ups may arrive in between.

mod contained;
mod pushes;
#[cfg(test)]
mod tests;

use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::ConfigError;
use retry_runtime::fleet::now;
use retry_runtime::observe::fleet as report;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::agent::{Agent, Random, Step};
use crate::control::{Order, Orders};
use crate::operator::CommandError;
use crate::setup::Setup;
use crate::transport::{Connection, Lost, Reason, Transport};
use contained::contained;
use pushes::PushLimit;

/// The time limit for one command.
const COMMAND: Duration = Duration::from_millis(500);
/// The time limit for all steps of connecting.
const CONNECTING: Duration = Duration::from_secs(3);
/// The wait before the next attempt if the server or the settings must be changed first.
const REPAIR: Duration = Duration::from_secs(30);
/// The first and the longest wait after a panic.
const RESTART: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// An instance with tied breakers, before it runs.
pub(crate) struct Prepared {
    setup: Setup,
    agent: Agent,
    orders: Orders,
}

impl Prepared {
    /// Ties the breakers. Fails if another fleet of this process has one of them.
    pub(crate) fn new(setup: Setup, orders: Orders) -> Result<Self, ConfigError> {
        let agent = Agent::new(&setup, Arc::clone(&orders.status), now());
        match agent.refused() {
            None => Ok(Self { setup, agent, orders }),
            Some(name) => Err(ConfigError::new(
                "share",
                name,
                "is shared by another fleet of this process: remove it from one of them",
            )),
        }
    }

    /// Runs the instance until it is shut down.
    ///
    /// If the agent panics, the breakers act alone, and a new agent starts after a wait.
    pub(crate) async fn run<T: Transport>(self, transport: T) {
        let Self { setup, agent, orders } = self;
        run(&setup, agent, transport, orders).await;
    }
}

async fn run<T: Transport>(setup: &Setup, first: Agent, mut transport: T, mut orders: Orders) {
    let (shortest, longest) = RESTART;
    let mut wait = shortest;
    let mut first = Some(first);
    loop {
        let began = now();
        let status = Arc::clone(&orders.status);
        let life = async {
            let agent = first.take().unwrap_or_else(|| Agent::after_panic(setup, status, began));
            live(agent, &mut transport, &mut orders).await;
        };
        let Err(message) = contained(life).await else { return };
        report::lost(&setup.group, Reason::Panicked.as_str(), Some(&message));
        report::show_coordinated(&setup.group, false);
        orders.status.alone(Reason::Panicked);
        if Duration::from_nanos(now().saturating_sub(began)) > longest {
            wait = shortest;
        }
        if let Some(answer) = shut_down_before(sleep(wait), &mut orders).await.err() {
            let _ = answer.send(());
            return;
        }
        wait = (wait * 2).min(longest);
    }
}

/// The reason why a connection is no longer used.
enum Ended {
    Lost(Lost),
    /// The instance has left the group. The callers of the shutdown have their answers.
    Left,
}

/// Connects repeatedly, until the instance is shut down.
async fn live<T: Transport>(mut agent: Agent, transport: &mut T, orders: &mut Orders) {
    let mut wait = Duration::ZERO;
    let mut random = Random::new();
    loop {
        let attempt = async {
            sleep(wait).await;
            timeout(CONNECTING, transport.connect()).await
        };
        let lost = match shut_down_before(attempt, orders).await {
            Err(answer) => {
                let _ = answer.send(());
                return;
            }
            Ok(Ok(Ok(connection))) => match serve(&mut agent, connection, orders).await {
                Ended::Left => return,
                Ended::Lost(lost) => lost,
            },
            Ok(Ok(Err(lost))) => lost,
            Ok(Err(_)) => Lost::new(Reason::TimedOut, "connecting"),
        };
        agent.failed(&lost, now());
        wait = if lost.needs_repair() {
            REPAIR
        } else {
            Duration::from_nanos(random.up_to(agent.spread().max(Duration::from_secs(1))))
        };
    }
}

/// Waits for a future. Meanwhile commands fail. If a shutdown comes first, returns the sender of
/// its answer.
async fn shut_down_before<F: Future>(
    future: F,
    orders: &mut Orders,
) -> Result<F::Output, oneshot::Sender<()>> {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            biased;
            order = next_order(orders) => match order {
                Order::Command { answer, .. } => {
                    let _ = answer.send(Err(CommandError::Alone));
                }
                // Dropping the sender reports that the instance is alone.
                Order::View { .. } => {}
                Order::Shutdown { answer, .. } => return Err(answer),
            },
            output = &mut future => return Ok(output),
        }
    }
}

/// Waits for the next order. A fleet whose handles are all dropped continues without orders.
async fn next_order(orders: &mut Orders) -> Order {
    match orders.orders.recv().await {
        Some(order) => order,
        None => pending().await,
    }
}

/// Uses a connection until it is lost or the instance has left.
async fn serve<C: Connection>(agent: &mut Agent, mut connection: C, orders: &mut Orders) -> Ended {
    agent.connected(now());
    let mut leaving = Leaving::default();
    let mut limit = PushLimit::default();
    loop {
        while let Ok(order) = orders.orders.try_recv() {
            leaving.take(agent, order);
        }
        if leaving.is_late() {
            return leaving.done();
        }
        let step = match agent.next(now()) {
            Step::Done => return leaving.done(),
            Step::Send(request) => {
                let reply = timeout(COMMAND, connection.run(&request)).await;
                let reply = reply.unwrap_or_else(|_| Err(Lost::new(Reason::TimedOut, "")));
                match reply.and_then(|value| agent.replied(value, now())) {
                    Ok(()) => take_pushes(agent, &mut connection, &mut limit).await,
                    Err(lost) => Err(lost),
                }
            }
            Step::Wait(until) => tokio::select! {
                biased;
                order = next_order(orders) => {
                    leaving.take(agent, order);
                    Ok(())
                }
                push = connection.pushed(), if limit.allows(now()) => {
                    push.map(|push| take_push(agent, &push, &mut limit))
                }
                () = agent.inbox.notify.notified() => Ok(()),
                () = sleep_until(until) => Ok(()),
                () = sleep_until(limit.ends_at()), if !limit.allows(now()) => Ok(()),
            },
        };
        if let Err(lost) = step {
            return if leaving.has_begun() { leaving.done() } else { Ended::Lost(lost) };
        }
    }
}

async fn sleep_until(until: u64) {
    sleep(Duration::from_nanos(until.saturating_sub(now()))).await;
}

fn take_push(agent: &mut Agent, push: &[u8], limit: &mut PushLimit) {
    limit.took(now());
    agent.pushed(push, now());
}

/// Handles the pushes that have arrived.
async fn take_pushes<C: Connection>(
    agent: &mut Agent,
    connection: &mut C,
    limit: &mut PushLimit,
) -> Result<(), Lost> {
    while limit.allows(now()) {
        tokio::select! {
            biased;
            push = connection.pushed() => take_push(agent, &push?, limit),
            () = ready(()) => break,
        }
    }
    Ok(())
}

/// The callers that wait for the instance to leave, and the deadline.
#[derive(Default)]
struct Leaving {
    answers: Vec<oneshot::Sender<()>>,
    until: Option<u64>,
}

impl Leaving {
    fn take(&mut self, agent: &mut Agent, order: Order) {
        match order {
            Order::Command { breaker, command, by, lasting, answer } => {
                agent.order(&breaker, command, by, lasting, answer, now());
            }
            Order::View { answer } => agent.order_view(answer, now()),
            Order::Shutdown { within, answer } => {
                self.answers.push(answer);
                if self.until.is_none() {
                    self.until = Some(now().saturating_add(crate::agent::nanos(within)));
                    agent.leave(now());
                }
            }
        }
    }

    fn has_begun(&self) -> bool {
        self.until.is_some()
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| until < now())
    }

    fn done(self) -> Ended {
        for answer in self.answers {
            // Fails if the caller has given up.
            let _ = answer.send(());
        }
        Ended::Left
    }
}
