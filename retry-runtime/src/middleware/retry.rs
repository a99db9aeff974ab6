//! Retries as middleware.

use std::any::type_name;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::failed_status;
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::observe::Event;
use crate::outcomes::{Failed, RetryHooks, classifying};
use crate::series::{Call, Sequence};
use crate::session::Failure;
use crate::timeout::Deadline;

type OnRetry = dyn Fn(&Event<'_>) + Send + Sync;

type CloneRequest = Box<dyn Fn(&Request) -> Option<Request> + Send + Sync>;

/// Retries the requests of a client under a policy.
///
/// It does what `#[async_retry(POLICY)]` does, and its methods have the names of that attribute's
/// keys. The kind of an error or a failed status decides whether it is retried. After the last
/// attempt, the caller gets the last response or error unchanged.
///
/// [`Request::try_clone`] clones a request before each attempt. A request with a streaming body
/// cannot be cloned and is sent once. If it fails and would be retried, [`Event::GaveUp`] has the
/// reason [`NotRepeatable`](crate::observe::Reason::NotRepeatable).
///
/// Requests are retried whatever their HTTP method. If some of them must not be sent twice, set
/// [`clone_request`](Self::clone_request).
///
/// An attempt ends with the response's head. A body that breaks off is not retried here.
pub struct RetryMiddleware {
    policy: RetryConfig,
    name: Cow<'static, str>,
    on_retry: Option<Box<OnRetry>>,
    clone: CloneRequest,
    hooks: RetryHooks<Response, Error>,
}

impl RetryMiddleware {
    /// Creates middleware with this policy.
    #[must_use]
    pub fn new(policy: RetryConfig) -> Self {
        Self {
            policy,
            name: type_name::<Self>().into(),
            on_retry: None,
            clone: Box::new(Request::try_clone),
            hooks: RetryHooks {
                classify_ok: Some(classifying(failed_status)),
                ..RetryHooks::default()
            },
        }
    }

    /// Sets the name in events. Default: the type name of this middleware.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Takes tokens for retries from this budget instead of the policy's. Default: the budget of
    /// the policy, if any.
    #[must_use]
    pub fn budget(mut self, budget: &'static RetryBudget) -> Self {
        self.policy.budget = Some(budget);
        self
    }

    /// Calls a function before the wait of each retry.
    #[must_use]
    pub fn on_retry(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Box::new(hook));
        self
    }

    /// Clones requests with this function. A request for which it returns `None` is sent once.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::STANDARD;
    /// use retry_utils::middleware::RetryMiddleware;
    ///
    /// let middleware = RetryMiddleware::new(STANDARD).clone_request(|request| {
    ///     request.method().is_idempotent().then(|| request.try_clone()).flatten()
    /// });
    /// ```
    #[must_use]
    pub fn clone_request(
        mut self,
        clone: impl Fn(&Request) -> Option<Request> + Send + Sync + 'static,
    ) -> Self {
        self.clone = Box::new(clone);
        self
    }

    /// Decides by a predicate instead of the error's kind. The kind still appears in events, and
    /// the error's own hint still counts. The predicate is not called for responses.
    #[must_use]
    pub fn retry_if(mut self, retry_if: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.hooks.retry_if = Some(Arc::new(retry_if));
        self
    }

    /// Decides by a predicate instead of the response's status. The wait then comes from
    /// [`retry_after_ok`](Self::retry_after_ok).
    #[must_use]
    pub fn retry_if_ok(
        mut self,
        retry_if_ok: impl Fn(&Response) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.hooks.classify_ok = None;
        self.hooks.retry_if_ok = Some(Arc::new(retry_if_ok));
        self
    }

    /// Gets the wait that an error asks for from a function instead of the error's own
    /// [hint](crate::RetryHint). With `None`, only the backoff decides.
    #[must_use]
    pub fn retry_after(
        mut self,
        retry_after: impl Fn(&Error) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.retry_after = Some(Arc::new(retry_after));
        self
    }

    /// Gets the wait that a response asks for, if [`retry_if_ok`](Self::retry_if_ok) retries it.
    /// [`http::retry_after`](crate::http::retry_after) reads it from the headers.
    #[must_use]
    pub fn retry_after_ok(
        mut self,
        retry_after_ok: impl Fn(&Response) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.retry_after_ok = Some(Arc::new(retry_after_ok));
        self
    }

    /// Drops an attempt whose response head takes longer. It counts as
    /// [`FailureKind::Timeout`](crate::FailureKind::Timeout), and no predicate is called for it. If
    /// no retry follows, the caller gets an `Error::Middleware` that holds a
    /// [`TimedOut`](crate::TimedOut). Default: none, but reqwest may have its own timeout.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.hooks.attempt_timeout = Some(limit);
        self
    }

    /// Ends the sequence if all attempts and waits together take longer. No wait starts that would
    /// end later, and a running attempt is dropped. Default: none.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.hooks.total_timeout = Some(limit);
        self
    }
}

#[async_trait]
impl Middleware for RetryMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let mut series = Sequence::of(&self.policy);
        let deadline = Deadline::within(self.hooks.total_timeout);
        loop {
            let clone = (self.clone)(&request);
            let attempt = next.clone().run(request, extensions);
            let limit = self.hooks.attempt_timeout;
            let limited = series.limited(limit, deadline.as_ref(), attempt).await;
            let (failed, timed_out) = match limited {
                Ok(outcome) => match self.hooks.judge(outcome) {
                    Ok(response) => return Ok(response),
                    Err(failed) => (failed, None),
                },
                Err(timed_out) => {
                    let is_total = timed_out.is_total();
                    (Failed::error(timed_out.into()), Some(is_total))
                }
            };
            let failure = match timed_out {
                Some(is_total) => Failure::timed_out(is_total, failed.failure().error),
                None => failed.failure(),
            };
            if !self.is_retried(
                &mut series,
                deadline.as_ref(),
                failure.repeatable_if(clone.is_some()),
            ) {
                return failed.into_outcome();
            }
            // Dropped before the wait, because an unread response holds its connection.
            drop(failed);
            series.wait().await;
            request = clone.expect("a request without a clone is not retried");
        }
    }
}

impl RetryMiddleware {
    /// Decides what follows a failed attempt.
    fn is_retried(
        &self,
        series: &mut Sequence,
        deadline: Option<&Deadline>,
        failure: Failure<'_>,
    ) -> bool {
        let call = Call::new(&self.policy, &self.name).before(deadline);
        match &self.on_retry {
            Some(hook) => {
                let mut hook = |event: &Event<'_>| hook(event);
                series.failed_call(call.reporting_to(&mut hook), failure)
            }
            None => series.failed_call(call, failure),
        }
    }
}

impl fmt::Debug for RetryMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryMiddleware")
            .field("policy", &self.policy)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
