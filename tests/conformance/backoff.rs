//! Delays: the map from each kind of backoff to a `RetryConfig`, and the comparison of the delays.
//!
//! | theirs | ours |
//! |---|---|
//! | `algo: constant`, `base_ms` | `base_delay`, `exponential_base(1.0)` |
//! | `algo: exponential`, `base_ms`, `factor` | `base_delay`, `exponential_base` |
//! | any other `algo` | no setting |
//! | `max_ms`; absent | `max_delay`; `Duration::MAX` |
//! | `min_ms` | no setting |
//! | `jitter` absent, `full`, `equal`, `decorrelated` | `Jitter` of that name |
//! | `jitter: symmetric`, `additive` | no setting |
//! | `truncate_each_step` | no setting; our delays keep nanoseconds, so truncated ones differ |
//! | `retry: n` | item `n` of `delays()` |
//! | `rand` | cannot be set. Without jitter it is ignored. With full jitter, 1.0 is the largest of many draws, which is within 1 % of the value and never above it; no other value is expressible |
//! | `bounds_ms` | the bounds of all of many draws; full jitter also fills the range evenly |
//! | `mean_ms` | the mean of 4,000 draws, the number that upstream uses |
//! | an invalid value | a value that `check` refuses or that no `Duration` can hold |

use std::time::Duration;

use retry_utils::{Jitter, RetryConfig};

use super::data::Scenario;
use super::fields::{Failure, Fields};

/// The number of draws of all delays. The largest draw of full jitter is below the last hundredth
/// of the range once in 10^17 runs.
const DRAWS: usize = 4_000;

/// The number of draws to test for evenness. A deviation of 20 % in one of twenty bins is ten
/// standard deviations.
const EVEN_DRAWS: usize = 50_000;

/// Returns the policy for a kind of backoff, with the maximum number of attempts.
pub(crate) fn policy(fields: &Fields<'_>) -> Result<RetryConfig, Failure> {
    let algo: String = fields.need("algo")?;
    let exponential_base = match algo.as_str() {
        // Some vectors have a factor too, which upstream ignores.
        "constant" => {
            fields.get::<f64>("factor")?;
            1.0
        }
        "exponential" => fields.need("factor")?,
        _ => return fields.unknown("algo", algo),
    };
    fields.no_knob("min_ms", "a delay has no lower bound except a hint")?;
    fields.get::<bool>("truncate_each_step")?;
    let jitter = fields.nested("jitter", |jitter| {
        let name: String = jitter.need("type")?;
        match name.as_str() {
            "full" => Ok(Jitter::Full),
            "equal" => Ok(Jitter::Equal),
            "decorrelated" => Ok(Jitter::Decorrelated),
            _ => jitter.unknown("type", name),
        }
    })?;
    Ok(RetryConfig::new()
        .max_attempts(u32::MAX)
        .base_delay(fields.need("base_ms")?)
        .max_delay(fields.get("max_ms")?.unwrap_or(Duration::MAX))
        .exponential_base(exponential_base)
        .jitter(jitter.unwrap_or(Jitter::None)))
}

/// Returns the policy, or a difference if it breaks a rule.
pub(crate) fn checked(policy: RetryConfig) -> Result<RetryConfig, Failure> {
    match policy.check() {
        Ok(()) => Ok(policy),
        Err(error) => Err(Failure::Differs {
            step: None,
            expected: "a policy that works".to_owned(),
            found: error.to_string(),
        }),
    }
}

/// The expectation of a vector for one retry.
struct Row {
    step: usize,
    retry: usize,
    rand: Option<f64>,
    expect: Expect,
}

enum Expect {
    Exactly(Duration),
    Between(Duration, Duration),
    Mean(f64, f64),
}

