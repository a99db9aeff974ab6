//! A byte stream to a server: TCP, optionally with TLS, and a limit on received bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

use super::target::Address;
use super::tls::{self, Bytes};
use crate::transport::{Lost, Reason};

/// The maximum number of bytes between two complete answers or pushes. The longest reply of a
/// script is far shorter. More bytes mean a hostile server or a corrupted length.
const LIMIT: usize = 8 * 1024 * 1024;

/// The maximum number of addresses of a host that are tried.
const MOST_ADDRESSES: usize = 8;

/// The bytes received since the last complete answer or push.
#[derive(Clone, Default)]
pub(super) struct Received(Arc<AtomicUsize>);

impl Received {
    /// Starts a new count.
    pub(super) fn reset(&self) {
        // Relaxed, because no other data depends on this count. A late reset counts some bytes
        // twice.
        self.0.store(0, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) -> io::Result<()> {
        // Relaxed for the same reason.
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > LIMIT {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "too long an answer"));
        }
        Ok(())
    }
}

/// A stream that fails when it receives too much.
pub(super) struct Limited {
    stream: Box<dyn Bytes>,
    received: Received,
}

impl Limited {
    pub(super) async fn connect(
        address: &Address,
        uses_tls: bool,
        received: Received,
    ) -> Result<Self, Lost> {
        let tcp = connect_tcp(address).await.map_err(|error| refused(&error, address))?;
        // Commands are short, and each is awaited. The connection also works without the option.
        let _ = tcp.set_nodelay(true);
        let stream = if uses_tls { tls::wrap(tcp, &address.host).await? } else { Box::new(tcp) };
        Ok(Self { stream, received })
    }
}

/// Tries all addresses simultaneously, because the first may be unreachable.
async fn connect_tcp(address: &Address) -> io::Result<TcpStream> {
    let found = lookup_host((address.host.as_str(), address.port)).await?;
    let mut attempts = JoinSet::new();
    for address in found.take(MOST_ADDRESSES) {
        attempts.spawn(TcpStream::connect(address));
    }
    let mut result = Err(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => result = Err(error),
            Err(error) => result = Err(error.into()),
        }
    }
    result
}

fn refused(error: &io::Error, address: &Address) -> Lost {
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => Reason::Refused,
        io::ErrorKind::TimedOut => Reason::TimedOut,
        io::ErrorKind::ConnectionReset => Reason::Closed,
        // Other errors come from the resolver or from the route.
        _ => Reason::Unreachable,
    };
    Lost::new(reason, &address.to_string())
}

impl AsyncRead for Limited {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        Poll::Ready(self.received.add(buffer.filled().len() - before))
    }
}

impl AsyncWrite for Limited {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_without_an_answer_is_limited() {
        let received = Received::default();
        for _ in 0..3 {
            received.add(LIMIT).unwrap();
            received.reset();
        }
        received.add(LIMIT).unwrap();
        assert_eq!(received.add(1).unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
