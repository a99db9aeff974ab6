//! Retry budgets: the map from the settings of other libraries to ours.
//!
//! | theirs | ours |
//! |---|---|
//! | `percent_can_retry` | `ratio` |
//! | `min_retries_per_s` | `min_per_second` |
//! | `min_retries_per_s` × `ttl_s`, the balance at the start | `initial` |
//! | `ttl_s`, after which a deposit expires | no setting: deposits do not expire, and `burst` limits them |
//!
//! `burst` has its maximum, because the other libraries have no such limit.

use retry_utils::RetryBudget;
use serde_json::Value;

use super::data::Scenario;
use super::fields::{Failure, Fields, typed};

/// Returns the budget of a scenario, and its number of tokens at the start.
fn budget(config: &Value) -> Result<(RetryBudget, u32), Failure> {
    Fields::read(config, "config", |config| {
        let ttl: u32 = config.need("ttl_s")?;
        let per_second: u32 = config.need("min_retries_per_s")?;
        let ratio: f64 = config.need("percent_can_retry")?;
        // Here the clock is always frozen between steps.
        config.get::<bool>("frozen_clock")?;
        let initial = per_second * ttl;
        let budget = RetryBudget::new()
            .ratio(ratio)
            .burst(100_000)
            .initial(initial)
            .min_per_second(per_second);
        Ok((budget, initial))
    })
}

/// Runs deposits and withdrawals in a loop, and compares the number of successful withdrawals.
pub(crate) fn run_ratio(scenario: &Scenario) -> Result<(), Failure> {
    let (budget, initial) = budget(&scenario.config)?;
    let mut withdrawn = 0;
    for (step, value) in scenario.steps.iter().enumerate() {
        Fields::read(value, &format!("steps[{step}]"), |step| {
            let times: u32 = step.need("loop")?;
            let acts: Vec<Value> = step.need("do")?;
            let acts: Vec<String> =
                acts.iter().map(|act| typed(act, &step.place("do"))).collect::<Result<_, _>>()?;
            for _ in 0..times {
                for act in &acts {
                    match act.as_str() {
                        "deposit" => budget.deposit(),
                        "try_withdraw" => withdrawn += u32::from(budget.try_withdraw()),
                        other => return step.unknown("do", other),
                    }
                }
            }
            Ok(())
        })?;
    }
    Fields::read(&scenario.expect, "expect", |expect| {
        let (expected, tolerance): (u32, u32) =
            (expect.need("withdrawn")?, expect.need("tolerance")?);
        let balance = expect.need("initial_balance")?;
        Failure::unless_equal(None, "the balance at the start is", &balance, &initial)?;
        if expected.abs_diff(withdrawn) <= tolerance {
            return Ok(());
        }
        Err(Failure::Differs {
            step: None,
            expected: format!("{expected} ± {tolerance} withdrawals"),
            found: withdrawn.to_string(),
        })
    })
}

/// Runs single steps, and compares the result of each withdrawal.
pub(crate) async fn run(scenario: &Scenario) -> Result<(), Failure> {
    let (budget, _) = budget(&scenario.config)?;
    for (index, value) in scenario.steps.iter().enumerate() {
        let step = Fields::read(value, &format!("steps[{index}]"), |step| {
            Ok((step.get("deposit")?, step.get("advance_ms")?, step.get("withdraw")?))
        })?;
        match step {
            (Some(times), None, None) => (0..times).for_each(|_: u32| budget.deposit()),
            (None, Some(wait), None) => tokio::time::advance(wait).await,
            (None, None, Some(expected)) => {
                let found = budget.try_withdraw();
                Failure::unless_equal(Some(index + 1), "withdrawn is", &expected, &found)?;
            }
            _ => {
                return Err(Failure::Malformed(format!(
                    "steps[{index}]: must deposit, advance or withdraw, is {value}"
                )));
            }
        }
    }
    Fields::read(&scenario.expect, "expect", |_| Ok(()))
}
