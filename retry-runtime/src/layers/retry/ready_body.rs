//! Bodies that are kept for the next attempt.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Buf;
use http::Request;
use http_body::{Body, Frame, SizeHint};

use super::CloneRequest;

/// The maximum number of frames that are read before a body is sent. A limit in bytes alone is not
/// enough, because frames may be empty.
const MOST_FRAMES: usize = 1024;

/// Clones the HTTP requests whose whole body is ready.
pub struct ReadyBodies<W> {
    limit: usize,
    wrap: Arc<W>,
}

impl<W> ReadyBodies<W> {
    pub(super) fn new(limit: usize, wrap: W) -> Self {
        Self { limit, wrap: Arc::new(wrap) }
    }
}

impl<W> Clone for ReadyBodies<W> {
    fn clone(&self) -> Self {
        Self { limit: self.limit, wrap: Arc::clone(&self.wrap) }
    }
}

impl<B, W> CloneRequest<Request<B>> for ReadyBodies<W>
where
    B: Body<Data: Clone> + Unpin,
    W: Fn(ReadyBody<B>) -> B,
{
    fn clone_request(&self, request: Request<B>) -> (Request<B>, Option<Request<B>>) {
        let (head, body) = request.into_parts();
        let body = ReadyBody::read(body, self.limit);
        let clone = body.copy().map(|copy| {
            let body = (self.wrap)(copy);
            Request::from_parts(head.clone(), body)
        });
        (Request::from_parts(head, (self.wrap)(body)), clone)
    }
}

/// The body of a request: the part that was ready before sending, then the rest.
pub struct ReadyBody<B: Body> {
    ready: VecDeque<Result<Frame<B::Data>, B::Error>>,
    /// `None` if the whole body was ready.
    rest: Option<B>,
    /// `true` if the original body states its exact length. Otherwise this one must not either:
    /// a client would send a `Content-Length` and no trailers.
    has_length: bool,
}

impl<B: Body + Unpin> ReadyBody<B> {
    /// Reads what is ready, without waiting, until more than `limit` bytes are read.
    fn read(mut body: B, limit: usize) -> Self {
        let has_length = body.size_hint().exact().is_some();
        let mut ready = VecDeque::new();
        let mut length = 0_usize;
        // The client that sends the rest polls the body again, with its own waker.
        let mut context = Context::from_waker(Waker::noop());
        while length <= limit && ready.len() < MOST_FRAMES {
            match Pin::new(&mut body).poll_frame(&mut context) {
                Poll::Ready(None) => return Self { ready, rest: None, has_length },
                Poll::Ready(Some(Ok(frame))) => {
                    let data = frame.data_ref().map_or(0, Buf::remaining);
                    length = length.saturating_add(data);
                    ready.push_back(Ok(frame));
                }
                Poll::Ready(Some(Err(error))) => {
                    ready.push_back(Err(error));
                    break;
                }
                Poll::Pending => break,
            }
        }
        Self { ready, rest: Some(body), has_length }
    }

    /// Returns a copy, if the whole body was ready.
    fn copy(&self) -> Option<Self>
    where
        B::Data: Clone,
    {
        if self.rest.is_some() {
            return None;
        }
        let frames = self.ready.iter().map(|frame| {
            let frame = frame.as_ref().ok()?;
            let data = frame.data_ref().cloned().map(Frame::data);
            data.or_else(|| frame.trailers_ref().cloned().map(Frame::trailers)).map(Ok)
        });
        let ready = frames.collect::<Option<_>>()?;
        Some(Self { ready, rest: None, has_length: self.has_length })
    }
}

impl<B: Body<Data: Unpin, Error: Unpin> + Unpin> Body for ReadyBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if let Some(frame) = self.ready.pop_front() {
            return Poll::Ready(Some(frame));
        }
        self.rest.as_mut().map_or(Poll::Ready(None), |rest| Pin::new(rest).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let data = self.ready.iter().flatten().filter_map(Frame::data_ref);
        let ready = data.fold(0_u64, |sum, data| sum.saturating_add(data.remaining() as u64));
        let rest = self.rest.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(ready));
        let upper = rest.upper().and_then(|upper| upper.checked_add(ready));
        if let Some(upper) = upper.filter(|_| self.has_length) {
            hint.set_upper(upper);
        }
        hint
    }
}

impl<B: Body> fmt::Debug for ReadyBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyBody")
            .field("ready", &self.ready.len())
            .field("is_whole", &self.rest.is_none())
            .finish_non_exhaustive()
    }
}
