//! Items that several peers use.

use std::future;
use std::time::Duration;

scenarios::llm_error!();

/// Longer than any measurement, so an open breaker stays open.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Does not sleep, for peers that take a sleeper.
pub(crate) fn at_once(_: Duration) -> future::Ready<()> {
    future::ready(())
}
