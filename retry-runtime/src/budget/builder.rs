//! The setters of a budget's settings, as `const fn`, for one budget and for many.
//!
//! They are a macro because traits have no `const` methods. Each type has a
//! `const fn built(&self) -> Settings` and a `const fn with_settings(self, Settings) -> Self`.

macro_rules! setters {
    ($type:ty) => {
        impl $type {
            /// Sets what each call deposits, in tokens: the share of calls that may be retried.
            /// Default: 0.1.
            ///
            /// # Panics
            ///
            /// Outside 0 to 10, or between two thousandths; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn ratio(self, ratio: f64) -> Self {
                let checked = self.built().with_ratio(ratio);
                self.with_settings($crate::budget::settings::accept(checked))
            }

            /// Sets how many tokens a budget holds at most, and so how many retries may come at
            /// once. Default: 100.
            ///
            /// # Panics
            ///
            /// Outside 1 to 100,000, and below `initial`; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn burst(self, tokens: u32) -> Self {
                let checked = self.built().with_burst(tokens);
                self.with_settings($crate::budget::settings::accept(checked))
            }

            /// Sets how many tokens a budget holds before the first call. Default: as many as
            /// `burst`.
            ///
            /// # Panics
            ///
            /// Above `burst`; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn initial(self, tokens: u32) -> Self {
                let checked = self.built().with_initial(tokens);
                self.with_settings($crate::budget::settings::accept(checked))
            }

            /// Sets how many tokens a budget gains each second without any call. Default: 0.
            ///
            /// # Panics
            ///
            /// Above 100,000; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            #[inline]
            pub const fn min_per_second(self, tokens: u32) -> Self {
                let checked = self.built().with_min_per_second(tokens);
                self.with_settings($crate::budget::settings::accept(checked))
            }
        }
    };
}

pub(super) use setters;
