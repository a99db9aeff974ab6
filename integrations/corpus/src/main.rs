//! Measures whether `#[async_retry]` and `#[circuit_breaker]` work on existing libraries.
//!
//! The tool downloads async libraries at pinned versions, adds one attribute to every async
//! function that returns a `Result`, and runs `cargo check`. If a function does not compile, it
//! follows the advice in the error message: `clone(x)`, `shared(x)`, `once(…)`, or `+ Clone` on a
//! generic argument. If no advice is left, it removes the attribute and records the reason. The
//! tables show how many functions needed each change.
//!
//! CI does not run the tool. Run it in `integrations` after a change to the macros:
//!
//! ```text
//! cargo run -p corpus                          # all libraries, both attributes
//! cargo run -p corpus -- --crate redis         # one library
//! cargo run -p corpus -- --facade PATH         # another checkout of retry-utils
//! cargo run -p corpus -- --help                # all options
//! ```
//!
//! The tool writes a line for each function to `target/corpus/LIBRARY/VARIANT.txt`. To compare two
//! versions of the macros, use `diff`.
//!
//! Only functions that the compiler sees with the chosen features are counted. To find them, the
//! tool marks each function with an unknown lint, which the compiler names in a warning. Functions
//! inside macros that accept no attribute are not counted.

mod advice;
mod annotate;
mod blame;
mod cargo;
mod crates;
mod fetch;
mod find;
mod measure;
mod options;
mod probe;
mod report;
mod source;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use annotate::{Known, Variant};
use cargo::Cargo;
use crates::{LIBRARIES, Library};
use measure::{Baseline, Outcome};
use options::Options;
use report::Tally;
use source::Source;

/// A result whose error is a text with the place and the cause.
type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{}", options::USAGE);
        return ExitCode::SUCCESS;
    }
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The measurements of one attribute.
struct Results {
    variant: Variant,
    rows: Vec<(String, Tally)>,
    outcomes: Vec<Outcome>,
    warnings: Vec<String>,
}

fn run(options: &Options) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let facade = absolute(&options.facade.clone().unwrap_or_else(|| here.join("../..")))?;
    let work = options.work.clone().unwrap_or_else(|| here.join("../target/corpus"));
    fetch::create(&work)?;
    let work = absolute(&work)?;
    let cargo = Cargo { target: work.join("target"), jobs: options.jobs, clippy: options.clippy };
    let known = probe::probe(&facade, &work.join("probe"), &cargo)?;
    if !known.once {
        eprintln!("the macros do not support `once(…)`: `+ Clone` is used instead");
    }
    let libraries = chosen(options)?;
    let variants = Variant::ALL.into_iter();
    let variants = variants.filter(|variant| options.variant.is_none_or(|only| only == *variant));
    let mut results: Vec<Results> = variants
        .map(|variant| Results { variant, rows: vec![], outcomes: vec![], warnings: vec![] })
        .collect();
    for library in libraries {
        let folder = work.join(library.name);
        fetch::fetch(library, &facade, &folder, &cargo)?;
        measure(library, &folder, &cargo, known, options.keep, &mut results)?;
    }
    for results in &results {
        print(results, options.markdown);
    }
    Ok(())
}

fn chosen(options: &Options) -> Result<Vec<Library>> {
    let Some(name) = &options.library else { return Ok(LIBRARIES.to_vec()) };
    let library = LIBRARIES.iter().find(|library| library.name == name);
    let library = library.ok_or_else(|| {
        let names: Vec<&str> = LIBRARIES.iter().map(|library| library.name).collect();
        format!("unknown library `{name}`: choose one of {}", names.join(", "))
    })?;
    Ok(vec![*library])
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))
}

/// Measures one library with each attribute.
fn measure(
    library: Library,
    folder: &Path,
    cargo: &Cargo,
    known: Known,
    keep: bool,
    results: &mut [Results],
) -> Result<()> {
    let started = Instant::now();
    let source = Source::read(&folder.join("source"))?;
    for file in &source.unparsed {
        eprintln!("{}: syn cannot parse {file}, so its functions are skipped", library.name);
    }
    let baseline = Baseline::check(source, library.features, cargo)?;
    let functions = baseline.source.functions.len();
    let warnings = baseline.warnings();
    let elapsed = started.elapsed();
    eprintln!("{}: {functions} functions, {warnings} warnings, {elapsed:.0?}", library.name);
    if baseline.refused > 0 {
        eprintln!("{}: {} more in macros that accept no attribute", library.name, baseline.refused);
    }
    for results in results {
        let started = Instant::now();
        let measured = baseline.measure(results.variant, known, cargo)?;
        let name = results.variant.name();
        eprintln!("{} {name}: {} checks, {:.0?}", library.name, measured.checks, started.elapsed());
        let list = folder.join(format!("{name}.txt"));
        fetch::write(&list, &report::list(&measured.outcomes))?;
        let prefixed = |text: String| format!("{}: {text}", library.name);
        results.rows.push((library.name.to_owned(), Tally::of(&measured.outcomes)));
        results.outcomes.extend(
            measured
                .outcomes
                .into_iter()
                .map(|outcome| Outcome { function: prefixed(outcome.function), ..outcome }),
        );
        results.warnings.extend(measured.warnings.into_iter().map(prefixed));
        if keep {
            let kept = folder.join(name);
            fetch::copy(&baseline.source.folder, &kept)?;
            eprintln!("{} {name}: annotated source in {}", library.name, kept.display());
        }
    }
    baseline.source.write(|_, _| Vec::new())?;
    Ok(())
}

fn print(results: &Results, markdown: bool) {
    println!("{}", report::table(results.variant.name(), &results.rows, markdown));
    let reasons = report::reasons(&results.outcomes, markdown);
    if !reasons.is_empty() {
        println!("{reasons}");
    }
    for warning in &results.warnings {
        println!("new warning: {warning}");
    }
}
