//! A chat-completions API on the loopback interface. It fails as a script says.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The tokens of every good answer.
pub(crate) const TOKENS: [&str; 4] = ["Blue light ", "is scattered ", "more than ", "red."];

/// The response to a request.
pub(crate) enum Answer {
    /// The answer, whole or as a stream, as requested.
    Good,
    /// A response with this status, header and body.
    Status(u16, Option<(&'static str, &'static str)>, &'static str),
    /// A stream whose first event reports an error.
    ErrorEvent,
    /// A stream that sends comments and pings, but no event with text.
    Silent,
    /// A stream that ends after two tokens.
    BreaksOff,
}

/// A handle to the API. Clones refer to the same API.
#[derive(Clone, Default)]
pub(crate) struct Upstream(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    requests: u32,
}

impl Upstream {
    /// Starts the API. Returns a handle and the URL.
    pub(crate) async fn start() -> io::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1/chat/completions", listener.local_addr()?);
        let upstream = Self::default();
        let app =
            Router::new().route("/v1/chat/completions", post(answer)).with_state(upstream.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok((upstream, url))
    }

    /// Sets the answers to the next requests. Later requests get good answers.
    pub(crate) fn play(&self, answers: impl IntoIterator<Item = Answer>) {
        self.with(|script| {
            *script = Script { answers: answers.into_iter().collect(), requests: 0 };
        });
    }

    /// Returns the number of requests since the last [`play`](Self::play).
    pub(crate) fn requests(&self) -> u32 {
        self.with(|script| script.requests)
    }

    fn next(&self) -> Answer {
        self.with(|script| {
            script.requests += 1;
            script.answers.pop_front().unwrap_or(Answer::Good)
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Script) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(upstream): State<Upstream>, Json(request): Json<Value>) -> Response<Body> {
    let error = json!({ "error": { "type": "overloaded_error", "message": "try again" } });
    match upstream.next() {
        Answer::Good if request["stream"] == true => events(TOKENS.map(token), End::Done),
        Answer::Good => {
            let message = json!({ "role": "assistant", "content": TOKENS.concat() });
            Response::new(json!({ "choices": [{ "message": message }] }).to_string().into())
        }
        Answer::Status(status, header, body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, value.parse().expect("a header's value"));
            }
            response
        }
        Answer::ErrorEvent => events([error], End::Done),
        Answer::Silent => events([], End::Never),
        Answer::BreaksOff => events([token(TOKENS[0]), token(TOKENS[1])], End::Broken),
    }
}

fn token(text: &str) -> Value {
    json!({ "choices": [{ "delta": { "content": text } }] })
}

/// The end of a stream.
#[derive(Clone, Copy)]
enum End {
    Done,
    Never,
    Broken,
}

/// Returns server-sent events. The first ones have no text, as with several APIs.
fn events(events: impl IntoIterator<Item = Value>, end: End) -> Response<Body> {
    let role = json!({ "choices": [{ "delta": { "role": "assistant", "content": "" } }] });
    let filters = json!({ "choices": [], "prompt_filter_results": [] });
    let pings = [": PROCESSING\n\n", "data:\n\n", "event: ping\ndata: {}\n\n"];
    let mut texts = pings.map(str::to_owned).to_vec();
    let events = [filters, role].into_iter().chain(events);
    texts.extend(events.map(|event| format!("data: {event}\n\n")));
    let end = match end {
        End::Done => stream::iter([Ok(Bytes::from_static(b"data: [DONE]\n\n"))]).boxed(),
        End::Never => stream::pending().boxed(),
        End::Broken => stream::iter([Err(io::Error::other("broken"))]).boxed(),
    };
    // One by one, so that the events before a failure are sent before it.
    let body = stream::iter(texts).map(|text| Ok(text.into())).chain(end).then(async |text| {
        tokio::task::yield_now().await;
        text
    });
    Response::new(Body::from_stream(body))
}
