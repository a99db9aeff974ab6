//! Queries the fleet for the page, and sends operators' commands to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use retry_fleet::{By, CommandError, Fleet, FleetView};
// Tokio's clock, which tests can pause.
use tokio::time::{Instant, timeout};

use super::Failed;
use super::rows::Reading;
use crate::action::Action;

/// The minimum time between two queries of the fleet's server.
const REST: Duration = Duration::from_secs(1);
/// The maximum wait of a request for a query. The page must respond even if the server does not.
const PATIENCE: Duration = Duration::from_millis(250);
/// The maximum wait for a command. The fleet answers sooner unless its task is blocked.
const COMMAND: Duration = Duration::from_secs(5);

/// A fleet that the page shows.
pub(crate) struct Watch {
    fleet: Fleet,
    everywhere: bool,
    /// Held by the request that queries the server.
    turn: tokio::sync::Mutex<()>,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    /// The time of the last query; `None` after a command.
    asked: Option<Instant>,
    /// The last view and the time at which it arrived; `None` if the instance acts alone.
    view: Option<(Instant, Arc<FleetView>)>,
}

impl Watch {
    pub(crate) fn new(fleet: Fleet, everywhere: bool) -> Self {
        Self { fleet, everywhere, turn: tokio::sync::Mutex::default(), shown: Mutex::default() }
    }

    /// Returns whether operators may act on all instances.
    pub(crate) fn acts_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Queries the fleet if the last query is old enough. Does not wait for the query of another
    /// request.
    pub(crate) async fn refresh(&self) {
        let Ok(_turn) = self.turn.try_lock() else { return };
        let is_recent = |asked: Instant| asked.elapsed() < REST;
        if self.shown().asked.is_some_and(is_recent) {
            return;
        }
        self.shown().asked = Some(Instant::now());
        // On a timeout the last view remains; its age is shown.
        let Ok(view) = timeout(PATIENCE, self.fleet.view()).await else { return };
        self.shown().view = view.ok().map(|view| (Instant::now(), Arc::new(view)));
    }

    /// Returns the known state of the fleet.
    pub(crate) fn reading(&self) -> Reading {
        let view = self.shown().view.clone();
        Reading { everywhere: self.everywhere, status: self.fleet.status(), view }
    }

    /// Sends a command to all instances.
    pub(crate) async fn command(
        &self,
        breaker: &str,
        action: Action,
        lasting: Option<Duration>,
        operator: &str,
    ) -> Result<(), Failed> {
        let name = retry_fleet::record::operator(operator);
        let by = By::name(if name.is_empty() { "page" } else { &name });
        let by = match lasting {
            Some(lasting) => by.lasting(lasting),
            None => by,
        };
        let fleet = &self.fleet;
        let command = async {
            match action {
                Action::ForceOpen => fleet.force_open(breaker, by).await,
                Action::ForceClosed => fleet.force_closed(breaker, by).await,
                Action::Reset => fleet.reset(breaker, by).await,
                Action::SetMode(mode) => fleet.set_mode(breaker, mode, by).await,
            }
        };
        let done = timeout(COMMAND, command).await;
        // The next request queries the server again, and shows the result.
        self.shown().asked = None;
        done.unwrap_or(Err(CommandError::Unconfirmed))
            .map_err(|error| Failed { status: status(&error), error: error.to_string() })
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // Nothing under the lock panics.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status(error: &CommandError) -> StatusCode {
    match error {
        CommandError::Alone => StatusCode::SERVICE_UNAVAILABLE,
        CommandError::Unconfirmed => StatusCode::GATEWAY_TIMEOUT,
        CommandError::Full => StatusCode::CONFLICT,
        CommandError::Invalid(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
