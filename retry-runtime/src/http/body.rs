//! The start of a failed response's body, limited in time and length.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::failed_status::FailedStatus;
use crate::clock;

/// The longest wait for a body. The body only explains the failure, and the status is already
/// known.
const PATIENCE: Duration = Duration::from_millis(250);

/// Polls a future until it is ready, for 250 ms at most.
///
/// Without a timer the future is polled once, so it gets what is available without waiting.
pub(super) async fn briefly(reading: impl Future<Output = ()>) {
    let mut reading = pin!(reading);
    let mut timer = pin!(None);
    poll_fn(|context| {
        if reading.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if timer.is_none() {
            timer.set(clock::timer(PATIENCE));
        }
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.poll(context),
            None => Poll::Ready(()),
        }
    })
    .await;
}

/// The bytes read so far, and the limits.
pub(super) struct Start {
    bytes: Vec<u8>,
    /// The number of bytes that the error keeps.
    kept: usize,
    /// The number of bytes to read if they are JSON, for error codes.
    read: usize,
}

impl Start {
    pub(super) fn new() -> Self {
        let (kept, read) = (FailedStatus::BODY_LIMIT, FailedStatus::CODES_LIMIT);
        Self { bytes: Vec::new(), kept, read }
    }

    /// Reads no more than `limit`, even of JSON.
    pub(super) fn limited_to(limit: usize) -> Self {
        Self { bytes: Vec::new(), kept: limit, read: limit }
    }

    fn limit(&self) -> usize {
        let first = self.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if matches!(first, Some(b'{' | b'[')) { self.read } else { self.kept }
    }

    /// Returns whether more bytes are needed.
    pub(super) fn is_wanted(&self) -> bool {
        self.bytes.len() < self.limit()
    }

    /// Adds a chunk, up to the limits.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let most = self.kept.max(self.read) - self.bytes.len();
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(most)]);
    }

    pub(super) fn into_body_of(self, failed: FailedStatus) -> FailedStatus {
        failed.with_start(&self.bytes, self.kept)
    }
}
