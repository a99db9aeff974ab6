//! Checks that each contestant does what its scenario requires. Otherwise its figure would mislead.

use std::time::Duration;

use crate::contestant::{Contestant, Field};
use crate::drivers::Driver;
use crate::scenario::Scenario;
use crate::shared::Load;
use crate::tally;

/// Returns a line for each contestant whose calls or outcomes differ from those of its scenario.
#[must_use]
pub fn faults(field: &Field) -> Vec<String> {
    let mut faults = Vec::new();
    for contestant in &field.contestants {
        for driver in Driver::ALL {
            faults.extend(fault(contestant, driver));
        }
    }
    for shared in &field.shared {
        let admitted = (shared.run)(2, 1_000).admitted;
        let expected = if shared.load == Load::Healthy { 2_000 } else { 0 };
        if admitted != expected {
            faults.push(format!(
                "{} {}: admitted {admitted} calls, not {expected}",
                shared.load.id(),
                shared.name
            ));
        }
    }
    for size in &field.sizes {
        if (size.bytes)() == 0 {
            faults.push(format!("{} {}: a future of no size", size.shape.id(), size.name));
        }
    }
    faults
}

/// The sum of the waits of one call, 1 ms and 2 ms.
const WAITS: Duration = Duration::from_millis(3);

fn fault(contestant: &Contestant, driver: Driver) -> Option<String> {
    let run = contestant.run(driver)?;
    let calls = match contestant.scenario {
        // The maximum that is ever measured. The breaker must stay closed for all of them.
        Scenario::Failing | Scenario::WindowTimeFailing => contestant.scenario.most_calls(),
        _ if contestant.waits => 3,
        _ => 300,
    };
    let elapsed = run(calls);
    let (found, expected) = (tally::taken(), contestant.scenario.expected(calls));
    let fault = if found != expected {
        format!("{found:?}, not {expected:?}")
    } else if contestant.scenario == Scenario::TwoFailuresWaiting && elapsed < 3 * WAITS {
        format!("{elapsed:?}, less than three times {WAITS:?}")
    } else {
        return None;
    };
    Some(format!("{} {} {}: {fault}", contestant.scenario.id(), contestant.name, driver.id()))
}
