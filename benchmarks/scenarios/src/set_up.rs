//! The set-ups of a process: the installed subscriber and recorder.

/// One set-up. A process has only one, because a subscriber and a recorder are global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetUp {
    /// No subscriber, and retry-utils without the feature `metrics`.
    Nobody,
    /// `tracing_subscriber::fmt` at INFO, which writes to a sink.
    FmtInfo,
    /// The feature `metrics`, without a recorder.
    Metrics,
    /// The feature `metrics`, with the recorder of metrics-exporter-prometheus.
    Prometheus,
    /// The same, and `retry_utils::observe::metrics::describe` is called after it is installed.
    PrometheusDescribed,
    /// [`PrometheusDescribed`](Self::PrometheusDescribed) and [`FmtInfo`](Self::FmtInfo) together.
    Both,
}

impl SetUp {
    /// All set-ups, in the order of the report.
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

    /// Returns whether a recorder is installed.
    #[must_use]
    pub const fn has_recorder(self) -> bool {
        matches!(self, Self::Prometheus | Self::PrometheusDescribed | Self::Both)
    }

    /// Returns the set-up with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set_up| set_up.id() == id)
    }
}

/// A set-up of a binary, and the function that installs it.
#[derive(Clone, Copy, Debug)]
pub struct Installed {
    /// The set-up.
    pub set_up: SetUp,
    /// Installs it. Called at most once in a process.
    pub install: fn(),
}

impl Installed {
    /// The set-up without a subscriber and without a recorder.
    pub const NOBODY: Self = Self { set_up: SetUp::Nobody, install: || {} };
}
