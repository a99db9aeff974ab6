//! The LLM: an HTTP server on loopback that fails on request.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

/// The answer to everything, in the pieces that a stream sends.
pub(crate) const PIECES: [&str; 4] = ["Blue light ", "is scattered ", "more than ", "red."];

/// The number of pieces that a stream sends before it breaks.
pub(crate) const PIECES_BEFORE_BREAK: usize = 2;

/// The treatment of a request.
#[derive(Clone, Copy)]
pub(crate) enum Behavior {
    Answer,
    Unavailable,
    RateLimited {
        retry_after: u64,
    },
    Hang,
    Unauthorized,
    /// The connection is closed in the middle of the answer.
    Break,
    /// One of the others, chosen by the number of the call.
    Flaky,
}

/// A handle to the server. Clones share the server.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    door: Door,
    calls: u32,
    script: VecDeque<Behavior>,
    afterwards: Behavior,
}

/// The socket of the server.
enum Door {
    Open(JoinHandle<()>),
    /// Bound, but not listening: connections are refused, and the port stays ours.
    Shut(TcpSocket),
    /// Between the two, and after the port could not be bound again.
    Gone,
}

impl Upstream {
    /// Binds a server to a free port. It refuses connections.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        let shared = Shared {
            door: Door::Shut(socket),
            calls: 0,
            script: VecDeque::new(),
            afterwards: Behavior::Answer,
        };
        Ok(Self { address, shared: Arc::new(Mutex::new(shared)) })
    }

    /// Accepts connections from now on.
    pub(crate) fn open(&self) -> io::Result<()> {
        let mut shared = self.lock();
        shared.door = match mem::replace(&mut shared.door, Door::Gone) {
            Door::Shut(socket) => {
                // Sends each piece immediately, instead of waiting until a packet is full.
                let listener = socket.listen(128)?.tap_io(|connection| {
                    let _ = connection.set_nodelay(true);
                });
                let app =
                    Router::new().route("/v1/{operation}", post(answer)).with_state(self.clone());
                Door::Open(tokio::spawn(async move {
                    // Ends only with the task, because axum handles errors of connections.
                    let _ = axum::serve(listener, app).await;
                }))
            }
            door => door,
        };
        Ok(())
    }

    /// Refuses connections from now on.
    pub(crate) async fn shut(&self) -> io::Result<()> {
        let door = mem::replace(&mut self.lock().door, Door::Gone);
        let door = match door {
            Door::Open(server) => {
                server.abort();
                // The port is free only after the task has dropped the listener.
                let _ = server.await;
                Door::Shut(bound(self.address)?)
            }
            door => door,
        };
        self.lock().door = door;
        Ok(())
    }

    /// Treats the next requests by the script, one after the other, and all later ones as
    /// `afterwards`.
    pub(crate) fn play(&self, script: impl IntoIterator<Item = Behavior>, afterwards: Behavior) {
        let mut shared = self.lock();
        shared.script = script.into_iter().collect();
        shared.afterwards = afterwards;
    }

    /// Returns the number of requests so far.
    pub(crate) fn calls(&self) -> u32 {
        self.lock().calls
    }

    fn next(&self) -> Behavior {
        let mut shared = self.lock();
        shared.calls += 1;
        let behavior = shared.script.pop_front().unwrap_or(shared.afterwards);
        match behavior {
            Behavior::Flaky if shared.calls % 3 == 0 => Behavior::Unavailable,
            Behavior::Flaky if shared.calls % 5 == 0 => Behavior::Break,
            Behavior::Flaky => Behavior::Answer,
            other => other,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Otherwise, earlier connections would keep the port busy for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn answer(State(upstream): State<Upstream>, Path(operation): Path<String>) -> Response {
    let refusal = match upstream.next() {
        Behavior::Answer | Behavior::Flaky => return text(&operation, false),
        Behavior::Break => return text(&operation, true),
        Behavior::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Behavior::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
        Behavior::RateLimited { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry_after.to_string())])
                .into_response()
        }
        Behavior::Hang => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    };
    // One connection per call, so a closed port is noticed.
    ([(header::CONNECTION, "close")], refusal).into_response()
}

/// Returns the text as a whole, or in pieces for a chat.
fn text(operation: &str, breaks: bool) -> Response {
    let (content_type, mut pieces) = if operation == "chat" {
        let pieces = PIECES.map(|piece| format!("data: {}\n\n", json!({ "text": piece })));
        ("text/event-stream", pieces.into_iter().chain(["data: [DONE]\n\n".to_owned()]).collect())
    } else {
        ("application/json", vec![json!({ "text": PIECES.concat() }).to_string()])
    };
    if breaks {
        pieces.truncate(PIECES_BEFORE_BREAK);
    }
    let pieces = stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
    let end = stream::iter(breaks.then(|| Err(io::Error::from(io::ErrorKind::ConnectionAborted))));
    let body = pieces.chain(end).then(async |piece| {
        // Lets the server send the pieces so far. An immediate error would discard them.
        tokio::task::yield_now().await;
        piece
    });
    let headers = [(header::CONTENT_TYPE, content_type), (header::CONNECTION, "close")];
    (headers, Body::from_stream(body)).into_response()
}
