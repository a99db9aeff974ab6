//! Runs every measurement and writes `RESULTS.md` with its charts.
//!
//! `report measure` measures. `report write` writes the text from the last measurements.
//!
//! | module | content |
//! |---|---|
//! | `measure` | runs the binaries, and saves their output as tab-separated files |
//! | `table` | reads these files |
//! | `figures` | the figures of each contestant |
//! | `machine` | the machine and the versions |
//! | `comparison` | the comparison with other contestants, from the figures alone |
//! | `results`, `sections` | the text |
//! | `charts` | the charts |

mod charts;
mod comparison;
mod figures;
mod machine;
mod measure;
mod results;
mod sections;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use figures::Figures;

/// The folders that the commands use.
struct Folders {
    /// `benchmarks`.
    root: PathBuf,
    /// The folder of the binaries' output. Other measurements write their tables to it too.
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
