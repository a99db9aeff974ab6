//! The guide: why each thing is there, and how to use it. A short page for each question; its code is compiled, but for that
//! of other libraries.
//!
//! In the order in which a project needs them:
//!
//! | chapter | answers |
//! |---|---|
//! | [`quickstart`] | from an empty project to a protected request with metrics |
//! | [`choosing_a_policy`] | which preset, how long it waits at most, which timeouts |
//! | [`failures`] | what kind of failure the errors of each library are |
//! | [`failures_databases`] | the same of PostgreSQL, MySQL, SQLite and Redis |
//! | [`never_retry`] | what must not be retried, and calls that must not happen twice |
//! | [`breakers`] | when a breaker opens and closes, one per host, thresholds |
//! | [`streams`] | answers that come in pieces |
//! | [`layers`] | retries and breakers for every request of a tonic, hyper or reqwest client |
//! | [`llm`] | a client of an LLM's API, whole and streamed answers, line by line for readers who know Python |
//! | [`client_library`] | a complete client: builder, policy, breaker per host, errors of other crates, hooks, tests |
//! | [`budgets`] | how retries keep an outage alive, in figures, and what bounds them |
//! | [`configuration`] | settings from code, files and the environment, and while the program runs |
//! | [`observing`] | log lines, spans, metrics, and what to look at |
//! | [`page`] | a page to look at in an outage, with buttons |
//! | [`fleets`] | one breaker for many processes, through Redis |
//! | [`runtimes`] | tokio, smol, or no timer at all |
//! | [`testing`] | tests that neither wait nor skip the retries |
//! | [`rollout`] | into a program that runs already, in five phases with a way back |
//! | [`coming_from_python`] | the names of `retry_utils`, pybreaker, tenacity and stamina |
//! | [`coming_from_backon_and_tower`] | those of backon, backoff, tokio-retry and tower |
//!
//! The reference of the attributes is at [`async_retry`](macro@crate::async_retry),
//! [`circuit_breaker`](macro@crate::circuit_breaker) and [`derive(Retryable)`](derive@crate::Retryable).

// The definitions of links stand before each page, and the first of a name wins: here a link leads to rustdoc's pages, and
// on the pages as files to the files. Items that exist only with a feature are linked here if all such features are on, as
// on docs.rs, and else there.
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
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    )*};
}

// Their programs need more libraries than the tests here build. `quickstart`, `metrics` and `smol`
// in `integrations` compile them.
#[cfg(not(doctest))]
chapters! {
    quickstart = "quickstart.md",
    observing = "observing.md",
    runtimes = "runtimes.md",
}

chapters! {
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
