//! Readings of the clock, which many protections take on each call.
//!
//! Valgrind hides the vDSO, so under valgrind a reading is a system call, and its instructions are
//! not counted.

use std::hint::black_box;

use scenarios::{Contestant, bare};

use crate::error::LlmError;

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        bare!(Clock, "plain", {}, async |_| Ok::<_, LlmError>(black_box(7))),
        bare!(Clock, "std-instant", {}, async |_| {
            Ok::<_, LlmError>(black_box(std::time::Instant::now()))
        }),
        bare!(Clock, "tokio-instant", {}, async |_| {
            Ok::<_, LlmError>(black_box(tokio::time::Instant::now()))
        }),
    ]
}
