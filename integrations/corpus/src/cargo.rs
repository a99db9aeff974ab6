//! Runs cargo and reads the compiler's messages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

use crate::Result;

/// The common settings of all runs of cargo.
pub struct Cargo {
    /// Shared by all libraries, so that a dependency is built once.
    pub target: PathBuf,
    pub jobs: Option<u32>,
    /// Whether `cargo clippy` runs instead of `cargo check`.
    pub clippy: bool,
}

/// A message from the compiler.
#[derive(Clone, Debug, Deserialize)]
pub struct Diagnostic {
    pub message: String,
    pub code: Option<Code>,
    pub level: String,
    pub spans: Vec<Span>,
    pub children: Vec<Diagnostic>,
}

/// An error code such as `E0382`, or the name of a lint.
#[derive(Clone, Debug, Deserialize)]
pub struct Code {
    pub code: String,
}

/// A place at which a message points.
#[derive(Clone, Debug, Deserialize)]
pub struct Span {
    pub file_name: String,
    pub byte_start: usize,
    pub byte_end: usize,
    pub line_start: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    pub expansion: Option<Box<Expansion>>,
}

/// The macro call that a span comes from.
#[derive(Clone, Debug, Deserialize)]
pub struct Expansion {
    pub span: Span,
}

impl Diagnostic {
    /// Returns the error code or the lint, or an empty text.
    pub fn code(&self) -> &str {
        self.code.as_ref().map_or("", |code| &code.code)
    }

    pub fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }

    /// Returns the message, its labels, and those of its notes.
    pub fn texts(&self) -> Vec<&str> {
        let labels = self.spans.iter().filter_map(|span| span.label.as_deref());
        let children = self.children.iter().flat_map(Diagnostic::texts);
        std::iter::once(self.message.as_str()).chain(labels).chain(children).collect()
    }
}

impl Cargo {
    /// Checks the library in `folder`. Returns the messages about it, not those about dependencies.
    pub fn check(&self, folder: &Path, features: &str) -> Result<Vec<Diagnostic>> {
        let mut command = self.command(folder);
        command.arg(if self.clippy { "clippy" } else { "check" });
        command.args(["--lib", "--quiet", "--message-format=json"]);
        command.args(["--no-default-features", "--features", features]);
        if let Some(jobs) = self.jobs {
            command.arg(format!("-j{jobs}"));
        }
        // A lint that the library denies must not stop the check.
        command.env("RUSTFLAGS", "--cap-lints=warn");
        let output = run(command, folder)?;
        let found = messages(&String::from_utf8_lossy(&output.stdout), folder);
        if output.status.success() || found.iter().any(Diagnostic::is_error) {
            return Ok(found);
        }
        Err(format!("{}: cargo failed:\n{}", folder.display(), stderr(&output)))
    }

    /// Resolves and downloads the dependencies of the package in `folder`. Returns cargo's metadata
    /// as JSON.
    pub fn metadata(&self, folder: &Path) -> Result<String> {
        let mut command = self.command(folder);
        command.args(["metadata", "--format-version=1", "--quiet"]);
        let output = run(command, folder)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("{}: `cargo metadata` failed:\n{}", folder.display(), stderr(&output)))
    }

    fn command(&self, folder: &Path) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(folder);
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_TERM_COLOR", "never");
        // Both take gigabytes and do not make a check faster.
        command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        command
    }
}

fn run(mut command: Command, folder: &Path) -> Result<Output> {
    command.output().map_err(|error| format!("{}: cannot run cargo: {error}", folder.display()))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

/// Reads the messages about the package in `folder` from the output of `--message-format=json`.
fn messages(output: &str, folder: &Path) -> Vec<Diagnostic> {
    #[derive(Deserialize)]
    struct Line {
        message: Option<Diagnostic>,
        manifest_path: Option<PathBuf>,
    }

    let manifest = folder.join("Cargo.toml");
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines
        .filter(|line| line.manifest_path.as_ref() == Some(&manifest))
        .filter_map(|line| line.message)
        // Such as "aborting due to 2 previous errors".
        .filter(|message| !message.spans.is_empty() || !message.message.starts_with("aborting"))
        .collect()
}
