//! What users would pick in place of retry-utils, one module for each. Each is used as its own
//! README tells, with the cheapest settings that are the same for all: 3 attempts, no jitter, every
//! error retried and counted.

mod again;
mod backon;
mod backon_macros;
mod circuitbreaker_rs;
mod combined;
mod execution_policy;
mod failsafe;
mod mulligan;
mod nobreak;
mod protected;
mod recloser;
mod seatbelt;
mod sizes;
mod tokio_retry2;
mod tower;
mod tower_resilience;

use std::future;
use std::time::Duration;

use scenarios::Field;

scenarios::llm_error!();

/// A breaker that opens stays open for as long as is measured.
const HOUR: Duration = Duration::from_hours(1);

/// Sleeps not at all, for those who take a sleeper.
fn at_once(_: Duration) -> future::Ready<()> {
    future::ready(())
}

/// Ours, those by hand, and all peers.
#[must_use]
pub fn field() -> Field {
    let contestants = [
        again::contestants(),
        backon::contestants(),
        backon_macros::contestants(),
        mulligan::contestants(),
        tokio_retry2::contestants(),
        tower::contestants(),
        circuitbreaker_rs::contestants(),
        failsafe::contestants(),
        nobreak::contestants(),
        recloser::contestants(),
        execution_policy::contestants(),
        seatbelt::contestants(),
        tower_resilience::contestants(),
        combined::contestants(),
    ];
    let shared =
        [circuitbreaker_rs::shared(), failsafe::shared(), nobreak::shared(), recloser::shared()];
    own::field().with(Field {
        contestants: contestants.concat(),
        shared: shared.concat(),
        sizes: sizes::sizes(),
        set_ups: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_contestant_does_what_its_scenario_says() {
        assert_eq!(scenarios::check::faults(&super::field()), Vec::<String>::new());
    }
}
