//! Functions for all lists of the state.

use std::cmp::Ordering;
use std::time::Duration;

/// The maximum number of rows of a list.
const ROWS: usize = 200;

/// Returns the first rows in this order, without sorting the others.
pub(crate) fn first_rows<T>(
    mut rows: Vec<T>,
    order: impl Fn(&T, &T) -> Ordering,
) -> impl Iterator<Item = T> {
    if rows.len() > ROWS {
        rows.select_nth_unstable_by(ROWS, &order);
        rows.truncate(ROWS);
    }
    rows.sort_unstable_by(order);
    rows.into_iter()
}

/// Returns the duration in seconds, truncated to milliseconds.
pub(crate) fn seconds(duration: Duration) -> f64 {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}
