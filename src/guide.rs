//! The guide, one page per topic.
//!
//! | start here | |
//! |---|---|
//! | [`quickstart`] | from an empty project to a protected request with metrics |
//! | [`protecting_a_client`] | your own errors, methods, policies and breakers |
//! | **decide** | |
//! | [`choosing_a_policy`] | presets, delays, jitter, timeouts |
//! | [`failures`] | the kinds of HTTP, gRPC and standard library errors, with sources |
//! | [`failures_databases`] | the kinds of PostgreSQL, MySQL, SQLite and Redis error codes |
//! | [`never_retry`] | permanent failures, and calls that must not happen twice |
//! | [`breakers`] | when breakers open and close, thresholds, one per host, order of attributes |
//! | [`budgets`] | how retries prolong an outage, and what limits them |
//! | **build** | |
//! | [`streams`] | answers that arrive in pieces |
//! | [`layers`] | retries and breakers for every request of a client |
//! | [`llm`] | a client of an LLM API: complete and streamed answers, with every line explained |
//! | [`client_library`] | a complete client with a builder, hooks and tests |
//! | [`testing`] | scripted failures, no waits |
//! | [`runtimes`] | tokio, smol, or no timer |
//! | **operate** | |
//! | [`configuration`] | settings from code, files and the environment, changes at run time |
//! | [`observing`] | log lines, spans, metrics, alerts |
//! | [`page`] | the operator page: breakers and retries in the browser |
//! | [`fleets`] | one breaker for many processes, through Redis |
//! | [`rollout`] | adding retries to a program in production, in five phases |
//! | **migrate** | |
//! | [`coming_from_python`] | `retry_utils`, pybreaker, tenacity, stamina |
//! | [`coming_from_backon_and_tower`] | backon, backoff, tokio-retry or tower, side by side |
//!
//! The attributes have reference pages: [`async_retry`](macro@crate::async_retry),
//! [`circuit_breaker`](macro@crate::circuit_breaker) and
//! [`derive(Retryable)`](derive@crate::Retryable).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio`, on by default | timers and tokio's clock |
//! | `smol` | smol's timer, under any executor |
//! | `tracing`, on by default | log lines, and the key `span` of `#[async_retry]` |
//! | `stream`, on by default | the key `stream` of both attributes, and `Guarded` |
//! | `metrics` | metrics under stable names |
//! | `axum` | the operator page |
//! | `fleet` | breakers that processes share; `fleet-rustls` and `fleet-native-tls` add TLS |
//! | `serde` | policies, breakers and overrides from configuration files |
//! | `testing` | for tests: no waits, scripted failures, a recorder of events |
//! | `tower`, `reqwest-middleware` | layers and middleware |
//! | `anyhow`, `http`, `hyper`, `redis`, `reqwest`, `sqlx`, `tonic` | kinds for these libraries' errors |
//! | `redis-0-32`, `reqwest-0-12`, `sqlx-0-8`, `tonic-0-13` | the same for the previous major versions |
//!
//! The crate needs Rust 1.85 or later. `fleet`, `redis` and `tonic` need 1.88, and `sqlx` needs
//! 1.94.

// A chapter defines its links at its end, as files. rustdoc takes the first definition of a name,
// so the ones before each chapter lead to rustdoc's pages. The items of a feature are linked only
// if all features are on, as on docs.rs.
//
// rustdoc copies no pictures, so their definitions contain them: see
// `integrations/prose/tests/pictures.rs`.
macro_rules! chapters {
    ($($name:ident = $file:literal,)*) => {$(
        #[doc = include_str!("guide_links.md")]
        #[cfg_attr(
            all(
                feature = "axum",
                feature = "http",
                feature = "metrics",
                feature = "reqwest-middleware",
                feature = "tower"
            ),
            doc = include_str!("guide_feature_links.md")
        )]
        #[cfg_attr(doc, doc = include_str!("guide_pictures.md"))]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    )*};
}

// `quickstart`, `metrics` and `smol` in `integrations` compile the programs of these chapters,
// which need more libraries than the tests here build.
#[cfg(not(doctest))]
chapters! {
    quickstart = "quickstart.md",
    observing = "observing.md",
    runtimes = "runtimes.md",
}

chapters! {
    protecting_a_client = "protecting-a-client.md",
    choosing_a_policy = "choosing-a-policy.md",
    failures = "failures.md",
    failures_databases = "failures-databases.md",
    never_retry = "never-retry.md",
    breakers = "breakers.md",
    streams = "streams.md",
    layers = "layers.md",
    llm = "llm.md",
    client_library = "client-library.md",
    budgets = "budgets.md",
    configuration = "configuration.md",
    page = "page.md",
    fleets = "fleets.md",
    testing = "testing.md",
    rollout = "rollout.md",
    coming_from_python = "coming-from-python.md",
    coming_from_backon_and_tower = "coming-from-backon-and-tower.md",
}
