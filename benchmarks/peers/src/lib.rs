//! The libraries that users could choose instead of retry-utils, with a module for each. Each is
//! used as its README shows, with the same settings: 3 attempts, no jitter, every error retried and
//! counted.

mod again;
mod backon;
mod backon_macros;
mod circuitbreaker_rs;
mod combined;
mod common;
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

use scenarios::Field;

pub use common::LlmError;

/// All contestants: retry-utils, code by hand, and all peers.
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
