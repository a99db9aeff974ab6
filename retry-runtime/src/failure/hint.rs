//! What a field may be that `#[retry(…, after = field)]` names.

use std::time::Duration;

/// A wait, or perhaps one.
#[diagnostic::on_unimplemented(
    message = "`after` cannot read a wait from `{Self}`",
    label = "expected `Duration` or `Option<Duration>`",
    note = "store a `Duration` in the error, for example with `Duration::from_secs`"
)]
pub trait Hint {
    /// The wait, if there is one.
    fn hint(&self) -> Option<Duration>;
}

// Not recommended, because the message has named both types already.
#[diagnostic::do_not_recommend]
impl Hint for Duration {
    fn hint(&self) -> Option<Duration> {
        Some(*self)
    }
}

#[diagnostic::do_not_recommend]
impl Hint for Option<Duration> {
    fn hint(&self) -> Option<Duration> {
        *self
    }
}
