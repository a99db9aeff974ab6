//! The libraries that are measured.

/// A library at a pinned version.
#[derive(Clone, Copy)]
pub struct Library {
    pub name: &'static str,
    pub version: &'static str,
    /// The features that enable its async parts, separated by spaces. Default features are disabled
    /// unless `default` is listed.
    pub features: &'static str,
    /// Whether the compiler requires `#![recursion_limit = "256"]` with the attributes, because
    /// each of them wraps the body in another future.
    pub is_deep: bool,
}

const fn library(name: &'static str, version: &'static str, features: &'static str) -> Library {
    Library { name, version, features, is_deep: false }
}

const fn deep(library: Library) -> Library {
    Library { is_deep: true, ..library }
}

/// All libraries, in the order of the report.
#[rustfmt::skip] // One line each.
pub const LIBRARIES: &[Library] = &[
    library("redis", "1.8.1", "aio cluster-async connection-manager script sentinel streams tokio-comp"),
    library("tokio-postgres", "0.7.18", "runtime"),
    library("lapin", "4.12.3", "tokio"),
    library("async-nats", "0.51.0", "server_2_10 server_2_11 server_2_12 server_2_14 service ring jetstream nkeys crypto object-store kv websockets nuid"),
    library("octocrab", "0.54.9", "default-client follow-redirect retry timeout tracing stream rustls rustls-ring jwt-rust-crypto"),
    library("opendal-core", "0.59.5", "executors-tokio services-memory"),
    library("mongodb", "3.9.1", "compat-3-3-0 bson-3 rustls-tls"),
    deep(library("fred", "10.1.0", "transactions i-std")),
    library("russh", "0.65.1", "flate2 ring"),
    library("kube-client", "5.0.0", "client"),
    library("zbus", "6.2.1", "tokio proxy service object-manager p2p"),
    library("scylla", "1.9.0", ""),
];