pub(crate) fn run(scenario: &Scenario) -> Result<(), Failure> {
    let rows = rows(scenario)?;
    let policy = checked(Fields::read(&scenario.config, "config", policy)?)?;
    let drawn = Drawn::new(&policy, &rows, DRAWS);
    let bounded = rows.iter().any(|row| matches!(row.expect, Expect::Between(..)));
    let even =
        (bounded && policy.jitter == Jitter::Full).then(|| Drawn::new(&policy, &rows, EVEN_DRAWS));
    for (index, row) in rows.iter().enumerate() {
        row.compare(&policy, &drawn.0[index])?;
        if let (Expect::Between(low, high), Some(even)) = (&row.expect, &even) {
            fills_evenly(row.step, *low, *high, &even.0[index])?;
        }
    }
    Ok(())
}

fn rows(scenario: &Scenario) -> Result<Vec<Row>, Failure> {
    let steps = scenario.steps.len();
    let expected: Vec<Expect> = Fields::read(&scenario.expect, "expect", |expect| {
        let delays: Option<Vec<Duration>> = expect.get("delays_ms")?;
        let bounds: Option<Vec<[Duration; 2]>> = expect.get("bounds_ms")?;
        let means: Option<Vec<[f64; 2]>> = expect.get("mean_ms")?;
        match (delays, bounds, means) {
            (Some(delays), None, None) => Ok(delays.into_iter().map(Expect::Exactly).collect()),
            (None, Some(bounds), None) => {
                Ok(bounds.into_iter().map(|[low, high]| Expect::Between(low, high)).collect())
            }
            (None, None, Some(means)) => {
                Ok(means.into_iter().map(|[mean, by]| Expect::Mean(mean, by)).collect())
            }
            _ => Err(Failure::Malformed(
                "expect: must have one of delays_ms, bounds_ms and mean_ms".to_owned(),
            )),
        }
    })?;
    if expected.len() != steps || steps == 0 {
        return Err(Failure::Malformed(format!(
            "expect: must have one value for each of the {steps} steps, and at least one; has {}",
            expected.len()
        )));
    }
    (1..)
        .zip(scenario.steps.iter().zip(expected))
        .map(|(step, (value, expect))| {
            Fields::read(value, &format!("step {step}"), |fields| {
                let retry: u32 = fields.need("retry")?;
                if retry == 0 {
                    return Err(Failure::Malformed(format!(
                        "{}: counts from 1",
                        fields.place("retry")
                    )));
                }
                Ok(Row { step, retry: retry as usize, rand: fields.get("rand")?, expect })
            })
        })
        .collect()
}

/// The delays that the policy drew for the retry of each row.
struct Drawn(Vec<Vec<Duration>>);

impl Drawn {
    fn new(policy: &RetryConfig, rows: &[Row], draws: usize) -> Self {
        let last = rows.iter().map(|row| row.retry).max().unwrap_or(0);
        // Without jitter, all draws are equal.
        let draws = if policy.jitter == Jitter::None { 1 } else { draws };
        let mut by_row = vec![Vec::with_capacity(draws); rows.len()];
        for _ in 0..draws {
            let delays: Vec<Duration> = policy.delays().take(last).collect();
            for (row, drawn) in rows.iter().zip(&mut by_row) {
                drawn.extend(delays.get(row.retry - 1));
            }
        }
        Self(by_row)
    }
}

