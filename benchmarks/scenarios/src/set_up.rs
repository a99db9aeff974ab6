//! Who listens while calls are made.

/// One set-up. It holds for the process: a subscriber and a recorder are installed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetUp {
    /// No subscriber; retry-utils without the feature `metrics`.
    Nobody,
    /// `tracing_subscriber::fmt` at INFO, which writes into a sink.
    FmtInfo,
    /// The feature `metrics`, without a recorder.
    Metrics,
    /// The feature `metrics`, with the recorder of metrics-exporter-prometheus.
    Prometheus,
    /// The same, and `retry_utils::observe::metrics::describe` was called afterwards.
    PrometheusDescribed,
    /// The last one, and the subscriber of [`FmtInfo`](Self::FmtInfo).
    Both,
}

impl SetUp {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 6] = [
        Self::Nobody,
        Self::FmtInfo,
        Self::Metrics,
        Self::Prometheus,
        Self::PrometheusDescribed,
        Self::Both,
    ];

    /// Returns the name on the command line and in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::FmtInfo => "fmt-info",
            Self::Metrics => "metrics",
            Self::Prometheus => "prometheus",
            Self::PrometheusDescribed => "prometheus-described",
            Self::Both => "both",
        }
    }

    /// Whether a recorder is installed.
    #[must_use]
    pub const fn has_recorder(self) -> bool {
        matches!(self, Self::Prometheus | Self::PrometheusDescribed | Self::Both)
    }

    /// Returns the one with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set_up| set_up.id() == id)
    }
}

/// A set-up that a binary has, and what installs it.
#[derive(Clone, Copy, Debug)]
pub struct Installed {
    /// Which one it is.
    pub set_up: SetUp,
    /// Installs it, once in a process.
    pub install: fn(),
}

impl Installed {
    /// The set-up in which nobody listens.
    pub const NOBODY: Self = Self { set_up: SetUp::Nobody, install: || {} };
}
