//! The client of the guide's chapter "In a client library".

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use retry_utils::observe::Event;
use retry_utils::{
    CircuitBreakers, CircuitOpen, ConfigError, FailureKind, RetryBudget, RetryConfig, Retryable,
    STANDARD, TimedOut, async_retry, circuit_breaker, registry,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::protocol::{self, Answer};

#[derive(Debug, thiserror::Error, Retryable)]
#[non_exhaustive]
pub enum Error {
    #[error("cannot reach the store")]
    #[retry(transparent)]
    Io(#[from] io::Error),
    #[error("the store is busy")]
    #[retry(rate_limited, after = wait)]
    Busy { wait: Duration },
    #[error("the store does not accept the token")]
    #[retry(unauthorized)]
    Denied,
    #[error("the store sent an invalid answer")]
    #[retry(with = kind_of)]
    Protocol(#[from] protocol::Error),
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// Classifies an error of another crate.
fn kind_of(error: &protocol::Error) -> FailureKind {
    match error {
        protocol::Error::CutShort => FailureKind::Transient,
        protocol::Error::Unknown(_) => FailureKind::Permanent,
    }
}

type Hook = Box<dyn Fn(&Event<'_>) + Send + Sync>;

/// The settings of a [`Client`].
#[must_use]
pub struct Builder {
    name: String,
    retry: RetryConfig,
    timeout: Option<Duration>,
    on_retry: Hook,
}

impl Builder {
    /// Sets the retry policy. Default: [`STANDARD`].
    pub fn retry(mut self, policy: RetryConfig) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the time of each attempt. Default: no limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets a function that is called before each wait.
    pub fn on_retry(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Box::new(hook);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Fails if the policy breaks a rule of [`RetryConfig::check`].
    pub fn build(self) -> Result<Client, ConfigError> {
        self.retry.check()?;
        let breakers = CircuitBreakers::named(format!("{} stores", self.name)).failure_threshold(2);
        let breakers = Arc::new(breakers);
        // If two clients have the same name, both work, but the registry lists only the first.
        let _ = registry::add_keyed(&breakers);
        Ok(Client {
            retry: self.retry,
            timeout: self.timeout,
            on_retry: self.on_retry,
            breakers,
            budget: Arc::new(RetryBudget::new()),
            token: Mutex::new("none".to_owned()),
        })
    }
}

/// A client for any number of stores. All its calls share a budget. Calls to the same store share a
/// breaker.
pub struct Client {
    retry: RetryConfig,
    timeout: Option<Duration>,
    on_retry: Hook,
    breakers: Arc<CircuitBreakers>,
    budget: Arc<RetryBudget>,
    token: Mutex<String>,
}

impl Client {
    /// Returns a builder. In logs and metrics, the client's breakers have names that begin with
    /// `name`.
    pub fn builder(name: impl Into<String>) -> Builder {
        let (name, on_retry) = (name.into(), Box::new(|_: &Event<'_>| ()));
        Builder { name, retry: STANDARD, timeout: None, on_retry }
    }

    /// Returns the value of a key, if the store has one.
    ///
    /// # Errors
    ///
    /// Fails with the error of the last attempt, or with [`Error::Open`] if the store's breaker is
    /// open. In that case no request is sent.
    #[circuit_breaker(self.breakers, key = store)]
    #[async_retry(
        self.retry,
        retry_on = self.retry.retry_on.with(FailureKind::Unauthorized),
        attempt_timeout = self.timeout,
        budget = self.budget,
        on_retry = |event| (self.on_retry)(event),
        before_retry = async |error| self.log_in(store, error).await
    )]
    pub async fn get(&self, store: &str, key: &str) -> Result<Option<String>, Error> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match exchange(store, &format!("get {token} {key}\n")).await? {
            Answer::Text(value) => Ok(Some(value)),
            Answer::None => Ok(None),
            Answer::Busy(wait) => Err(Error::Busy { wait }),
            Answer::Denied => Err(Error::Denied),
        }
    }

    /// Gets a new token if the store refused the last one. Ignores errors, because the next attempt
    /// then fails anyway.
    async fn log_in(&self, store: &str, error: &Error) {
        let Error::Denied = error else { return };
        if let Ok(Answer::Text(token)) = exchange(store, "login\n").await {
            *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        }
    }
}

/// Sends a line and reads the answer, which is also one line.
async fn exchange(store: &str, request: &str) -> Result<Answer, Error> {
    let mut stream = BufReader::new(TcpStream::connect(store).await?);
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(protocol::parse(&line)?)
}
