//! Runs real threads on one breaker. Each test requires that calls overlap.

mod support;

use std::future::{self, Future};
use std::pin::pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::observe::{self, Event};
use retry_runtime::{CircuitBreaker, CircuitBreakers, Window};
use support::Error;

const THREADS: usize = 8;

/// Counts the steps of all threads, so that each thread can detect a step of another during its
/// own.
struct Overlaps {
    ticks: AtomicU64,
    seen: AtomicU64,
}

impl Overlaps {
    const fn new() -> Self {
        Self { ticks: AtomicU64::new(0), seen: AtomicU64::new(0) }
    }

    fn during<T>(&self, step: impl FnOnce() -> T) -> T {
        let before = self.ticks.fetch_add(1, Ordering::Relaxed);
        let done = step();
        if self.ticks.fetch_add(1, Ordering::Relaxed) > before + 1 {
            self.seen.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    /// Runs rounds until enough steps have overlapped.
    fn insist(&self, mut round: impl FnMut(usize)) {
        const ENOUGH: u64 = 100;
        for number in 0..20_000 {
            round(number);
            if number >= 50 && self.seen.load(Ordering::Relaxed) >= ENOUGH {
                return;
            }
        }
        panic!("the threads hardly ever met: {} times", self.seen.load(Ordering::Relaxed));
    }
}

/// Lets all threads act simultaneously, each with its number. Returns their results.
fn together<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (start, act) = (&start, &act);
                scope.spawn(move || {
                    start.wait();
                    act(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_thousand_calls_at_once_get_just_as_many_probes_as_allowed() {
    for limit in [1, 2, 16] {
        let overlaps = Overlaps::new();
        let breaker =
            CircuitBreaker::new("thousand").half_open_max_calls(limit).success_threshold(100);
        overlaps.insist(|_| {
            breaker.trip();
            breaker.half_open();
            let admitted = together(|_| {
                let ask = || overlaps.during(|| breaker.try_acquire());
                (0..1000 / THREADS).filter_map(|_| ask().ok()).collect::<Vec<_>>()
            });
            assert_eq!(admitted.iter().map(Vec::len).sum::<usize>(), limit as usize);
        });
    }
}

#[test]
fn a_thousand_futures_get_just_as_many_probes_as_allowed() {
    let breaker = CircuitBreaker::new("futures").half_open_max_calls(3);
    breaker.half_open();
    let call = || breaker.call(future::pending::<Result<(), Error>>);
    let mut calls: Vec<_> = (0..1000).map(|_| Box::pin(call())).collect();
    let mut context = Context::from_waker(Waker::noop());
    let waiting = calls.iter_mut().filter_map(|call| match call.as_mut().poll(&mut context) {
        Poll::Pending => Some(()),
        Poll::Ready(answer) => {
            assert!(matches!(answer, Err(Error::Open(_))));
            None
        }
    });
    assert_eq!(waiting.count(), 3);
    // Cancelled calls release their slots.
    drop(calls);
    assert!(pin!(call()).poll(&mut context).is_pending());
}

#[test]
fn no_window_loses_an_outcome() {
    let windows = [Window::calls(1024), Window::time(Duration::from_secs(86_400))];
    for (window, with_slow) in [(windows[0], false), (windows[0], true), (windows[1], false)] {
        let overlaps = Overlaps::new();
        let mut breaker = CircuitBreaker::new("lossless").failure_rate(1.0, 1000, window);
        if with_slow {
            breaker = breaker.slow_call(Duration::from_secs(3600), 1.0);
        }
        overlaps.insist(|_| {
            breaker.reset();
            together(|number| {
                for call in 0..100 {
                    let permit = breaker.try_acquire().unwrap();
                    overlaps.during(|| {
                        if (call + number) % 4 == 0 { permit.failure() } else { permit.success() }
                    });
                }
            });
            let held = breaker.snapshot();
            assert_eq!((held.calls, held.failures), (100 * THREADS as u64, 25 * THREADS as u64));
        });
    }
}

#[test]
fn one_of_many_failures_at_once_trips_and_none_is_admitted_after_it() {
    static TRIPS: AtomicU64 = AtomicU64::new(0);
    observe::add_listener(|event: &Event<'_>| {
        if let Event::Transition { breaker: "once", from: Closed, to: Open, calls, .. } = event {
            assert!(*calls >= 20);
            TRIPS.fetch_add(1, Ordering::Relaxed);
        }
    })
    .unwrap();
    let overlaps = Overlaps::new();
    let breaker = CircuitBreaker::new("once").failure_rate(0.5, 20, Window::calls(64));
    overlaps.insist(|round| {
        breaker.reset();
        together(|_| {
            for _ in 0..50 {
                let Ok(permit) = breaker.try_acquire() else { return };
                overlaps.during(|| permit.failure());
            }
        });
        assert_eq!(breaker.state(), Open);
        assert_eq!(TRIPS.load(Ordering::Relaxed), round as u64 + 1);
    });
}

#[test]
fn late_outcomes_from_other_threads_never_reach_the_next_generation() {
    let windows = [Window::calls(30), Window::calls(1024), Window::time(Duration::from_secs(3600))];
    for window in windows {
        let overlaps = Overlaps::new();
        let breaker = CircuitBreaker::new("late").failure_rate(1.0, 30, window);
        overlaps.insist(|_| {
            let permits: Vec<_> =
                (0..THREADS - 1).map(|_| breaker.try_acquire().unwrap()).collect();
            let permits: Vec<_> =
                permits.into_iter().map(|permit| std::sync::Mutex::new(Some(permit))).collect();
            together(|number| match permits.get(number) {
                Some(permit) => {
                    let permit = permit.lock().unwrap().take().unwrap();
                    overlaps.during(|| permit.failure());
                }
                None => overlaps.during(|| breaker.reset()),
            });
            // All of these belong to the generation before the reset.
            assert_eq!((breaker.state(), breaker.snapshot().calls), (Closed, 0));
        });
    }
}

#[test]
fn whatever_threads_do_a_breaker_recovers() {
    let overlaps = Overlaps::new();
    let breaker = CircuitBreaker::new("chaos")
        .failure_rate(0.5, 4, Window::calls(16))
        .recovery_timeout(Duration::from_millis(1))
        .recovery_backoff(1.1, Duration::from_millis(2))
        .half_open_max_calls(3)
        .success_threshold(2);
    overlaps.insist(|round| {
        together(|number| {
            for call in 0..50 {
                overlaps.during(|| match (round + number * 7 + call * 13) % 29 {
                    0 => breaker.trip(),
                    1 => breaker.half_open(),
                    2 => breaker.reset(),
                    3 => breaker.record_failure(),
                    4 => drop(breaker.try_acquire()),
                    pick => {
                        if let Ok(permit) = breaker.try_acquire() {
                            if pick % 3 == 0 { permit.success() } else { permit.failure() }
                        }
                    }
                });
            }
        });
        // No call is running: a new episode has all its slots, and ends normally.
        breaker.half_open();
        if breaker.state() == HalfOpen {
            breaker.trip();
            breaker.half_open();
            let probes: Vec<_> = std::iter::from_fn(|| breaker.try_acquire().ok()).collect();
            assert_eq!(probes.len(), 3);
            for probe in probes {
                probe.success();
            }
            assert_eq!(breaker.state(), Closed);
        }
    });
}

#[test]
fn threads_that_look_up_keys_share_their_breakers() {
    let overlaps = Overlaps::new();
    overlaps.insist(|_| {
        let breakers = CircuitBreakers::new("shared").max_keys(4);
        let found = together(|number| {
            let keys = ["a", "b", "c", "d"];
            (0..20)
                .map(|call| overlaps.during(|| breakers.for_key(keys[(number + call) % 4])))
                .collect::<Vec<_>>()
        });
        assert_eq!(breakers.len(), 4);
        for handle in found.iter().flatten() {
            let (_, key) = handle.name().split_once('/').unwrap();
            let listed = breakers.get(key).unwrap();
            assert!(std::ptr::eq(&raw const **handle, &raw const *listed));
        }
    });
}
