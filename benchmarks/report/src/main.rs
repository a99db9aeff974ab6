//! Runs every measurement and writes `RESULTS.md` with its charts.
//!
//! `report measure` measures; `report write` writes from what was measured last, here and
//! elsewhere.
//!
//! | module | what |
//! |---|---|
//! | `measure` | runs the binaries, and keeps what they print as tab-separated files |
//! | `table` | reads those |
//! | `figures` | what is known of each contestant |
//! | `machine` | what it was measured on |
//! | `verdict` | who is better, equal or worse, by the figures alone |
//! | `results`, `sections` | the text |
//! | `charts` | the pictures |

mod charts;
mod figures;
mod machine;
mod measure;
mod results;
mod sections;
mod table;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use figures::Figures;

/// The folders that the commands use.
struct Folders {
    /// `benchmarks`.
    root: PathBuf,
    /// What the binaries print. Other measurements write their tables here too.
    measurements: PathBuf,
    /// The binaries.
    binaries: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["measure"] => folders()
            .and_then(|folders| measure::everything(&folders.binaries, &folders.measurements)),
        ["write"] => folders().and_then(|folders| write(&folders)),
        _ => {
            Err(format!("unknown arguments `{}`\nusage: report measure|write", arguments.join(" ")))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn write(folders: &Folders) -> Result<(), String> {
    let figures = Figures::read(&folders.measurements)?;
    let charts = charts::draw(&figures, &folders.root.join("charts"))?;
    let text = results::text(&figures, &charts, &folders.root, &folders.measurements)?;
    let file = folders.root.join("RESULTS.md");
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn folders() -> Result<Folders, String> {
    let binary =
        std::env::current_exe().map_err(|error| format!("the path of this binary: {error}"))?;
    let binaries = binary.parent().unwrap_or(Path::new(".")).to_owned();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.parent().unwrap_or(package).to_owned();
    let measurements = root.join("target/measurements");
    Ok(Folders { root, measurements, binaries })
}
