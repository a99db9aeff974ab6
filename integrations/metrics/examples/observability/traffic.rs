//! Traffic for the chat service, and the behavior of its upstream.

use std::time::Duration;

use retry_utils::{Mode, RetryConfig, STANDARD};
use serde_json::json;

use crate::Result;
use crate::client::{LYZR_API, LlmClient};
use crate::service;
use crate::upstream::{Behavior, Upstream};

/// Short delays, so that the demonstration is quick.
const POLICY: RetryConfig = STANDARD.base_delay(Duration::from_millis(20));

pub(crate) struct Traffic {
    upstream: Upstream,
    client: reqwest::Client,
    /// The addresses of services with enforced retries, observed retries, and an invalid policy.
    enforced: String,
    observed: String,
    broken: String,
}

impl Traffic {
    pub(crate) async fn start() -> Result<Self> {
        let upstream = Upstream::new()?;
        upstream.open()?;
        Ok(Self {
            enforced: service(&upstream, POLICY).await?,
            observed: service(&upstream, POLICY.mode(Mode::Observe)).await?,
            broken: service(&upstream, POLICY.exponential_base(0.5)).await?,
            upstream,
            client: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Plays normal traffic, occasional failures, refused credentials, an outage, the recovery, an
    /// outage in the mode `observe`, and a policy that breaks a rule.
    pub(crate) async fn outage(&self) -> Result<()> {
        self.phase("the upstream is up", Behavior::Answer, &self.enforced, 10).await?;
        self.phase("every third call fails", Behavior::Flaky, &self.enforced, 30).await?;
        LYZR_API.reset();
        self.phase("the key has expired", Behavior::Unauthorized, &self.enforced, 2).await?;
        self.phase("the upstream is down", Behavior::Unavailable, &self.enforced, 12).await?;
        tokio::time::sleep(Duration::from_millis(2100)).await;
        self.phase("the upstream is up again", Behavior::Answer, &self.enforced, 5).await?;
        LYZR_API.set_mode(Mode::Observe);
        self.phase("down, mode `observe`", Behavior::Unavailable, &self.observed, 8).await?;
        LYZR_API.reset();
        LYZR_API.set_mode(Mode::Enforce);
        self.phase("the policy breaks a rule", Behavior::Unavailable, &self.broken, 1).await?;
        LYZR_API.reset();
        Ok(())
    }

    async fn phase(
        &self,
        title: &str,
        upstream: Behavior,
        service: &str,
        calls: u32,
    ) -> Result<()> {
        self.upstream.play([], upstream);
        let mut answers = 0;
        for _ in 0..calls {
            let request =
                self.client.post(service).json(&json!({ "prompt": "Why is the sky blue?" }));
            answers += u32::from(request.send().await?.status().is_success());
        }
        println!("{title}: {answers} of {calls} calls succeeded");
        Ok(())
    }
}

/// Starts a service, and returns the URL of its `/complete`.
async fn service(upstream: &Upstream, policy: RetryConfig) -> Result<String> {
    let client = LlmClient::new(format!("http://{}", upstream.address), policy)?;
    let address = crate::serve(service::router(client), 0).await?;
    Ok(format!("http://{address}/complete"))
}
