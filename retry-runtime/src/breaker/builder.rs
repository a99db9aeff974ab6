//! The setters of a breaker's settings, as `const fn`.
//!
//! A macro, because `const` methods of a trait are not to be had, and several types are built with these
//! settings. Each such type has a field `settings` and a `const fn restarted(self) -> Self` that brings in line
//! what was made from the settings before.

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
            pub const fn failure_threshold(mut self, failures: u32) -> Self {
                let checked = self.settings.with_failure_threshold(failures);
                self.settings = $crate::breaker::accept(checked);
                self.restarted()
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
            pub const fn recovery_timeout(mut self, timeout: Duration) -> Self {
                let checked = self.settings.with_recovery_timeout(timeout);
                self.settings = $crate::breaker::accept(checked);
                self.restarted()
            }

            /// How many probes have to succeed to close it. Default 2.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            pub const fn success_threshold(mut self, successes: u32) -> Self {
                let checked = self.settings.with_success_threshold(successes);
                self.settings = $crate::breaker::accept(checked);
                self.restarted()
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
            pub const fn half_open_max_calls(mut self, calls: u32) -> Self {
                let checked = self.settings.with_half_open_max_calls(calls);
                self.settings = $crate::breaker::accept(checked);
                self.restarted()
            }

            /// Which kinds of failure count. Default: [`FailureKinds::TRANSIENT`] and
            /// [`MidStream`](crate::FailureKind::MidStream).
            #[must_use]
            pub const fn trip_on(mut self, kinds: FailureKinds) -> Self {
                self.settings = self.settings.with_trip_on(kinds);
                self.restarted()
            }

            /// Counts a call that is dropped without an answer as a failure if it ran for at least `limit`.
            /// Default: never.
            ///
            /// A caller who wraps the call in a timeout of its own drops it when the dependency hangs, and a dropped
            /// call is neutral: without this setting a dependency that hangs never opens the breaker. Set it a
            /// little below the caller's timeout. It costs each call a reading of the clock. The `attempt_timeout`
            /// of `#[async_retry]` does not need it.
            #[must_use]
            pub const fn abandoned_after(mut self, limit: Duration) -> Self {
                self.settings = self.settings.with_abandoned_after(limit);
                self.restarted()
            }

            /// Whether it rejects calls, only reports what it would reject, or is switched off. Default
            /// [`Mode::Enforce`].
            #[must_use]
            pub const fn mode(mut self, mode: Mode) -> Self {
                self.settings = self.settings.with_mode(mode);
                self.restarted()
            }
        }
    };
}

pub(crate) use setters;
