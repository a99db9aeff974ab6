//! The agent as breakers see it: an inbox that they fill, and the initial state of new breakers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use retry_runtime::fleet::{Change, Source, Tied, now};
use tokio::sync::Notify;

use super::names::Names;

/// News from breakers, until the agent looks.
#[derive(Default)]
pub(crate) struct Inbox {
    news: Mutex<News>,
    begins: Mutex<Begins>,
    /// Wakes the loop.
    pub(crate) notify: Notify,
}

/// The news since the agent last looked. The number of breakers bounds it.
#[derive(Default)]
pub(crate) struct News {
    /// The names of breakers with news.
    pub(crate) woken: BTreeSet<String>,
    /// The breakers of new keys.
    pub(crate) made: BTreeMap<String, Tied>,
    /// The names of breakers that the agent knew and that lost their place. A new breaker of the
    /// same name was added later.
    pub(crate) evicted: BTreeSet<String>,
}

/// The initial state of breakers of new keys.
#[derive(Default)]
pub(crate) struct Begins {
    names: Names,
    /// The time until which they are coordinated.
    coordinated_until: u64,
    /// The registers that are not closed, by the name on the wire.
    open: HashMap<String, Change>,
}

impl Inbox {
    pub(crate) fn take_news(&self) -> News {
        std::mem::take(&mut *lock(&self.news))
    }

    pub(crate) fn use_names(&self, names: &Names) {
        lock(&self.begins).names = names.clone();
    }

    /// Coordinates new breakers until this time; 0 for not at all.
    pub(crate) fn coordinate(&self, until: u64) {
        lock(&self.begins).coordinated_until = until;
    }

    /// Sets the register that new breakers of this name start with: one that is not closed, or
    /// none.
    pub(crate) fn show(&self, name: &str, open: Option<Change>) {
        let mut begins = lock(&self.begins);
        match open {
            Some(change) => drop(begins.open.insert(name.to_owned(), change)),
            None => drop(begins.open.remove(name)),
        }
    }
}

impl Source for Inbox {
    fn wake(&self, breaker: &str) {
        lock(&self.news).woken.insert(breaker.to_owned());
        self.notify.notify_one();
    }

    fn begins(&self, breaker: &str) -> Vec<Change> {
        let begins = lock(&self.begins);
        let until = begins.coordinated_until;
        if begins.open.is_empty() || until <= now() {
            return Vec::new();
        }
        let open = begins.open.get(&begins.names.of_key(breaker));
        open.map_or_else(Vec::new, |open| vec![Change::Coordinate { until }, *open])
    }

    fn made(&self, breaker: Tied) {
        let name = breaker.name().to_owned();
        let former = lock(&self.news).made.insert(name, breaker);
        // Dropped outside the lock, because that acts on the breaker.
        drop(former);
        self.notify.notify_one();
    }

    fn evicted(&self, breaker: &str) {
        let mut news = lock(&self.news);
        news.woken.remove(breaker);
        let unseen = news.made.remove(breaker);
        if unseen.is_none() {
            news.evicted.insert(breaker.to_owned());
        }
        drop(news);
        drop(unseen);
        self.notify.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The data under the locks is complete after each change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
