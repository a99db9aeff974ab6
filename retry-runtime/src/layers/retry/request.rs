//! Cloning of a request for the next attempt.

use std::sync::Arc;

/// Clones a request for the next attempt.
#[diagnostic::on_unimplemented(
    message = "`{Request}` cannot be cloned for another attempt",
    note = "set a function that clones it or returns `None`: `.clone_request(|request: &{Request}| …)`",
    note = "for `http::Request` with a body that is not `Clone`: `.clone_ready_body(limit, Body::new)`"
)]
pub trait CloneRequest<Request> {
    /// Returns the request to send now, and one for the next attempt if another attempt is
    /// possible.
    fn clone_request(&self, request: Request) -> (Request, Option<Request>);
}

/// Clones every request.
#[derive(Debug, Clone, Copy)]
pub struct ByClone;

impl<Request: Clone> CloneRequest<Request> for ByClone {
    fn clone_request(&self, request: Request) -> (Request, Option<Request>) {
        let clone = request.clone();
        (request, Some(clone))
    }
}

/// Clones requests with a function.
pub struct ByFunction<F>(Arc<F>);

impl<F> ByFunction<F> {
    pub(super) fn new(clone: F) -> Self {
        Self(Arc::new(clone))
    }
}

impl<F> Clone for ByFunction<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Request, F: Fn(&Request) -> Option<Request>> CloneRequest<Request> for ByFunction<F> {
    fn clone_request(&self, request: Request) -> (Request, Option<Request>) {
        let clone = (self.0)(&request);
        (request, clone)
    }
}