impl Row {
    fn compare(&self, policy: &RetryConfig, drawn: &[Duration]) -> Result<(), Failure> {
        let (Some(least), Some(most)) = (drawn.iter().min().copied(), drawn.iter().max().copied())
        else {
            return self.differs("a delay", "none");
        };
        match (&self.expect, self.rand) {
            (Expect::Exactly(delay), _) if policy.jitter == Jitter::None => {
                if (least, most) == (*delay, *delay) {
                    return Ok(());
                }
                self.differs(format!("{delay:?}"), format!("{least:?}"))
            }
            (Expect::Exactly(delay), Some(1.0)) if policy.jitter == Jitter::Full => {
                if most <= *delay && most >= delay.mul_f64(0.99) {
                    return Ok(());
                }
                self.differs(
                    format!("draws up to {delay:?}"),
                    format!("{most:?} as the largest of {}", drawn.len()),
                )
            }
            (Expect::Exactly(_), rand) => Failure::inexpressible(format!(
                "step {}: a delay for the random number {rand:?}, which cannot be set",
                self.step
            )),
            (Expect::Between(low, high), None) => {
                if *low <= least && most <= *high {
                    return Ok(());
                }
                self.differs(format!("{low:?} to {high:?}"), format!("{least:?} to {most:?}"))
            }
            (Expect::Mean(mean, by), None) => {
                let millis = |delay: &Duration| delay.as_secs_f64() * 1000.0;
                #[allow(clippy::cast_precision_loss)] // The number is far below 2^53.
                let found = drawn.iter().map(millis).sum::<f64>() / drawn.len() as f64;
                if (found - mean).abs() <= *by {
                    return Ok(());
                }
                self.differs(format!("a mean of {mean} ± {by} ms"), format!("{found} ms"))
            }
            (Expect::Between(..) | Expect::Mean(..), Some(rand)) => {
                Failure::inexpressible(format!(
                    "step {}: bounds or a mean for the random number {rand}, which cannot be set",
                    self.step
                ))
            }
        }
    }

    fn differs(
        &self,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Result<(), Failure> {
        Err(Failure::Differs {
            step: Some(self.step),
            expected: expected.into(),
            found: found.into(),
        })
    }
}

/// Checks that full jitter is uniform. Each twentieth of the range must contain a twentieth of the
/// draws, within 20 %.
fn fills_evenly(
    step: usize,
    low: Duration,
    high: Duration,
    drawn: &[Duration],
) -> Result<(), Failure> {
    const BINS: u32 = 20;
    let width = high.saturating_sub(low) / BINS;
    let fair = drawn.len() / BINS as usize;
    for bin in 0..BINS {
        let begin = low + width * bin;
        // The last bin includes its end.
        let end = if bin + 1 == BINS { Duration::MAX } else { begin + width };
        let found = drawn.iter().filter(|delay| begin <= **delay && **delay < end).count();
        if found.abs_diff(fair) * 5 > fair {
            return Err(Failure::Differs {
                step: Some(step),
                expected: format!("about {fair} of {} draws from {begin:?}", drawn.len()),
                found: found.to_string(),
            });
        }
    }
    Ok(())
}

/// Checks that every row is refused.
pub(crate) fn run_invalid(scenario: &Scenario) -> Result<(), Failure> {
    Fields::read(&scenario.config, "config", |_| Ok(()))?;
    Fields::read(&scenario.expect, "expect", |expect| {
        match expect.need::<String>("each")?.as_str() {
            "error" => Ok(()),
            other => expect.unknown("each", other),
        }
    })?;
    for (step, value) in (1..).zip(&scenario.steps) {
        let place = format!("step {step}");
        let refused = Fields::read(value, &place, |fields| {
            fields.no_knob("jitter_fraction", "jitter has no fraction")?;
            fields.no_knob("retry", "`delays` begins with the first retry and takes no number")?;
            let negative = |value: f64| value < 0.0;
            match (fields.get::<f64>("base_ms")?, fields.get::<f64>("max_ms")?) {
                // Neither a `Duration` nor its text form can be negative.
                (Some(value), None) | (None, Some(value)) if negative(value) => Ok(true),
                (Some(_), None) => {
                    let base = fields.need("base_ms")?;
                    Ok(RetryConfig::new().base_delay(base).check().is_err())
                }
                (None, Some(_)) => {
                    let max = fields.need("max_ms")?;
                    Ok(RetryConfig::new().max_delay(max).check().is_err())
                }
                _ => Err(Failure::Malformed(format!("{place}: must have one value to refuse"))),
            }
        })?;
        if !refused {
            return Err(Failure::Differs {
                step: Some(step),
                expected: "an error".to_owned(),
                found: format!("{value} is accepted"),
            });
        }
    }
    Ok(())
}
