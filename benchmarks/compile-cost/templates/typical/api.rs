use crate::error::Error;
use reqwest::{Client, Response, StatusCode};

#[derive(Debug, Clone)]
pub struct Api {
    pub http: Client,
    base: String,
}

impl Api {
    pub fn new(base: String) -> Self {
        Self { http: Client::new(), base }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }
}

pub fn checked(response: Response) -> Result<Response, Error> {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::NOT_FOUND => Err(Error::NotFound(response.url().path().to_owned())),
        StatusCode::TOO_MANY_REQUESTS => Err(Error::RateLimited),
        status if status.is_server_error() => Err(Error::Server(status)),
        status => Err(Error::Invalid(format!("status {status}"))),
    }
}
