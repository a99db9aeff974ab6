//! Settings from a file, layered with the environment, and changed while the program runs.
//!
//! ```text
//! cargo run --example settings --features serde
//! CIRCUIT_BREAKER_TIMEOUT=5 cargo run --example settings --features serde
//! RETRY_MAX_ATTEMPTS=none cargo run --example settings --features serde    # stops at its start
//! ```

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use retry_utils::registry::{self, OperationOverride, Overrides};
use retry_utils::{
    CircuitBreaker, CircuitOpen, ConfigError, Mode, RetryConfig, Retryable, async_retry,
    circuit_breaker,
};

/// The whole file. An error anywhere in it stops the program before its first call.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    retry: BTreeMap<String, RetryConfig>,
    breaker: Vec<CircuitBreaker>,
    #[serde(default)]
    overrides: Overrides,
}

#[derive(Debug, thiserror::Error, Retryable)]
enum LlmError {
    #[error("the LLM cannot serve now")]
    #[retry(unavailable)]
    Unavailable,
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

const LLM_API: &str = "llm-api";

struct Client {
    retry: RetryConfig,
    breaker: registry::Handle,
    calls: AtomicU32,
}

impl Client {
    fn new(mut settings: Settings) -> Result<Self, ConfigError> {
        let retry = settings.retry.remove("complete").unwrap_or_default();
        let listed = settings.breaker.into_iter().find(|breaker| breaker.name() == LLM_API);
        // The environment overrides the file.
        let breaker = listed.unwrap_or_else(|| CircuitBreaker::new(LLM_API)).with_env()?;
        Ok(Self {
            retry: retry.with_env()?,
            breaker: registry::get_or_insert(LLM_API, || breaker),
            calls: AtomicU32::new(0),
        })
    }

    #[circuit_breaker(self.breaker)]
    #[async_retry(self.retry, name = "complete")]
    async fn complete(&self) -> Result<String, LlmError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Err(LlmError::Unavailable)
    }

    /// Returns the number of attempts of a call.
    async fn attempts(&self) -> u32 {
        let before = self.calls.load(Ordering::Relaxed);
        let _ = self.complete().await;
        self.calls.load(Ordering::Relaxed) - before
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let file = include_str!("settings.toml");
    let settings: Settings = toml::from_str(file)?;
    let overrides = settings.overrides.clone();
    let client = Client::new(settings)?;
    let made = client.retry.max_attempts;

    let attempts = client.attempts().await;
    println!("from the file and the environment: {attempts} attempts");
    assert_eq!(attempts, made);

    // A service does this when its file has changed, or at SIGHUP.
    registry::configure(overrides)?;
    let attempts = client.attempts().await;
    println!("with the overrides of the file:    {attempts} attempts");
    assert_eq!(attempts, 2);

    let off = OperationOverride::new().mode(Mode::Off);
    registry::configure(Overrides::new().operation("complete", off))?;
    let attempts = client.attempts().await;
    println!("switched off:                      {attempts} attempt");
    assert_eq!(attempts, 1);

    // Removes all overrides.
    registry::configure(Overrides::new())?;
    let attempts = client.attempts().await;
    println!("without overrides:                 {attempts} attempts");
    assert_eq!(attempts, made);

    // A wrong value changes nothing, and the error says what to write.
    let wrong = OperationOverride::new().max_attempts(0);
    if let Err(error) = registry::configure(Overrides::new().operation("complete", wrong)) {
        println!("\nrefused: {error}");
    }
    // A misspelled name has no effect. It is listed here.
    let misspelt = OperationOverride::new().max_attempts(2);
    registry::configure(Overrides::new().operation("complet", misspelt))?;
    for unused in registry::unused_overrides() {
        println!("unused: {unused}");
    }
    Ok(())
}
