//! The libraries, each with the minimal code that depends on it and calls one function through it.

/// One library, or a set that users would combine.
pub(crate) struct Library {
    pub(crate) name: &'static str,
    /// The lines under `[dependencies]`. `{FACADE}` is replaced by the path of retry-utils.
    pub(crate) dependencies: &'static str,
    pub(crate) hello: &'static str,
}

pub(crate) const OURS: &str = "retry-utils = { path = '{FACADE}' }";
pub(crate) const BACKON: &str = r#"
backon = "1.6.0"
backon-macros = "1.0.0"
tokio = { version = "1.54.1", default-features = false, features = ["time"] }
"#;
pub(crate) const INSTRUMENT: &str =
    r#"tracing = { version = "0.1", default-features = false, features = ["attributes", "std"] }"#;

macro_rules! hello {
    ($file:literal) => {
        concat!(
            include_str!(concat!("../templates/hello/", $file, ".rs")),
            include_str!("../templates/block_on.rs")
        )
    };
}

/// The dependencies that most services already have. They include the proc-macro crates that an
/// attribute needs.
macro_rules! common {
    () => {
        r#"
serde = { version = "1", features = ["derive"] }
thiserror = "2"
tokio = { version = "1.54.1", features = ["macros", "rt-multi-thread", "time"] }
"#
    };
}

/// All libraries, with only the features for their own retries and, if they have one, their
/// breaker.
pub(crate) const LIBRARIES: &[Library] = &[
    Library { name: "nothing", dependencies: "", hello: hello!("nothing") },
    Library { name: "retry-utils", dependencies: OURS, hello: hello!("retry_utils") },
    Library {
        name: "retry-utils-without-tracing",
        dependencies: r#"retry-utils = { path = '{FACADE}', default-features = false, features = ["stream", "tokio"] }"#,
        hello: hello!("retry_utils"),
    },
    Library { name: "backon+macros+tokio", dependencies: BACKON, hello: hello!("backon") },
    Library {
        name: "tokio-retry2",
        dependencies: r#"tokio-retry2 = "0.9.1""#,
        hello: hello!("tokio_retry2"),
    },
    Library { name: "tryhard", dependencies: r#"tryhard = "0.5.2""#, hello: hello!("tryhard") },
    Library {
        name: "tower-retry",
        dependencies: r#"tower = { version = "0.5.3", features = ["retry"] }"#,
        hello: hello!("tower"),
    },
    Library {
        name: "tower-resilience",
        dependencies: r#"
tower = { version = "0.5.3", features = ["util"] }
tower-resilience-circuitbreaker = "0.14.0"
tower-resilience-retry = "0.14.0"
"#,
        hello: hello!("tower_resilience"),
    },
    Library {
        name: "execution-policy",
        dependencies: r#"execution-policy = "0.0.6""#,
        hello: hello!("execution_policy"),
    },
    Library { name: "mulligan", dependencies: r#"mulligan = "0.7.1""#, hello: hello!("mulligan") },
    Library { name: "failsafe", dependencies: r#"failsafe = "1.3.0""#, hello: hello!("failsafe") },
    Library { name: "recloser", dependencies: r#"recloser = "1.4.0""#, hello: hello!("recloser") },
    Library {
        name: "circuitbreaker-rs",
        dependencies: r#"circuitbreaker-rs = { version = "0.1.1", features = ["async"] }"#,
        hello: hello!("circuitbreaker_rs"),
    },
    Library {
        name: "seatbelt",
        dependencies: r#"
layered = "0.3"
seatbelt = { version = "0.11.0", features = ["breaker", "retry"] }
tick = { version = "0.8", features = ["tokio"] }
tokio = { version = "1.54.1", default-features = false, features = ["rt", "time"] }
"#,
        hello: hello!("seatbelt"),
    },
    Library { name: "tracing-attributes", dependencies: INSTRUMENT, hello: hello!("tracing") },
    // The cost of the yardstick and of retry-utils in a project that already has dependencies.
    Library { name: "common", dependencies: common!(), hello: hello!("nothing") },
    Library {
        name: "common+retry-utils",
        dependencies: concat!(common!(), "retry-utils = { path = '{FACADE}' }"),
        hello: hello!("retry_utils"),
    },
    Library {
        name: "common+retry-utils-without-tracing",
        dependencies: concat!(
            common!(),
            r#"retry-utils = { path = '{FACADE}', default-features = false, features = ["stream", "tokio"] }"#
        ),
        hello: hello!("retry_utils"),
    },
    Library {
        name: "common+backon+macros",
        dependencies: concat!(common!(), "backon = \"1.6.0\"\nbackon-macros = \"1.0.0\""),
        hello: hello!("backon"),
    },
];
