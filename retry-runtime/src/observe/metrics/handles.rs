//! Keys and handles of the exporter's time series.
//!
//! Each thread creates a key once. The exporter returns a handle for a key, but a handle can become
//! invalid in three ways:
//!
//! - It was created before the exporter was installed, so it counts nowhere.
//! - It belongs to a local recorder that has been replaced.
//! - Its time series was idle and has been dropped.
//!
//! Therefore only handles of the global recorder are kept, and only for [`KEPT_FOR`]. The global
//! recorder lives as long as the process. In all other cases the exporter looks up the time series
//! by its key.

use std::cell::RefCell;
use std::mem::size_of_val;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, with_recorder};

use super::names::{LABELS, LabelValue};
use crate::clock;

/// The time for which a handle is kept, in nanoseconds. Shorter than idle timeouts of exporters.
const KEPT_FOR: u64 = 1_000_000_000;

/// The target of all metrics, equal to that of metrics registered by the facade's macros.
const MODULE: &str = "retry_runtime::observe::metrics";

static METADATA: Metadata<'static> = Metadata::new(MODULE, Level::INFO, Some(MODULE));

/// The other labels of a metric, with their values.
type Labels<'a> = &'a [(&'static str, &'static str)];

/// Creates the key of a metric.
pub(super) fn key(metric: &'static str, name: LabelValue, labels: Labels<'_>) -> Key {
    let labels = [(name.names.label, name.text)].into_iter().chain(labels.iter().copied());
    let labels = labels.map(|(label, value)| Label::from_static_parts(label, value));
    // Otherwise the exporter copies the labels at each lookup of the key.
    Key::from_parts(metric, labels.collect::<Vec<_>>()).to_retained()
}

/// The metrics of one name, as a thread keeps them.
#[derive(Default)]
struct Kept {
    counters: Vec<KeptMetric<Counter>>,
    gauges: Vec<KeptMetric<Gauge>>,
    histograms: Vec<KeptMetric<Histogram>>,
}

struct KeptMetric<H> {
    metric: &'static str,
    /// The values of the other labels; unused ones are empty.
    values: [&'static str; 3],
    key: Key,
    handle: KeptHandle<H>,
}

/// A handle and the time at which it was obtained.
struct KeptHandle<H>(Option<(H, u64)>);

impl<H> Default for KeptHandle<H> {
    fn default() -> Self {
        Self(None)
    }
}

impl<H> KeptHandle<H> {
    fn get(&mut self, now: u64, register: impl FnOnce() -> H) -> &H {
        // A test clock may go back.
        let is_fresh = |since: u64| now.wrapping_sub(since) < KEPT_FOR;
        if !self.0.as_ref().is_some_and(|(_, since)| is_fresh(*since)) {
            self.0 = None;
        }
        &self.0.get_or_insert_with(|| (register(), now)).0
    }
}

thread_local! {
    /// By label and name.
    static KEPT: RefCell<[Vec<Kept>; LABELS]> = RefCell::default();

    /// The counters of rejections, indexed by the number of the breaker's name.
    static REJECTIONS: RefCell<Vec<KeptHandle<Counter>>> = RefCell::default();
}

/// The metrics of one name.
pub(super) struct Sink<'a> {
    recorder: &'a dyn Recorder,
    /// The time, if handles are kept.
    now: Option<u64>,
    name: LabelValue,
    kept: &'a mut Kept,
}

