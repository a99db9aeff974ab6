//! Prints the delays and attempts of a policy, and warns of risky settings.
//!
//! ```text
//! cd integrations
//! cargo run --example policy
//! cargo run --example policy -- AGGRESSIVE jitter=none layers=3
//! cargo run --example policy -- policy.toml budget=0.1 deadline=10s plot=delays.svg
//! ```
//!
//! The first argument is a preset, or a TOML file with the keys of a policy. The default is
//! `STANDARD`. All others are `key=value`, with the keys of a policy and these:
//!
//! | key | value |
//! |---|---|
//! | `budget` | the ratio of a budget that all callers share |
//! | `deadline` | the time that the caller waits for the call |
//! | `layers` | the number of layers that retry under this policy |
//! | `plot` | the file for a picture of the delays, as SVG |

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use retry_utils::{AGGRESSIVE, CONSERVATIVE, Jitter, RetryConfig, STANDARD, STREAMING};
use toml::{Table, Value};
use with_plots::{Frame, Mark, ORANGE, Picture, ticks};

/// A policy, and where it is used.
#[derive(Debug)]
pub(crate) struct Question {
    policy: RetryConfig,
    budget: Option<f64>,
    deadline: Option<Duration>,
    layers: u32,
    plot: Option<String>,
}

type Read<T> = Result<T, Box<dyn Error>>;

impl Question {
    pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Read<Self> {
        let mut arguments = arguments.into_iter().peekable();
        let first = arguments.next_if(|argument| !argument.contains('='));
        let mut table = table(first.as_deref().unwrap_or("STANDARD"))?;
        for argument in arguments {
            let Some((key, value)) = argument.split_once('=') else {
                return Err(
                    format!("{argument:?}: write `key=value`; the policy comes first").into()
                );
            };
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        let mut own = |key: &str| table.remove(key).map(|value| text(&value));
        let budget = own("budget").map(|value| ratio(&value)).transpose()?;
        let deadline = own("deadline").map(|value| duration(&value)).transpose()?;
        let layers = own("layers").map_or(Ok(1), |value| layers(&value))?;
        let plot = own("plot");
        // All other keys are those of the policy, under the rules for files.
        let policy = table.try_into::<RetryConfig>().map_err(|error| error.message().to_owned())?;
        Ok(Self { policy, budget, deadline, layers, plot })
    }

    /// Returns the longest sum of all waits, without hints.
    fn longest_wait(&self) -> Duration {
        let capped = |_| self.policy.max_delay;
        if self.policy.jitter == Jitter::Decorrelated {
            return (1..self.policy.max_attempts).map(capped).sum();
        }
        self.policy.clone().jitter(Jitter::None).delays().sum()
    }

    /// Returns the attempts per call at the bottom if each attempt fails with this probability.
    ///
    /// A layer sees fewer failures than the one below, whose retries hide some of them.
    pub(crate) fn amplification(&self, failing: f64) -> f64 {
        let (mut attempts, mut failing) = (1.0, failing);
        for _ in 0..self.layers {
            let retries = (1..self.policy.max_attempts).map(|retry| failing.powf(retry.into()));
            let retries: f64 = retries.sum();
            let made = 1.0 + self.budget.map_or(retries, |ratio| retries.min(ratio));
            attempts *= made;
            failing = 1.0 - made * (1.0 - failing);
        }
        attempts
    }

    /// Returns warnings that the figures of `examples/storm` support.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let Self { policy, budget, deadline, layers, .. } = self;
        let mut warnings = Vec::new();
        if policy.max_attempts == 1 {
            return warnings;
        }
        if policy.jitter == Jitter::None {
            warnings.push(
                "no jitter: clients that fail together retry together. A hundred that contend \
                 for one record made twice the calls of `jitter = \"full\"`, and took thirteen times as \
                 long"
                    .to_owned(),
            );
        }
        if policy.max_attempts > 3 && budget.is_none() {
            let share = 100.0 / f64::from(policy.max_attempts);
            warnings.push(format!(
                "{} attempts and no budget: after an outage, only a load of up to {share:.0} % of \
                 the capacity recovers. Give all callers one `RetryBudget`, or make fewer attempts",
                policy.max_attempts
            ));
        }
        if let Some(deadline) = deadline.filter(|deadline| self.longest_wait() > *deadline) {
            warnings.push(format!(
                "the waits alone may take {:?}, and the caller leaves after {deadline:?}: lower \
                 `max_attempts` or the delays, and set `total_timeout`",
                self.longest_wait()
            ));
        }
        if *layers > 1 {
            warnings.push(format!(
                "retries in {layers} layers multiply: one call may become {} attempts. Retry in \
                 one layer only, the one next to the dependency",
                u64::from(policy.max_attempts).saturating_pow(*layers)
            ));
        }
        warnings
    }
}

