//! Values that apply to one thread or to the whole process, until their guards are dropped.

use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ThreadId};

use super::lock;

/// Values that apply to one thread, or to all, each with its number.
#[derive(Debug)]
pub(super) struct Scopes<T>(Mutex<Vec<(u64, Option<ThreadId>, T)>>);

impl<T> Scopes<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Adds a value that applies to this thread, or to all, until the guard is dropped.
    pub(super) fn add(&self, thread: Option<ThreadId>, value: T) -> ScopeGuard<'_, T> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        lock(&self.0).push((number, thread, value));
        ScopeGuard { scopes: self, number, thread: PhantomData }
    }

    /// Returns the values that apply to this thread: those of the process first, the innermost
    /// last.
    pub(super) fn here(&self) -> Vec<T>
    where
        T: Clone,
    {
        let scopes = lock(&self.0);
        let on = |wanted| scopes.iter().filter(move |(_, thread, _)| *thread == wanted);
        let here = on(None).chain(on(Some(thread::current().id())));
        here.map(|(.., value)| value.clone()).collect()
    }
}

/// Keeps a value in its [`Scopes`] until this is dropped.
#[derive(Debug)]
pub(super) struct ScopeGuard<'s, T> {
    scopes: &'s Scopes<T>,
    number: u64,
    /// Keeps the guard on the thread that created it.
    thread: PhantomData<*const ()>,
}

impl<T> Drop for ScopeGuard<'_, T> {
    fn drop(&mut self) {
        let mut scopes = lock(&self.scopes.0);
        let at = scopes.iter().position(|(number, ..)| *number == self.number);
        let removed = at.map(|at| scopes.remove(at));
        // Unlocked first, because dropping the value may run user code.
        drop(scopes);
        drop(removed);
    }
}
