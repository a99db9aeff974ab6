//! One breaker under several threads.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::median::Spread;

/// The state of the breaker, which decides the outcome of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// It is closed: each call is admitted and succeeds.
    Healthy,
    /// It is open: each call is rejected.
    Rejecting,
}

impl Load {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Healthy, Self::Rejecting];

    /// Returns the name in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Healthy => "shared-healthy",
            Self::Rejecting => "shared-rejecting",
        }
    }
}

/// The numbers of threads that share the breaker.
pub const THREADS: [usize; 4] = [1, 2, 4, 8];

/// The name of the breaker that is the reference for the others.
pub const REFERENCE: &str = "by-hand-atomic";

/// The result of a run.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The time from the first call of any thread to the last.
    pub elapsed: Duration,
    /// The number of calls that the breaker admitted.
    pub admitted: u64,
}

/// One breaker that threads share.
#[derive(Clone, Copy, Debug)]
pub struct Shared {
    /// The state of the breaker.
    pub load: Load,
    /// The name, unique under its load.
    pub name: &'static str,
    /// Makes a number of calls on each of a number of threads.
    pub run: fn(usize, u64) -> Outcome,
}

/// Defines a [`Shared`]: the load, its name, statements that run before the calls, and a closure
/// that makes one call and returns whether the breaker admitted it.
#[macro_export]
macro_rules! shared {
    ($load:ident, $name:expr, { $($setup:tt)* }, $call:expr $(,)?) => {{
        #[inline(never)]
        fn run(threads: usize, calls: u64) -> $crate::shared::Outcome {
            $($setup)*
            $crate::shared::drive(threads, calls, $call)
        }
        $crate::shared::Shared { load: $crate::shared::Load::$load, name: $name, run }
    }};
}

/// Makes a number of calls on each of a number of threads, which start together.
///
/// # Panics
///
/// Panics if a call panics.
#[inline]
pub fn drive(threads: usize, calls: u64, call: impl Fn() -> bool + Sync) -> Outcome {
    let barrier = Barrier::new(threads);
    let one = || {
        barrier.wait();
        let began = Instant::now();
        let mut admitted = 0;
        for _ in 0..calls {
            admitted += u64::from(black_box(call()));
        }
        (began, Instant::now(), admitted)
    };
    let all: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().expect("no call panics")).collect()
    });
    let began = all.iter().map(|(began, ..)| *began).min();
    let ended = all.iter().map(|(_, ended, _)| *ended).max();
    Outcome {
        elapsed: began.zip(ended).map_or(Duration::ZERO, |(began, ended)| ended - began),
        admitted: all.iter().map(|(.., admitted)| admitted).sum(),
    }
}

/// Rates of one breaker.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// The breaker.
    pub shared: Shared,
    /// The number of threads that shared it.
    pub threads: usize,
    /// Million calls per second, of all threads together.
    pub millions: Spread,
    /// The rate divided by that of [`REFERENCE`] in the same round.
    pub ratio: Spread,
}

/// Measures all breakers under every number of threads, in rounds in which they take turns.
///
/// # Panics
///
/// Panics if [`REFERENCE`] is not among the breakers of a load.
#[must_use]
pub fn measure(all: &[Shared], rounds: usize, batch: Duration) -> Vec<Rate> {
    let mut rates = Vec::new();
    for load in Load::ALL {
        let field: Vec<_> = all.iter().filter(|shared| shared.load == load).copied().collect();
        for threads in THREADS {
            let calls: Vec<_> =
                field.iter().map(|shared| calibrate(shared, threads, batch)).collect();
            let mut millions = vec![Vec::new(); field.len()];
            for round in 0..rounds {
                for turn in 0..field.len() {
                    let at = (round + turn) % field.len();
                    let elapsed = (field[at].run)(threads, calls[at]).elapsed;
                    let all_calls = calls[at] as f64 * threads as f64;
                    millions[at].push(all_calls / elapsed.as_secs_f64() / 1e6);
                }
            }
            let reference = field.iter().position(|shared| shared.name == REFERENCE);
            for (at, shared) in field.iter().enumerate() {
                let its = &millions[reference.expect("the reference takes part")];
                let ratio = millions[at].iter().zip(its).map(|(own, its)| own / its).collect();
                let millions = Spread::of(millions[at].clone());
                rates.push(Rate { shared: *shared, threads, millions, ratio: Spread::of(ratio) });
            }
        }
    }
    rates
}

/// Returns the number of calls per thread that fill a batch.
fn calibrate(shared: &Shared, threads: usize, batch: Duration) -> u64 {
    let mut calls = 1_000;
    while (shared.run)(threads, calls).elapsed < batch && calls < 1 << 30 {
        calls *= 2;
    }
    calls
}
