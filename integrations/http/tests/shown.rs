//! The code of `docs/layers.md`, compiled. The package `prose` checks that the chapter shows lines
//! of this file.

use retry_utils::layers::{CircuitBreakerLayer, RetryLayer, grpc_status};
use retry_utils::middleware::{CircuitBreakerMiddleware, RetryMiddleware};
use retry_utils::{CircuitBreaker, CircuitBreakers, STANDARD};
use tonic::transport::Endpoint;
use tower::{BoxError, ServiceBuilder};

static GREETER: CircuitBreaker = CircuitBreaker::new("greeter");

/// A client as `tonic-prost-build` generates it.
struct GreeterClient<C>(C);

impl<C> GreeterClient<C>
where
    C: tonic::client::GrpcService<tonic::body::Body>,
{
    fn new(channel: C) -> Self {
        Self(channel)
    }
}

#[tokio::test]
async fn a_client_of_tonic_has_layers() {
    let channel = ServiceBuilder::new()
        .layer(
            RetryLayer::new(STANDARD)
                .name("greeter")
                .clone_ready_body(64 * 1024, tonic::body::Body::new)
                .classify_ok(grpc_status),
        )
        .layer(CircuitBreakerLayer::new(&GREETER).classify_ok(grpc_status))
        .map_err(BoxError::from)
        .service(Endpoint::from_static("http://[::1]:50051").connect_lazy());
    let client = GreeterClient::new(channel);
    drop(client.0);
}

#[tokio::test(start_paused = true)]
async fn a_client_of_reqwest_has_middleware() {
    use reqwest_middleware::ClientBuilder;

    async fn get(url: &str) -> Result<reqwest::Response, reqwest_middleware::Error> {
        static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams");

        let client = ClientBuilder::new(reqwest::Client::new())
            .with(RetryMiddleware::new(STANDARD).name("chat-api"))
            .with(CircuitBreakerMiddleware::per_host(&UPSTREAMS))
            .build();
        let response = client.get(url).send().await?;
        Ok(response)
    }

    get("not a URL").await.expect_err("the URL is not valid");
}

#[test]
fn a_middleware_repeats_idempotent_requests_only() {
    let middleware = RetryMiddleware::new(STANDARD).clone_request(|request| {
        request.method().is_idempotent().then(|| request.try_clone()).flatten()
    });
    drop(middleware);
}
