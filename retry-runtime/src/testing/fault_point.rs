//! A point in the code under test where a test can inject failures.

use std::fmt;
use std::ops::Deref;
use std::thread;

use super::Injector;
use super::scopes::{ScopeGuard, Scopes};

/// A point in the code under test where a test can put an [`Injector`].
///
/// Declare it as a `static` next to the function and call [`hit`](Self::hit) first in the body,
/// both under `#[cfg(test)]`, so that a production build contains neither. Without an injector,
/// every call continues.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::testing::{FaultPoint, Injector, Testing};
/// use retry_utils::STANDARD;
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
    injectors: Scopes<Injector<E>>,
}

impl<E: 'static> FaultPoint<E> {
    /// Creates a point without an injector.
    #[must_use]
    pub const fn new() -> Self {
        Self { injectors: Scopes::new() }
    }

    /// Makes one call. The innermost injector decides how it ends.
    ///
    /// # Errors
    ///
    /// The error of the injector.
    pub async fn hit(&self) -> Result<(), E> {
        let innermost = self.injectors.here().pop();
        match innermost {
            Some(injector) => injector.hit().await,
            None => Ok(()),
        }
    }

    /// Puts an injector here, for the calls on this thread, until the guard is dropped.
    ///
    /// Tests that run simultaneously therefore do not disturb each other. The innermost injector of
    /// the thread takes precedence over those of the process.
    #[must_use = "it is taken away when the guard is dropped"]
    pub fn inject(&self, injector: Injector<E>) -> Injected<'_, E> {
        Injected {
            _guard: self.injectors.add(Some(thread::current().id()), injector.clone()),
            injector,
        }
    }

    /// Puts an injector here, for the calls on all threads, until the guard is dropped: for
    /// runtimes with several threads.
    #[must_use = "it is taken away when the guard is dropped"]
    pub fn inject_for_process(&self, injector: Injector<E>) -> Injected<'_, E> {
        Injected { _guard: self.injectors.add(None, injector.clone()), injector }
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

/// An [`Injector`] at its point, until this guard is dropped. From [`FaultPoint::inject`].
#[derive(Debug)]
pub struct Injected<'p, E: 'static> {
    injector: Injector<E>,
    _guard: ScopeGuard<'p, Injector<E>>,
}

impl<E> Deref for Injected<'_, E> {
    type Target = Injector<E>;

    fn deref(&self) -> &Injector<E> {
        &self.injector
    }
}
