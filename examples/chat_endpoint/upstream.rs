//! The LLM: an HTTP server on loopback that really fails, in the way that it is told.

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

/// How many pieces a stream sends before it breaks.
pub(crate) const PIECES_BEFORE_BREAK: usize = 2;

/// How a request is treated.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    Answer,
    Unavailable,
    RateLimited {
        retry_after: u64,
    },
    Hang,
    Unauthorized,
    /// The connection is closed in the middle of the answer.
    Break,
    /// One of the others, by the number of the call.
    Flaky,
}

/// A handle on the server; clones are of the same one.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    door: Door,
    calls: u32,
    script: VecDeque<Behaviour>,
    afterwards: Behaviour,
}

/// Whether connections are accepted.
enum Door {
    Open(JoinHandle<()>),
    /// A socket that is bound and does not listen: connections are refused, and the port stays ours.
    Shut(TcpSocket),
    /// For the moment in between, and for good if the port could not be had again.
    Gone,
}

impl Upstream {
    /// A server on a port of the system's choice, whose door is shut.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        let shared = Shared {
            door: Door::Shut(socket),
            calls: 0,
            script: VecDeque::new(),
            afterwards: Behaviour::Answer,
        };
        Ok(Self { address, shared: Arc::new(Mutex::new(shared)) })
    }

    /// Accepts connections from now on.
    pub(crate) fn open(&self) -> io::Result<()> {
        let mut shared = self.lock();
        shared.door = match mem::replace(&mut shared.door, Door::Gone) {
            Door::Shut(socket) => {
                // Pieces go out one by one, and don't wait until they fill a packet.
                let listener = socket.listen(128)?.tap_io(|connection| {
                    let _ = connection.set_nodelay(true);
                });
                let app =
                    Router::new().route("/v1/{operation}", post(answer)).with_state(self.clone());
                Door::Open(tokio::spawn(async move {
                    // Ends with the task only: axum handles what goes wrong on a connection.
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
                // The listener goes with the task, and the port is free only after that.
                let _ = server.await;
                Door::Shut(bound(self.address)?)
            }
            door => door,
        };
        self.lock().door = door;
        Ok(())
    }

    /// Treats the next requests in this way, one after the other, and later ones in that.
    pub(crate) fn play(&self, script: impl IntoIterator<Item = Behaviour>, afterwards: Behaviour) {
        let mut shared = self.lock();
        shared.script = script.into_iter().collect();
        shared.afterwards = afterwards;
    }

    /// How many requests have arrived so far.
    pub(crate) fn calls(&self) -> u32 {
        self.lock().calls
    }

    fn next(&self) -> Behaviour {
        let mut shared = self.lock();
        shared.calls += 1;
        let behaviour = shared.script.pop_front().unwrap_or(shared.afterwards);
        match behaviour {
            Behaviour::Flaky if shared.calls % 3 == 0 => Behaviour::Unavailable,
            Behaviour::Flaky if shared.calls % 5 == 0 => Behaviour::Break,
            Behaviour::Flaky => Behaviour::Answer,
            other => other,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Else the connections of before would keep the port busy for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn answer(State(upstream): State<Upstream>, Path(operation): Path<String>) -> Response {
    let refusal = match upstream.next() {
        Behaviour::Answer | Behaviour::Flaky => return text(&operation, false),
        Behaviour::Break => return text(&operation, true),
        Behaviour::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Behaviour::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
        Behaviour::RateLimited { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry_after.to_string())])
                .into_response()
        }
        Behaviour::Hang => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    };
    // One connection per call, so that a door which is shut is found shut.
    ([(header::CONNECTION, "close")], refusal).into_response()
}

/// The text as a whole, or piece by piece for a chat.
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
        // Lets the server send what it has: an error at once would take the pieces before with it.
        tokio::task::yield_now().await;
        piece
    });
    let headers = [(header::CONTENT_TYPE, content_type), (header::CONNECTION, "close")];
    (headers, Body::from_stream(body)).into_response()
}
