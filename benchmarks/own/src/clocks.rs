//! Reading the clock, which many protections do on each call.
//!
//! Valgrind hides the vDSO from what it runs: there a reading is a system call, and its instructions are not counted.

use std::hint::black_box;

use scenarios::{Contestant, contestant};

use crate::Failed;

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(Clock, "plain", {}, async |_| Ok::<_, Failed>(black_box(7))),
        contestant!(Clock, "std-instant", {}, async |_| {
            Ok::<_, Failed>(black_box(std::time::Instant::now()))
        }),
        contestant!(Clock, "tokio-instant", {}, async |_| {
            Ok::<_, Failed>(black_box(tokio::time::Instant::now()))
        }),
    ]
}
