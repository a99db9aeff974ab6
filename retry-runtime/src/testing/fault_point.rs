//! A place in the code under test where failures can be put.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Injector;

/// A place in the code under test where a test can put an [`Injector`].
///
/// Declare it as a `static` beside the function and hit it first in the body, both under `#[cfg(test)]`: of a production
/// build nothing is left. Without an injector it lets every call go on.
///
/// ```
/// use retry_runtime::testing::{FaultPoint, Injector, Testing};
/// use retry_runtime::STANDARD;
/// use std::io::{Error, ErrorKind, Result};
///
/// // #[cfg(test)]
/// static FETCH: FaultPoint<Error> = FaultPoint::new();
///
/// async fn fetch() -> Result<u32> {
///     // #[cfg(test)]
///     FETCH.hit().await?;
///     Ok(7)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let _fast = Testing::new().scope();
/// let faults = FETCH.inject(Injector::fail_times(1, || Error::from(ErrorKind::TimedOut)));
/// assert_eq!(STANDARD.run(fetch).await?, 7);
/// assert_eq!(faults.hits(), 2);
/// # Ok(())
/// # }
/// ```
pub struct FaultPoint<E> {
    process: Mutex<Vec<Injector<E>>>,
}

impl<E: 'static> FaultPoint<E> {
    /// A place where nothing fails.
    #[must_use]
    pub const fn new() -> Self {
        Self { process: Mutex::new(Vec::new()) }
    }

    /// One call: what the innermost injector says of it.
    ///
    /// # Errors
    ///
    /// The injector's.
    pub async fn hit(&self) -> Result<(), E> {
        match self.current() {
            Some(injector) => injector.hit().await,
            None => Ok(()),
        }
    }

    /// Puts an injector here, for the calls on this thread, until the guard is dropped.
    ///
    /// So tests that run at once don't disturb each other. The innermost one decides, before those for the process.
    #[must_use = "it is taken away when the guard is dropped"]
    pub fn inject(&self, injector: Injector<E>) -> Injected<'_, E> {
        let kept: Box<dyn Any> = Box::new(injector.clone());
        HERE.with_borrow_mut(|here| here.push((self.address(), kept)));
        Injected { point: self, injector, everywhere: false, here: PhantomData }
    }

    /// Puts an injector here, for the calls on all threads, until the guard is dropped: for runtimes with several.
    #[must_use = "it is taken away when the guard is dropped"]
    pub fn inject_for_process(&self, injector: Injector<E>) -> Injected<'_, E> {
        self.for_process().push(injector.clone());
        Injected { point: self, injector, everywhere: true, here: PhantomData }
    }

    fn current(&self) -> Option<Injector<E>> {
        let here = HERE.with_borrow(|here| {
            let (_, found) = here.iter().rev().find(|(address, _)| *address == self.address())?;
            found.downcast_ref::<Injector<E>>().cloned()
        });
        here.or_else(|| self.for_process().last().cloned())
    }

    fn for_process(&self) -> MutexGuard<'_, Vec<Injector<E>>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells points apart. An injector borrows its point, so that none moves or goes while its address is written down.
    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }
}

impl<E: 'static> Default for FaultPoint<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for FaultPoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultPoint").finish_non_exhaustive()
    }
}

/// An [`Injector`] in its place until this is dropped. From [`FaultPoint::inject`].
#[derive(Debug)]
pub struct Injected<'p, E: 'static> {
    point: &'p FaultPoint<E>,
    injector: Injector<E>,
    everywhere: bool,
    /// It must be dropped on the thread that it was put on.
    here: PhantomData<*const ()>,
}

impl<E> Deref for Injected<'_, E> {
    type Target = Injector<E>;

    fn deref(&self) -> &Injector<E> {
        &self.injector
    }
}

impl<E: 'static> Drop for Injected<'_, E> {
    fn drop(&mut self) {
        if self.everywhere {
            let mut injectors = self.point.for_process();
            if let Some(at) = injectors.iter().rposition(|other| other.is(&self.injector)) {
                injectors.remove(at);
            }
            return;
        }
        let is_ours = |(address, kept): &(usize, Box<dyn Any>)| {
            *address == self.point.address()
                && kept.downcast_ref::<Injector<E>>().is_some_and(|other| other.is(&self.injector))
        };
        HERE.with_borrow_mut(|here| here.iter().rposition(is_ours).map(|at| here.remove(at)));
    }
}

thread_local! {
    /// The injectors of this thread, each with the address of its point.
    static HERE: RefCell<Vec<(usize, Box<dyn Any>)>> = const { RefCell::new(Vec::new()) };
}
