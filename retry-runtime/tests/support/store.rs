//! An exporter that stores counters, and drops them on request.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

thread_local! {
    /// An additional action, once, when a counter is written on this thread.
    static ALSO: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

type Act = Box<dyn Fn()>;

thread_local! {
    /// An additional action, each time that a gauge is written on this thread.
    static AT_EACH_GAUGE: Cell<Option<Act>> = const { Cell::new(None) };
}

/// Runs `what` each time that a gauge is written on this thread, except by `what` itself.
pub(crate) fn at_each_gauge(what: impl Fn() + 'static) {
    AT_EACH_GAUGE.set(Some(Box::new(what)));
}

/// Runs `what` once, when a counter is written on this thread.
pub(crate) fn also(what: impl FnOnce() + 'static) {
    ALSO.set(Some(Box::new(what)));
}

/// The number of writes of each metric, whatever its labels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store(Arc<Mutex<HashMap<Key, Arc<Writes>>>>);

#[derive(Debug, Default)]
struct Writes(AtomicU64);

impl Store {
    pub(crate) fn count(&self, metric: &str) -> u64 {
        let all = self.0.lock().unwrap();
        let of_metric = all.iter().filter(|(key, _)| key.name() == metric);
        of_metric.map(|(_, writes)| writes.0.load(Ordering::SeqCst)).sum()
    }

    /// Drops everything, like an exporter that drops idle metrics.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    fn writes(&self, key: &Key) -> Arc<Writes> {
        Arc::clone(self.0.lock().unwrap().entry(key.clone()).or_default())
    }
}

impl CounterFn for Writes {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::SeqCst);
        if let Some(also) = ALSO.take() {
            also();
        }
    }

    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Writes {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl GaugeFn for Writes {
    fn increment(&self, _: f64) {}

    fn decrement(&self, _: f64) {}

    fn set(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
        if let Some(act) = AT_EACH_GAUGE.take() {
            act();
            AT_EACH_GAUGE.set(Some(act));
        }
    }
}

impl Recorder for Store {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.writes(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.writes(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.writes(key))
    }
}
