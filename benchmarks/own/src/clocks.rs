//! Reading the clock, which many protections do on each call.
//!
//! Valgrind hides the vDSO from what it runs: there a reading is a system call, and its
//! instructions are not counted.

use std::hint::black_box;

use scenarios::{Contestant, in_place};

use crate::LlmError;

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        in_place!(Clock, "plain", {}, async |_| Ok::<_, LlmError>(black_box(7))),
        in_place!(Clock, "std-instant", {}, async |_| {
            Ok::<_, LlmError>(black_box(std::time::Instant::now()))
        }),
        in_place!(Clock, "tokio-instant", {}, async |_| {
            Ok::<_, LlmError>(black_box(tokio::time::Instant::now()))
        }),
    ]
}
