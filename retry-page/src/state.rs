//! The route `GET /state`, which returns the state as JSON.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::fleet::Watch;
use crate::refusal::refused;
use crate::texts::Texts;

/// The maximum length of a search, in characters.
const SEARCH_LIMIT: usize = 100;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    search: String,
}

/// The sources of the state.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) texts: Arc<Texts>,
    pub(crate) fleet: Option<Arc<Watch>>,
}

pub(crate) async fn state(
    State(Sources { texts, fleet }): State<Sources>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let search = match asked {
        Ok(Query(asked)) => asked.search,
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let search = search.trim();
    if search.chars().count() > SEARCH_LIMIT {
        let error = format!("`search` is too long: send at most {SEARCH_LIMIT} characters");
        return refused(StatusCode::BAD_REQUEST, &error);
    }
    if let Some(fleet) = fleet {
        fleet.refresh().await;
    }
    let Ok(text) = texts.text(search.to_lowercase()).await else {
        let error = "too many requests are waiting for the state: try again in a second";
        let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, error);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    };
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
