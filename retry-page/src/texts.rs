//! The response bodies of the state, which all clients share.
//!
//! Requests cause at most one reading of the state every 250 ms, on a separate thread. Each request
//! waits for a reading that starts after it. A response therefore shows all earlier actions, and a
//! client that requests again immediately gets at most four responses a second.
//!
//! Each waiting request starts the next reading itself when it is due, unless another request has
//! done so. No request depends on another, whose connection may end at any time.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use axum::body::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
// Tokio's clock, which tests can pause.
use tokio::time::{Instant, sleep_until};

/// The minimum rest between two readings.
const REST: Duration = Duration::from_millis(250);
/// The minimum rest as a multiple of the duration of the reading. Readings use at most a tenth of
/// one processor, regardless of the number of breakers.
const REST_FACTOR: u32 = 9;
const MAX_WAITING: usize = 256;
/// The maximum number of different searches that wait for one reading.
const MAX_SEARCHES: usize = 16;

/// Reads the state, and returns a function that formats it for a search.
type Read = dyn Fn() -> Box<dyn Fn(&str) -> Option<Bytes>> + Send + Sync;

/// The text is not available now: too many requests wait, or reading the state failed.
#[derive(Debug)]
pub(crate) struct Busy;

pub(crate) struct Texts {
    read: Box<Read>,
    places: Arc<Semaphore>,
    /// The requests that wait for the next reading, by search.
    waiting: Mutex<Waiting>,
    phase: watch::Sender<Phase>,
}

type Waiting = BTreeMap<String, Vec<Waiter>>;

struct Waiter {
    answer: oneshot::Sender<Bytes>,
    place: OwnedSemaphorePermit,
}

#[derive(Clone, Copy)]
enum Phase {
    Reading,
    /// The next reading may start at this time; immediately if `None`.
    Resting(Option<Instant>),
}

impl Texts {
    pub(crate) fn new(
        read: impl Fn() -> Box<dyn Fn(&str) -> Option<Bytes>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            read: Box::new(read),
            places: Arc::new(Semaphore::new(MAX_WAITING)),
            waiting: Mutex::default(),
            phase: watch::Sender::new(Phase::Resting(None)),
        })
    }

    /// Waits for the next reading, and returns its text for a search.
    pub(crate) async fn text(self: &Arc<Self>, search: String) -> Result<Bytes, Busy> {
        let mut text = self.wait_for(search)?;
        let mut phase = self.phase.subscribe();
        loop {
            tokio::select! {
                biased;
                text = &mut text => return text.map_err(|_| Busy),
                () = rested(&mut phase) => self.begin(),
            }
        }
    }

    fn wait_for(&self, search: String) -> Result<oneshot::Receiver<Bytes>, Busy> {
        let mut waiting = self.waiting();
        // Cancelled requests free their places.
        waiting.retain(|_, waiters| {
            waiters.retain(|waiter| !waiter.answer.is_closed());
            !waiters.is_empty()
        });
        let searches = waiting.keys().filter(|it| !it.is_empty()).count();
        let is_new_search = !search.is_empty() && !waiting.contains_key(&search);
        if is_new_search && searches >= MAX_SEARCHES {
            return Err(Busy);
        }
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        let (answer, text) = oneshot::channel();
        waiting.entry(search).or_default().push(Waiter { answer, place });
        Ok(text)
    }

    /// Starts a reading, unless one is in progress or the rest is not over.
    fn begin(self: &Arc<Self>) {
        let now = Instant::now();
        let begins = self.phase.send_if_modified(|phase| {
            let begins =
                matches!(*phase, Phase::Resting(until) if until.is_none_or(|it| it <= now));
            if begins {
                *phase = Phase::Reading;
            }
            begins
        });
        if !begins {
            return;
        }
        let waiting = mem::take(&mut *self.waiting());
        let (ended, end) = mpsc::channel();
        let reading = Reading { texts: Arc::clone(self), waiting, began: now, _ended: ended };
        let runtime = Handle::try_current().ok();
        if cfg!(debug_assertions) {
            // For tests: a paused clock waits for a blocking task, but not for a thread.
            if let Some(runtime) = &runtime {
                runtime.spawn_blocking(move || end.recv());
            }
        }
        // A separate thread: in an outage, all of the runtime's blocking threads may be waiting for
        // a name server. If no thread can be started, the requests get `Busy`.
        let _ = thread::Builder::new().name("retry-page".to_owned()).spawn(move || {
            // For the runtime's clock.
            let _entered = runtime.as_ref().map(Handle::enter);
            reading.read();
        });
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing under the lock panics.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until no reading is in progress and the rest is over.
async fn rested(phase: &mut watch::Receiver<Phase>) {
    let resting = phase.wait_for(|phase| matches!(phase, Phase::Resting(_))).await;
    // Never an error, because the caller holds the sender.
    let until = resting.ok().map(|phase| *phase);
    if let Some(Phase::Resting(Some(until))) = until {
        sleep_until(until).await;
    }
}

/// A reading in progress. When it is dropped, even by a panic, the next one can start, and requests
/// that still wait for it get `Busy`.
struct Reading {
    texts: Arc<Texts>,
    waiting: Waiting,
    began: Instant,
    _ended: mpsc::Sender<()>,
}

impl Reading {
    fn read(mut self) {
        let text = (self.texts.read)();
        for (search, waiters) in mem::take(&mut self.waiting) {
            let Some(text) = text(&search) else { continue };
            for Waiter { answer, place } in waiters {
                // Before the answer, so that a client with an answer can request again.
                drop(place);
                // An error means that the request was cancelled.
                let _ = answer.send(text.clone());
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.began);
        let rest = REST.max(took.saturating_mul(REST_FACTOR));
        self.texts.phase.send_replace(Phase::Resting(Some(now + rest)));
    }
}

#[cfg(test)]
mod tests;
