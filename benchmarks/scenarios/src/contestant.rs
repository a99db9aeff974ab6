//! The ways to protect a call.

use std::time::Duration;

use crate::drivers::Driver;
use crate::scenario::Scenario;
use crate::set_up::{Installed, SetUp};
use crate::shared::Shared;
use crate::size::Size;

/// Makes a number of calls and returns the time that they took, without the statements before them.
pub type Run = fn(u64) -> Duration;

/// The name of the attribute, and the prefix of all names of retry-utils.
pub const OURS: &str = "retry-utils";

/// Returns whether a contestant of this name belongs to retry-utils.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    name.starts_with(OURS)
}

/// Returns whether a contestant of this name is a bare one, the best case: no user's function, no
/// argument, one caller, and a result that is ready.
#[must_use]
pub fn is_bare(name: &str) -> bool {
    name.ends_with("-bare")
}

/// One way to protect a call in one scenario.
#[derive(Clone, Copy, Debug)]
pub struct Contestant {
    /// The scenario of the calls.
    pub scenario: Scenario,
    /// The name, unique in the scenario.
    pub name: &'static str,
    /// The calls under [`Driver::Noop`]; `None` if they need a runtime.
    pub noop: Option<Run>,
    /// The calls under [`Driver::Tokio`].
    pub tokio: Run,
    /// True if each call waits for a timer. Fewer calls are measured in that case.
    pub waits: bool,
}

impl Contestant {
    /// Returns the calls under this driver.
    #[must_use]
    pub const fn run(&self, driver: Driver) -> Option<Run> {
        match driver {
            Driver::Noop => self.noop,
            Driver::Tokio => Some(self.tokio),
        }
    }

    /// Returns it marked as waiting for a timer in each call, even for a delay of zero.
    #[must_use]
    pub const fn waiting(self) -> Self {
        Self { noop: None, waits: true, ..self }
    }

    /// Returns it marked as needing a runtime.
    #[must_use]
    pub const fn under_tokio(self) -> Self {
        Self { noop: None, ..self }
    }
}

/// All subjects of a binary.
#[derive(Debug, Default)]
pub struct Field {
    /// Calls in sequence.
    pub contestants: Vec<Contestant>,
    /// One breaker under several threads.
    pub shared: Vec<Shared>,
    /// Sizes of futures.
    pub sizes: Vec<Size>,
    /// The set-ups for the command line. The first is the default.
    pub set_ups: Vec<Installed>,
}

impl Field {
    /// Adds all subjects of another field.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.contestants.extend(other.contestants);
        self.shared.extend(other.shared);
        self.sizes.extend(other.sizes);
        self.set_ups.extend(other.set_ups);
        self
    }

    /// Returns the contestants of one scenario.
    pub fn of(&self, scenario: Scenario) -> impl Iterator<Item = &Contestant> {
        self.contestants.iter().filter(move |contestant| contestant.scenario == scenario)
    }

    /// Returns the contestant with this name in this scenario.
    #[must_use]
    pub fn find(&self, scenario: Scenario, name: &str) -> Option<&Contestant> {
        self.of(scenario).find(|contestant| contestant.name == name)
    }

    /// Returns whether the binary has this set-up.
    #[must_use]
    pub fn has(&self, set_up: SetUp) -> bool {
        self.set_ups.iter().any(|installed| installed.set_up == set_up)
    }
}

/// Defines a [`Contestant`] that is a user's own async function: the scenario, its name, items that
/// include the function, statements that run before the calls, and the function.
///
/// The items may call the functions of [`upstream!`](crate::upstream). The function takes a `&str`,
/// and both drivers call the same one. If it needs values that a `static` cannot hold, a closure
/// passes on values from the statements.
#[macro_export]
macro_rules! asked {
    ($scenario:ident, $name:expr, { $($items:tt)* }, { $($before:tt)* }, $ask:expr $(,)?) => {{
        $crate::upstream!();
        $($items)*
        $crate::contestant!($scenario, $name, { $($before)* }, noop, tokio, $ask)
    }};
    ($scenario:ident, $name:expr, { $($items:tt)* }, $ask:expr $(,)?) => {
        $crate::asked!($scenario, $name, { $($items)* }, {}, $ask)
    };
}

/// Defines a [`Contestant`] that is called in the loop of the driver: the scenario, its name,
/// statements and items before the calls, and a closure that returns the future of a `Result`.
///
/// All of it is compiled once for each driver, so each copy has one caller.
#[macro_export]
macro_rules! bare {
    ($scenario:ident, $name:expr, { $($before:tt)* }, $call:expr $(,)?) => {
        $crate::contestant!($scenario, $name, { $($before)* }, noop_bare, tokio_bare, $call)
    };
}

/// Defines a [`Contestant`]: the scenario, its name, statements before the calls, the functions of
/// [`drivers`](crate::drivers) that make the calls, and the call.
#[macro_export]
macro_rules! contestant {
    (
        $scenario:ident, $name:expr, { $($before:tt)* }, $noop:ident, $tokio:ident, $call:expr
    ) => {{
        #[inline(never)]
        fn under_noop(calls: u64) -> ::std::time::Duration {
            $($before)*
            $crate::drivers::$noop(calls, $call)
        }
        #[inline(never)]
        fn under_tokio(calls: u64) -> ::std::time::Duration {
            let runtime = $crate::drivers::runtime();
            let _entered = runtime.enter();
            $($before)*
            $crate::drivers::$tokio(&runtime, calls, $call)
        }
        $crate::Contestant {
            scenario: $crate::Scenario::$scenario,
            name: $name,
            noop: Some(under_noop),
            tokio: under_tokio,
            waits: false,
        }
    }};
}
