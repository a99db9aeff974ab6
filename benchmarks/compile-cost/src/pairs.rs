//! Compares 200 functions with both attributes to 200 with the attribute of `tracing`, in pairs
//! that run in direct succession. The ratio within a pair is stable even if seconds are not.

use crate::failure::Result;
use crate::figures::{Spread, Table};
use crate::variants::{BOTH, Command, INSTRUMENTED};

const FUNCTIONS: usize = 200;

/// Alternates the order within pairs.
pub(crate) fn measure(pairs: usize) -> Result<()> {
    let (ours, theirs) = (BOTH.project()?, INSTRUMENTED.project()?);
    let mut table = Table::new(
        &[
            "Both attributes compared with `tracing::instrument`",
            "Crates of 200 functions, built in turns. The ratio is the median ratio within a pair.",
        ],
        "command functions pairs both_cpu_s both_min both_max instrument_cpu_s instrument_min instrument_max \
         ratio ratio_min ratio_max",
    );
    for command in [Command::Check, Command::Release] {
        let (mut both, mut instrument) = (Vec::new(), Vec::new());
        for pair in 1..=pairs {
            if pair % 2 == 1 {
                both.push(command.rebuild(&ours, FUNCTIONS)?);
                instrument.push(command.rebuild(&theirs, FUNCTIONS)?);
            } else {
                instrument.push(command.rebuild(&theirs, FUNCTIONS)?);
                both.push(command.rebuild(&ours, FUNCTIONS)?);
            }
            eprintln!(
                "pairs, {} {pair}: both {:.2} s, instrument {:.2} s",
                command.name(),
                both[pair - 1],
                instrument[pair - 1]
            );
        }
        table.row(&format!(
            "{}\t{FUNCTIONS}\t{pairs}\t{}\t{}\t{}",
            command.name(),
            Spread::of(both.iter().copied()),
            Spread::of(instrument.iter().copied()),
            Spread::of_ratios(&both, &instrument),
        ));
    }
    table.save("build-pairs.tsv")
}