/// Lets an event write its metrics. `now` is read only if handles are kept.
pub(super) fn write(name: LabelValue, now: impl FnOnce() -> u64, event: &dyn Fn(&mut Sink<'_>)) {
    with_recorder(|recorder| {
        let now = is_global(recorder).then(now);
        let write = |kept: &mut Kept| event(&mut Sink { recorder, now, name, kept });
        let written = KEPT.try_with(|all| {
            let Ok(mut all) = all.try_borrow_mut() else { return false };
            let (label, number) = name.place();
            let all = &mut all[label];
            if all.len() <= number {
                all.resize_with(number + 1, Kept::default);
            }
            write(&mut all[number]);
            true
        });
        // The thread is ending, or the exporter caused an event while it handled another one.
        if !matches!(written, Ok(true)) {
            write(&mut Kept::default());
        }
    });
}

/// The counter of a breaker's rejections. A fast path for [`write`] and [`Sink::count`], because an
/// open breaker may reject many calls.
pub(super) struct Rejections {
    breaker_number: usize,
    key: Key,
}

impl Rejections {
    pub(super) fn new(metric: &'static str, breaker: LabelValue) -> Self {
        Self { breaker_number: breaker.number, key: key(metric, breaker, &[]) }
    }

    /// Adds one. `now` is 0 if the time is unknown.
    pub(super) fn count(&self, now: u64) {
        with_recorder(move |recorder| {
            if is_global(recorder) {
                self.count_kept(recorder, now);
            } else {
                self.register(recorder).increment(1);
            }
        });
    }

    #[inline(never)]
    fn count_kept(&self, recorder: &dyn Recorder, now: u64) {
        let now = if now == 0 { clock::nanos() } else { now };
        let counted = REJECTIONS.try_with(|all| {
            let Ok(mut all) = all.try_borrow_mut() else { return false };
            if all.len() <= self.breaker_number {
                all.resize_with(self.breaker_number + 1, KeptHandle::default);
            }
            all[self.breaker_number].get(now, || self.register(recorder)).increment(1);
            true
        });
        if !matches!(counted, Ok(true)) {
            self.register(recorder).increment(1);
        }
    }

    fn register(&self, recorder: &dyn Recorder) -> Counter {
        recorder.register_counter(&self.key, &METADATA)
    }
}

impl Sink<'_> {
    pub(super) fn count(&mut self, metric: &'static str, labels: Labels<'_>) {
        self.add(metric, labels, 1);
    }

    pub(super) fn add(&mut self, metric: &'static str, labels: Labels<'_>, number: u64) {
        let Self { recorder, now, name, kept } = self;
        let register = |key: &Key| recorder.register_counter(key, &METADATA);
        let metric = kept_metric(&mut kept.counters, metric, *name, labels);
        metric.with(*now, register, |counter| counter.increment(number));
    }

    pub(super) fn record(&mut self, metric: &'static str, value: Duration) {
        let Self { recorder, now, name, kept } = self;
        let register = |key: &Key| recorder.register_histogram(key, &METADATA);
        let metric = kept_metric(&mut kept.histograms, metric, *name, &[]);
        metric.with(*now, register, |histogram| histogram.record(value));
    }

    pub(super) fn set(&mut self, metric: &'static str, set: impl FnOnce(&Gauge)) {
        let Self { recorder, now, name, kept } = self;
        let register = |key: &Key| recorder.register_gauge(key, &METADATA);
        kept_metric(&mut kept.gauges, metric, *name, &[]).with(*now, register, set);
    }
}

/// Finds the time series of a metric among those of a name. All texts are static and are compared
/// by address. The same text at two addresses gets two entries, which is harmless.
fn kept_metric<'k, H>(
    all: &'k mut Vec<KeptMetric<H>>,
    metric: &'static str,
    name: LabelValue,
    labels: Labels<'_>,
) -> &'k mut KeptMetric<H> {
    let mut values = [""; 3];
    for (value, label) in values.iter_mut().zip(labels) {
        *value = label.1;
    }
    let is_it = |one: &KeptMetric<H>| {
        ptr::eq(one.metric, metric)
            && one.values.iter().zip(values).all(|(one, other)| ptr::eq(*one, other))
    };
    let at = all.iter().position(is_it).unwrap_or_else(|| {
        let key = key(metric, name, labels);
        all.push(KeptMetric { metric, values, key, handle: KeptHandle::default() });
        all.len() - 1
    });
    &mut all[at]
}

impl<H> KeptMetric<H> {
    fn with(&mut self, now: Option<u64>, register: impl Fn(&Key) -> H, act: impl FnOnce(&H)) {
        match now {
            Some(now) => act(self.handle.get(now, || register(&self.key))),
            None => act(&register(&self.key)),
        }
    }
}

/// The address of the global recorder, or 0 if it is unknown.
static GLOBAL: AtomicUsize = AtomicUsize::new(0);

fn address(recorder: &dyn Recorder) -> usize {
    ptr::from_ref(recorder).addr()
}

/// Returns whether this is the global recorder. Always `false` if `describe` has not found it.
///
/// Relaxed: only the address is compared. The global recorder is never dropped, so no other
/// recorder gets its address.
fn is_global(recorder: &dyn Recorder) -> bool {
    GLOBAL.load(Ordering::Relaxed) == address(recorder)
}

/// Finds the global recorder, if one is installed. From then on its handles are kept.
pub(super) fn find_global() {
    // A new thread has no local recorder. If no global recorder is installed, this is the no-op
    // recorder. It is zero-sized, so its address identifies nothing.
    let look =
        || with_recorder(|recorder| if size_of_val(recorder) == 0 { 0 } else { address(recorder) });
    let global = thread::Builder::new().spawn(look).ok().and_then(|thread| thread.join().ok());
    // A global recorder is installed at most once, so its address stays valid.
    if let Some(address @ 1..) = global {
        GLOBAL.store(address, Ordering::Relaxed);
    }
}
