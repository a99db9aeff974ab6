//! A way to protect a call.

use std::time::Duration;

use crate::drivers::Driver;
use crate::scenario::Scenario;
use crate::shared::Shared;
use crate::size::Size;

/// Makes so many calls and says how long they took, without what it set up before.
pub type Run = fn(u64) -> Duration;

/// One way to protect a call in one scenario.
#[derive(Clone, Copy, Debug)]
pub struct Contestant {
    /// What it has to do.
    pub scenario: Scenario,
    /// Who does it.
    pub name: &'static str,
    /// Its calls under [`Driver::Noop`]; none if they wait for a timer.
    pub noop: Option<Run>,
    /// Its calls under [`Driver::Tokio`].
    pub tokio: Option<Run>,
}

impl Contestant {
    /// Its calls under this driver.
    #[must_use]
    pub const fn run(&self, driver: Driver) -> Option<Run> {
        match driver {
            Driver::Noop => self.noop,
            Driver::Tokio => self.tokio,
        }
    }

    /// Whether each call waits for a timer, so that few calls have to do.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.noop.is_none()
    }
}

/// Everyone that a binary measures.
#[derive(Debug, Default)]
pub struct Field {
    /// One call after the other.
    pub contestants: Vec<Contestant>,
    /// One breaker under several threads.
    pub shared: Vec<Shared>,
    /// Futures.
    pub sizes: Vec<Size>,
}

impl Field {
    /// Adds those of another crate or module.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.contestants.extend(other.contestants);
        self.shared.extend(other.shared);
        self.sizes.extend(other.sizes);
        self
    }

    /// The contestants of one scenario.
    pub fn of(&self, scenario: Scenario) -> impl Iterator<Item = &Contestant> {
        self.contestants.iter().filter(move |contestant| contestant.scenario == scenario)
    }

    /// The one with this name in this scenario.
    #[must_use]
    pub fn find(&self, scenario: Scenario, name: &str) -> Option<&Contestant> {
        self.of(scenario).find(|contestant| contestant.name == name)
    }
}

/// A [`Contestant`]: the scenario, its name, what it sets up (statements and items), and the call, a closure that takes
/// the number of the call and gives the future of a `Result`.
///
/// Setup and call are compiled once for each driver. Two callers of one annotated function would keep it from
/// being inlined into either, which says nothing of the function.
///
/// `waiting` before the scenario leaves the driver `noop` out: the calls wait for a timer.
#[macro_export]
macro_rules! contestant {
    (waiting $scenario:ident, $name:expr, { $($setup:tt)* }, $call:expr $(,)?) => {
        $crate::Contestant {
            scenario: $crate::Scenario::$scenario,
            name: $name,
            noop: None,
            tokio: Some($crate::run_under_tokio!({ $($setup)* }, $call)),
        }
    };
    ($scenario:ident, $name:expr, { $($setup:tt)* }, $call:expr $(,)?) => {
        $crate::Contestant {
            scenario: $crate::Scenario::$scenario,
            name: $name,
            noop: Some($crate::run_under_noop!({ $($setup)* }, $call)),
            tokio: Some($crate::run_under_tokio!({ $($setup)* }, $call)),
        }
    };
}

/// One copy of a contestant, under the driver `noop`.
#[doc(hidden)]
#[macro_export]
macro_rules! run_under_noop {
    ({ $($setup:tt)* }, $call:expr) => {{
        #[inline(never)]
        fn run(calls: u64) -> ::std::time::Duration {
            $($setup)*
            $crate::drivers::noop(calls, $call)
        }
        run
    }};
}

/// One copy of a contestant, under the driver `tokio`. The setup runs in the runtime of the calls.
#[doc(hidden)]
#[macro_export]
macro_rules! run_under_tokio {
    ({ $($setup:tt)* }, $call:expr) => {{
        #[inline(never)]
        fn run(calls: u64) -> ::std::time::Duration {
            let runtime = $crate::drivers::runtime();
            let _entered = runtime.enter();
            $($setup)*
            $crate::drivers::tokio(&runtime, calls, $call)
        }
        run
    }};
}
