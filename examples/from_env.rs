//! A policy and a breaker from environment variables. A wrong value stops the program at its start:
//!
//! ```text
//! cargo run --example from_env
//! RETRY_MAX_ATTEMPTS=5 RETRY_BASE_DELAY=200ms CIRCUIT_BREAKER_TIMEOUT=30 cargo run --example from_env
//! CIRCUIT_BREAKER_FAILURE_RATE=0.5 CIRCUIT_BREAKER_WINDOW_TIME=30s cargo run --example from_env
//! RETRY_MAX_ATTEMPTS=abc cargo run --example from_env
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use retry_utils::{CircuitBreaker, ConfigError, Jitter, RetryConfig, registry};

/// The settings of the program, read once.
struct Settings {
    retry: RetryConfig,
    breaker: Arc<CircuitBreaker>,
}

impl Settings {
    fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            retry: RetryConfig::from_env()?,
            breaker: Arc::new(CircuitBreaker::from_env("llm-api")?),
        })
    }
}

fn main() -> ExitCode {
    let Settings { retry, breaker } = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };

    println!("retries: {}, {} attempts", retry.mode, retry.max_attempts);
    // With jitter, these are upper limits: each wait is random.
    let waits = retry.clone().jitter(Jitter::None).delays();
    for (wait, attempt) in waits.zip(2..).take(10) {
        println!("  before attempt {attempt}: at most {wait:?}");
    }

    // Listed for health checks, metrics and the page.
    if let Err(refusal) = registry::add_arc(&breaker) {
        eprintln!("{} is not listed: {refusal}", breaker.name());
    }
    for breaker in registry::all() {
        println!("breaker {}: {}, {}", breaker.name, breaker.mode, breaker.state);
        match breaker.failure_rate {
            Some(rate) => println!("  opens when {} % of its calls fail", rate * 100.0),
            None => println!("  opens after {} failures in a row", breaker.failure_threshold),
        }
        println!("  closes after {} successful probes", breaker.success_threshold);
    }
    ExitCode::SUCCESS
}
