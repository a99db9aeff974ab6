//! The chat service of `examples/chat_endpoint` with a Prometheus endpoint, a dashboard and alerts:
//!
//! | file | content |
//! |---|---|
//! | `main.rs` | the endpoint `GET /metrics`: **the part to copy** |
//! | `traffic.rs` | an outage in phases that change every metric |
//! | `named.rs` | checks the metric names in the dashboard and the alerts |
//! | `dashboard.json` | a dashboard for Grafana: import it and choose the data source |
//! | `alerts.yml`, `prometheus.yml` | rules for Prometheus, and a configuration that scrapes this example |
//!
//! ```text
//! cd integrations
//! cargo run --example observability             # plays the outage once, and checks the metrics
//! cargo run --example observability -- --serve  # repeats it, with the endpoint on port 9464
//! ```

#[path = "../../../../examples/chat_endpoint/client.rs"]
mod client;
mod named;
#[path = "../../../../examples/chat_endpoint/service.rs"]
mod service;
#[path = "../../../../examples/chat_endpoint/sse.rs"]
#[allow(dead_code, reason = "only the other example reads the names of events")]
mod sse;
mod traffic;
#[path = "../../../../examples/chat_endpoint/upstream.rs"]
#[allow(dead_code, reason = "the other example has more phases")]
mod upstream;

use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use retry_utils::observe::metrics;
use tokio::net::TcpListener;

use crate::traffic::Traffic;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "\
Usage: cargo run --example observability [-- --serve]

  (nothing)   play an outage, and check that the endpoint exposes the metrics of the dashboard and the alerts
  --serve     repeat the outage, with the endpoint on port 9464
  --help      show this help";

/// The conventional port for Prometheus exporters of this kind.
const PORT: u16 = 9464;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => play_once().await,
        ["--serve"] => play_on().await,
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("unknown arguments: {}\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Installs the exporter, and returns a router with `GET /metrics`.
fn endpoint() -> Result<Router> {
    let exporter = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Full("retry_utils_retry_delay_seconds".to_owned()),
            &metrics::DELAY_BUCKETS,
        )?
        .install_recorder()?;
    metrics::describe();
    let page = move || async move {
        // Adds breakers that have never changed their state.
        metrics::record_states();
        exporter.render()
    };
    Ok(Router::new().route("/metrics", get(page)))
}

async fn play_once() -> Result<bool> {
    let traffic = Traffic::start().await?;
    let address = serve(endpoint()?, 0).await?;
    traffic.outage().await?;
    let page = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .get(format!("http://{address}/metrics"))
        .send()
        .await?
        .text()
        .await?;
    for line in
        page.lines().filter(|line| line.starts_with("retry_utils_") && !line.contains("_bucket"))
    {
        println!("{line}");
    }
    println!();
    Ok(named::all_shown(&page))
}

async fn play_on() -> Result<bool> {
    let traffic = Traffic::start().await?;
    let address = serve(endpoint()?, PORT).await?;
    println!("metrics: http://{address}/metrics (stop with Ctrl-C)");
    println!("scrape: prometheus --config.file=metrics/examples/observability/prometheus.yml");
    loop {
        traffic.outage().await?;
    }
}

async fn serve(app: Router, port: u16) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}
