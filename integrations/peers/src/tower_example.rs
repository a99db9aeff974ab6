//! Policies for tower's retries, without and with retry-utils.

use std::time::Duration;

use retry_utils::{Retries, RetryConfig, Retryable};
use tower::retry::{Policy, Retry};
use tower::{BoxError, Service, ServiceBuilder};

/// A request.
#[derive(Clone)]
pub struct Request;

/// A response.
pub struct Response;

/// The errors of the client.
#[derive(Debug, thiserror::Error, Retryable)]
pub enum LlmError {
    /// The service is overloaded.
    #[error("overloaded")]
    #[retry(unavailable)]
    Overloaded,
}

/// Returns the client with a timeout, and with retries by a policy without retry-utils.
pub fn retried_by_hand<S>(client: S) -> impl Service<Request, Response = Response>
where
    S: Service<Request, Response = Response, Error: Into<BoxError>> + Clone,
{
    #[derive(Clone)]
    struct Again {
        left: u32,
    }

    impl Policy<Request, Response, BoxError> for Again {
        type Future = tokio::time::Sleep;

        fn retry(
            &mut self,
            _: &mut Request,
            result: &mut Result<Response, BoxError>,
        ) -> Option<Self::Future> {
            let again = result.is_err() && self.left > 0;
            self.left = self.left.saturating_sub(1);
            again.then(|| tokio::time::sleep(Duration::from_secs(1)))
        }

        fn clone_request(&mut self, request: &Request) -> Option<Request> {
            Some(request.clone())
        }
    }

    let client = ServiceBuilder::new()
        .retry(Again { left: 2 })
        .timeout(Duration::from_secs(5))
        .service(client);
    ServiceBuilder::new().service(client)
}

/// Returns the client with retries by a policy that calls [`Retries`].
pub fn retried<S>(client: S, policy: RetryConfig) -> impl Service<Request, Response = Response>
where
    S: Service<Request, Response = Response, Error = LlmError> + Clone,
{
    #[derive(Clone)]
    struct Again {
        policy: RetryConfig,
        retries: Option<Retries>,
    }

    impl Policy<Request, Response, LlmError> for Again {
        type Future = tokio::time::Sleep;

        fn retry(
            &mut self,
            _: &mut Request,
            result: &mut Result<Response, LlmError>,
        ) -> Option<Self::Future> {
            // tower clones the policy for each request, so a sequence begins with the first result.
            let retries = self.retries.get_or_insert_with(|| self.policy.retries("llm"));
            retries.next(result.as_ref().err()?).map(tokio::time::sleep)
        }

        fn clone_request(&mut self, request: &Request) -> Option<Request> {
            Some(request.clone())
        }
    }

    Retry::new(Again { policy, retries: None }, client)
}
