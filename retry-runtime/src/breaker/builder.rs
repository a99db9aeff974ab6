//! The setters of a breaker's settings, as `const fn`.
//!
//! They are a macro because traits have no `const` methods, and several types are built with these
//! settings. Each such type has a `const fn built(&self) -> Settings` and a
//! `const fn with_settings(self, Settings) -> Self`.
//!
//! The setters are `#[inline]`: the compiler evaluates those of a `static`, so they are compiled
//! only in crates that call them at run time.

macro_rules! setters {
    ($type:ty) => {
        impl $type {
            /// Sets how many failures in a row open it. Default: 5.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            ///
            /// ```compile_fail,E0080
            /// # use retry_runtime::CircuitBreaker;
            /// static NEVER: CircuitBreaker = CircuitBreaker::new("never").failure_threshold(0);
            /// ```
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn failure_threshold(self, failures: u32) -> Self {
                let checked = self.built().with_failure_threshold(failures);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Opens at a share of failed calls instead of failures in a row. Default: none.
            ///
            /// `failure_rate(0.5, 20, Window::calls(100))` opens when at least 20 calls are in the
            /// window and half of them failed. The rate is evaluated when a failure is recorded. It
            /// replaces `failure_threshold`. See [`Window`](crate::Window) for the kinds of windows.
            ///
            /// # Panics
            ///
            /// Unless `rate` is above 0 and at most 1, `min_calls` from 1 to the calls of the
            /// window (65,535 for a window of time), and the window within its limits; in a
            /// `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn failure_rate(
                self,
                rate: f64,
                min_calls: u32,
                window: $crate::Window,
            ) -> Self {
                let checked = self.built().with_failure_rate(rate, min_calls, window);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Counts calls that took longer than this, successful or failed. Default: never.
            ///
            /// With [`failure_rate`](Self::failure_rate), the breaker also opens when the share of
            /// slow calls in the same window reaches `rate`, from the same `min_calls` on. Without
            /// it, a slow call is a failure, and `rate` is not used. In half-open, a slow probe
            /// opens the breaker. The duration of a stream ends with its first item.
            ///
            /// A call that is dropped, or fails in a way that says nothing about the dependency, is
            /// not counted as slow: see [`abandoned_after`](Self::abandoned_after). Each call reads
            /// the clock twice.
            ///
            /// # Panics
            ///
            /// Unless the duration is above zero, and `rate` above 0 and at most 1; in a `static`
            /// that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn slow_call(self, longer_than: Duration, rate: f64) -> Self {
                let checked = self.built().with_slow_call(longer_than, rate);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Sets how long it stays open before it admits a probe. Default: 60 s.
            ///
            /// # Panics
            ///
            /// Outside 1 ms to 365 days; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn recovery_timeout(self, timeout: Duration) -> Self {
                let checked = self.built().with_recovery_timeout(timeout);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Multiplies the open phase by `factor` with each failed recovery, up to `max`.
            /// Default: every open phase is as long as `recovery_timeout`.
            ///
            /// The first open phase is `recovery_timeout`, the one after a failed recovery `factor`
            /// times as long, and so on. After the breaker has closed, it is `recovery_timeout`
            /// again. Set `recovery_timeout` before this.
            ///
            /// # Panics
            ///
            /// Unless `factor` is finite and at least 1, and `max` from `recovery_timeout` to 365
            /// days; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn recovery_backoff(self, factor: f64, max: Duration) -> Self {
                let checked = self.built().with_recovery_backoff(factor, max);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Sets how many probes have to succeed to close it. Default: 2.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn success_threshold(self, successes: u32) -> Self {
                let checked = self.built().with_success_threshold(successes);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Sets how many probes may be under way at once while half-open. Default: as many as
            /// `success_threshold`, at most 16.
            ///
            /// With fewer than `success_threshold`, probes follow one another.
            ///
            /// # Panics
            ///
            /// Outside 1 to 16; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn half_open_max_calls(self, calls: u32) -> Self {
                let checked = self.built().with_half_open_max_calls(calls);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Sets how long a probe keeps its slot without an outcome. Default: the larger of
            /// `recovery_timeout` and 60 s.
            ///
            /// After that time another call may take the slot. An outcome that comes later still
            /// counts if the breaker is half-open without interruption. This bounds how long a
            /// forgotten permit, or a `should_allow_request` without `record_…`, keeps a half-open
            /// breaker waiting. Set it above the time that a call may take: then no more than
            /// `half_open_max_calls` calls are under way.
            ///
            /// # Panics
            ///
            /// Outside 1 ms to 365 days; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn probe_timeout(self, timeout: Duration) -> Self {
                let checked = self.built().with_probe_timeout(timeout);
                self.with_settings($crate::breaker::accept(checked))
            }

            /// Sets which kinds of failure count. Default: [`FailureKinds::TRANSIENT`] and
            /// [`MidStream`](crate::FailureKind::MidStream).
            #[must_use]
            #[inline]
            pub const fn trip_on(self, kinds: FailureKinds) -> Self {
                let settings = self.built().with_trip_on(kinds);
                self.with_settings(settings)
            }

            /// Counts a call that is dropped without an answer as a failure if it ran for at least
            /// `limit`. Default: never.
            ///
            /// A caller with a timeout of its own drops the call when the dependency hangs, and a
            /// dropped call does not count. Without this setting, a dependency that hangs never
            /// opens such a caller's breaker. Set it a little below the caller's timeout; zero
            /// counts every call that is dropped. The `attempt_timeout` of `#[async_retry]` does
            /// not need it. Each call reads the clock.
            #[must_use]
            #[inline]
            pub const fn abandoned_after(self, limit: Duration) -> Self {
                let settings = self.built().with_abandoned_after(limit);
                self.with_settings(settings)
            }

            /// Sets whether it rejects calls, only reports what it would reject, or is switched
            /// off. Default: [`Mode::Enforce`].
            #[must_use]
            #[inline]
            pub const fn mode(self, mode: Mode) -> Self {
                let settings = self.built().with_mode(mode);
                self.with_settings(settings)
            }
        }
    };
}

pub(crate) use setters;
