//! The setters of a breaker's settings, as `const fn`.
//!
//! A macro, because `const` methods of a trait are not to be had, and several types are built with these
//! settings. Each such type has a `const fn made(&self) -> Settings` and a `const fn with_settings(self, Settings) -> Self`
//! that brings in line what was made from the settings before.
//!
//! The setters are `#[inline]`: a `static` has them evaluated by the compiler, and needs none in the program.

macro_rules! setters {
    ($type:ty) => {
        impl $type {
            /// How many failures in a row open it. Default 5.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            ///
            /// ```compile_fail,E0080
            /// # use retry_runtime::CircuitBreaker;
            /// static NEVER_CLOSED: CircuitBreaker = CircuitBreaker::new("never").failure_threshold(0);
            /// ```
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn failure_threshold(self, failures: u32) -> Self {
                let checked = self.made().with_failure_threshold(failures);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Opens at a share of failed calls instead of failures in a row. Default: failures in a row.
            ///
            /// It opens when at least `min_calls` calls are in the window and the share of failed ones among them
            /// has reached `rate`: `failure_rate(0.5, 20, Window::calls(100))`. Asked when a failure is recorded,
            /// never on a good result. `failure_threshold` is of no account then.
            ///
            /// [`Window`](crate::Window) says what each kind costs.
            ///
            /// # Panics
            ///
            /// Unless `rate` is above 0 and at most 1, `min_calls` from 1 to the calls of the window (65,535 for a
            /// window of time), and the window within its limits; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn failure_rate(
                self,
                rate: f64,
                min_calls: u32,
                window: $crate::Window,
            ) -> Self {
                let checked = self.made().with_failure_rate(rate, min_calls, window);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Counts calls that took longer than this, good or failed. Default: never.
            ///
            /// A call that is dropped, or fails in a way that says nothing of the dependency, has no verdict and is
            /// not counted as slow either: see [`abandoned_after`](Self::abandoned_after).
            ///
            /// With [`failure_rate`](Self::failure_rate) it opens when the share of slow calls in the same window has
            /// reached `rate`, from the same `min_calls` on. Without it a slow call is a failure, and `rate` is of no
            /// account. In half-open a slow probe opens it again. A stream took as long as until its first item.
            ///
            /// It costs each call two readings of the clock.
            ///
            /// # Panics
            ///
            /// Unless the duration is above zero, and `rate` above 0 and at most 1; in a `static` that is a compile
            /// error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn slow_call(self, longer_than: Duration, rate: f64) -> Self {
                let checked = self.made().with_slow_call(longer_than, rate);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// How long it stays open before it lets a probe through. Default 60 s.
            ///
            /// Also how long a probe may take before its slot goes to another call.
            ///
            /// # Panics
            ///
            /// Outside 1 ms to 365 days; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn recovery_timeout(self, timeout: Duration) -> Self {
                let checked = self.made().with_recovery_timeout(timeout);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Makes each open phase longer by `factor` while probes go on failing, up to `max`. Default: all are as
            /// long as `recovery_timeout`.
            ///
            /// The first is `recovery_timeout`, the one after a failed recovery `factor` times as long, and so on.
            /// Once it has closed, it begins anew. Set `recovery_timeout` before this.
            ///
            /// # Panics
            ///
            /// Unless `factor` is finite and at least 1, and `max` from `recovery_timeout` to 365 days; in a `static`
            /// that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn recovery_backoff(self, factor: f64, max: Duration) -> Self {
                let checked = self.made().with_recovery_backoff(factor, max);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// How many probes have to succeed to close it. Default 2.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn success_threshold(self, successes: u32) -> Self {
                let checked = self.made().with_success_threshold(successes);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// How many probes may be under way at once while half-open. Default: as many as `success_threshold`.
            ///
            /// With fewer, they follow one another.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn half_open_max_calls(self, calls: u32) -> Self {
                let checked = self.made().with_half_open_max_calls(calls);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Which kinds of failure count. Default: [`FailureKinds::TRANSIENT`] and
            /// [`MidStream`](crate::FailureKind::MidStream).
            #[must_use]
            #[inline]
            pub const fn trip_on(self, kinds: FailureKinds) -> Self {
                let settings = self.made().with_trip_on(kinds);
                self.with_settings(settings)
            }

            /// Counts a call that is dropped without an answer as a failure if it ran for at least `limit`.
            /// Default: never.
            ///
            /// A caller who wraps the call in a timeout of its own drops it when the dependency hangs, and a dropped
            /// call is neutral: without this setting a dependency that hangs never opens the breaker. Set it a
            /// little below the caller's timeout. It costs each call a reading of the clock. The `attempt_timeout`
            /// of `#[async_retry]` does not need it. Zero counts every call that is dropped.
            #[must_use]
            #[inline]
            pub const fn abandoned_after(self, limit: Duration) -> Self {
                let settings = self.made().with_abandoned_after(limit);
                self.with_settings(settings)
            }

            /// Whether it rejects calls, only reports what it would reject, or is switched off. Default
            /// [`Mode::Enforce`].
            #[must_use]
            #[inline]
            pub const fn mode(self, mode: Mode) -> Self {
                let settings = self.made().with_mode(mode);
                self.with_settings(settings)
            }
        }
    };
}

pub(crate) use setters;