/// A preset or a file, as a table that can be changed.
fn table(name: &str) -> Read<Table> {
    let preset = match name.to_ascii_uppercase().as_str() {
        "STANDARD" => STANDARD,
        "CONSERVATIVE" => CONSERVATIVE,
        "AGGRESSIVE" => AGGRESSIVE,
        "STREAMING" => STREAMING,
        _ => {
            let presets = "STANDARD, CONSERVATIVE, AGGRESSIVE or STREAMING";
            let file = fs::read_to_string(name)
                .map_err(|error| format!("{name:?} is neither {presets} nor a file: {error}"))?;
            return Ok(file.parse::<Table>().map_err(|error| format!("{name}: {error}"))?);
        }
    };
    Ok(Table::try_from(preset)?)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn ratio(value: &str) -> Read<f64> {
    let ratio: Option<f64> = value.parse().ok();
    let ratio = ratio.filter(|ratio| (0.0..=10.0).contains(ratio));
    ratio.ok_or_else(|| format!("budget={value:?}: a ratio from 0 to 10, such as 0.1").into())
}

fn layers(value: &str) -> Read<u32> {
    let layers: Option<u32> = value.parse().ok();
    let layers = layers.filter(|layers| (1..=16).contains(layers));
    layers.ok_or_else(|| format!("layers={value:?}: a number from 1 to 16").into())
}

/// Reads a duration by the rules for the delays of a policy.
fn duration(value: &str) -> Read<Duration> {
    let mut table = Table::new();
    table.insert("max_retry_after".to_owned(), Value::String(value.to_owned()));
    let read = table.try_into::<RetryConfig>();
    read.map(|policy| policy.max_retry_after)
        .map_err(|_| format!("deadline={value:?}: a duration, such as 10s or 500ms").into())
}

fn main() -> ExitCode {
    match Question::read(std::env::args().skip(1)).and_then(|question| answer(&question)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(question: &Question) -> Read<()> {
    let Question { policy, budget, layers, plot, .. } = question;
    println!("{} attempts, jitter {:?}\n", policy.max_attempts, policy.jitter);
    let drawn = draws(policy);
    let longest = drawn.iter().flatten().copied().fold(0.001, f64::max);
    println!("after attempt   least     mean     most");
    for (number, delays) in drawn.iter().enumerate() {
        let least = delays.iter().copied().fold(f64::INFINITY, f64::min);
        let most = delays.iter().copied().fold(0.0, f64::max);
        let mean = delays.iter().sum::<f64>() / f64::from(DRAWS);
        let bar = bar(least / longest, mean / longest, most / longest);
        println!("{:>13} {least:>6.2}s {mean:>7.2}s {most:>7.2}s  {bar}", number + 1);
    }
    let mean: f64 = drawn.iter().flatten().sum::<f64>() / f64::from(DRAWS);
    println!("\nwaits in all: {mean:.2} s on average, {:?} at most", question.longest_wait());
    println!("(a hint such as Retry-After may ask for up to {:?} instead)", policy.max_retry_after);

    let bound =
        budget.map_or_else(|| "no budget".to_owned(), |ratio| format!("a budget of {ratio}"));
    println!("\nattempts per call, with {bound}, in {layers} layer(s):");
    for failing in [0.01, 0.1, 0.5, 0.9, 1.0] {
        let percent = failing * 100.0;
        println!("{percent:>5.0} % of attempts fail: {:.2}", question.amplification(failing));
    }
    let stable = 100.0 / question.amplification(1.0);
    println!("after an outage it recovers up to {stable:.0} % of the capacity");
    if let Some(ratio) = budget {
        println!("as in `static BUDGET: RetryBudget = RetryBudget::new().ratio({ratio:?});`");
    }
    for warning in question.warnings() {
        println!("\nwarning: {warning}");
    }
    if let Some(path) = plot {
        draw(path, &drawn, longest)?;
        println!("\nThe delays are drawn in {path}");
    }
    Ok(())
}

const DRAWS: u32 = 2000;

/// Draws the delays of many retry sequences: for each retry, the waits before it in seconds.
fn draws(policy: &RetryConfig) -> Vec<Vec<f64>> {
    let mut drawn = vec![Vec::new(); policy.max_attempts.saturating_sub(1) as usize];
    for _ in 0..DRAWS {
        for (delays, delay) in drawn.iter_mut().zip(policy.delays()) {
            delays.push(delay.as_secs_f64());
        }
    }
    drawn
}

/// Returns a bar from the least to the most with a mark at the mean, as shares of the width.
fn bar(least: f64, mean: f64, most: f64) -> String {
    const WIDTH: f64 = 50.0;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // From 0 to 50.
    let place = |share: f64| (share * WIDTH).round() as usize;
    let (least, mean, most) = (place(least), place(mean), place(most));
    (0..=most)
        .map(|at| {
            if at == mean {
                '┃'
            } else if at < least {
                ' '
            } else {
                '░'
            }
        })
        .collect()
}

fn draw(path: &str, drawn: &[Vec<f64>], longest: f64) -> Read<()> {
    const SHOWN: usize = 400;
    let legend = [(Mark::Dot, ORANGE, "delays in 400 retry sequences")];
    let mut picture = Picture::new(700, 420, "Delays", &legend);
    let frame = Frame { left: 70.0, top: 80.0, width: 600.0, height: 300.0 };
    let across = 0.5..f64::from(u32::try_from(drawn.len())?) + 0.5;
    let mut chart = picture.chart(
        frame,
        "",
        across,
        0.0..ticks(longest).last().map_or(longest, |most| most * 1.01),
    );
    chart.y_axis(ticks(longest).into_iter().map(|delay| (delay, format!("{delay} s"))));
    let retries = (1_u32..).take(drawn.len());
    chart.x_axis(retries.map(|retry| (f64::from(retry), format!("retry {retry}"))));
    for (delays, number) in drawn.iter().zip(1_u32..) {
        // Side by side, so that the cloud shows how many fall where.
        let points = delays.iter().take(SHOWN).zip(0_u32..);
        chart.dots(
            points.map(|(delay, at)| {
                (f64::from(number) - 0.35 + f64::from(at * 37 % 70) / 100.0, *delay)
            }),
            ORANGE,
        );
    }
    fs::write(path, picture.svg())?;
    Ok(())
}
