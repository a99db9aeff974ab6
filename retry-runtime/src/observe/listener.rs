//! Code of the application that hears events.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use super::Event;

/// Hears the events of this process, after [`add_listener`].
///
/// A closure that takes `&Event<'_>` is a listener, too.
pub trait Listener: Send + Sync + 'static {
    /// Returns whether the listener wants events at the moment. Default: `true`.
    ///
    /// The fields of an event are formatted only if its log level is enabled or a listener wants
    /// events.
    fn enabled(&self) -> bool {
        true
    }

    /// Handles an event, on the caller's task and before the wait that it announces.
    ///
    /// An implementation should be short, and must not block.
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

/// Filled in order, and never emptied: finding the listeners takes no lock.
static LISTENERS: [OnceLock<Box<dyn Listener>>; PLACES] = [const { OnceLock::new() }; PLACES];

/// Passes every event of this process to a listener, from now on and for the life of the process.
///
/// There are eight places. The page of the crate `retry-page` and the recorders of the feature
/// `testing` take one each when they are first used.
///
/// # Errors
///
/// [`TooManyListeners`] if all eight places are taken.
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

/// All eight places for listeners are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyListeners;

impl fmt::Display for TooManyListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this process has {PLACES} listeners, the most there may be: combine some in one closure"
        )
    }
}

impl Error for TooManyListeners {}

/// Returns whether there is any listener.
#[inline]
pub(super) fn any() -> bool {
    LISTENERS[0].get().is_some()
}

/// Returns the listeners that want events at the moment.
#[cold]
pub(super) fn enabled() -> impl Iterator<Item = &'static dyn Listener> {
    LISTENERS.iter().map_while(OnceLock::get).map(AsRef::as_ref).filter(|it| it.enabled())
}
