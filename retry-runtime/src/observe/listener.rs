//! Listeners: application code that receives events.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use super::Event;

/// A receiver of the events of this process. [`add_listener`] adds it.
///
/// Closures that take `&Event<'_>` implement this trait.
pub trait Listener: Send + Sync + 'static {
    /// Returns whether the listener currently wants events. Default: `true`.
    ///
    /// The fields of an event are formatted only if its log level is enabled or a listener is
    /// enabled.
    fn enabled(&self) -> bool {
        true
    }

    /// Handles an event. Called on the task that causes the event, before the wait that the event
    /// announces.
    ///
    /// An implementation should return quickly and must not block.
    fn on_event(&self, event: &Event<'_>);
}

impl<F> Listener for F
where
    F: Fn(&Event<'_>) + Send + Sync + 'static,
{
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

const PLACES: usize = 8;

/// Filled in order and never emptied, so that reading takes no lock.
static LISTENERS: [OnceLock<Box<dyn Listener>>; PLACES] = [const { OnceLock::new() }; PLACES];

/// Adds a listener, which receives every event until the process ends.
///
/// A process has at most eight listeners. The page of the crate `retry-page` and the recorders of
/// the feature `testing` add one each when they are first used.
///
/// # Errors
///
/// [`TooManyListeners`] if the process already has eight listeners.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::observe::{self, Event};
///
/// observe::add_listener(|event: &Event<'_>| {
///     if let Event::RetryScheduled { operation, attempt, delay, .. } = event {
///         println!("{operation}: attempt {attempt} failed, next in {delay:?}");
///     }
/// })?;
/// # Ok::<(), observe::TooManyListeners>(())
/// ```
pub fn add_listener(listener: impl Listener) -> Result<(), TooManyListeners> {
    let mut listener: Box<dyn Listener> = Box::new(listener);
    for place in &LISTENERS {
        match place.set(listener) {
            Ok(()) => return Ok(()),
            Err(taken) => listener = taken,
        }
    }
    Err(TooManyListeners)
}

/// The process already has eight listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyListeners;

impl fmt::Display for TooManyListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the process already has {PLACES} listeners, the maximum: combine some in one closure"
        )
    }
}

impl Error for TooManyListeners {}

/// Returns whether there is any listener.
#[inline]
pub(super) fn any() -> bool {
    LISTENERS[0].get().is_some()
}

/// Returns the listeners that currently want events.
#[cold]
pub(super) fn enabled() -> impl Iterator<Item = &'static dyn Listener> {
    LISTENERS.iter().map_while(OnceLock::get).map(AsRef::as_ref).filter(|it| it.enabled())
}
