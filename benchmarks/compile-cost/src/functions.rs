//! The cost of annotating many functions: processor time to compile them, and code in the binary.

use crate::failure::{Failure, Result};
use crate::figures::{Spread, Table};
use crate::project::{CpuSeconds, Project};
use crate::variants::{
    BACKED_OFF, BOTH, BREAKER, Command, INSTRUMENTED, PLAIN, RETRY, Variant, binary_of,
};

/// The first one is the reference for the others.
const VARIANTS: [&Variant; 6] = [&PLAIN, &RETRY, &BREAKER, &BOTH, &INSTRUMENTED, &BACKED_OFF];
const SIZES: [usize; 3] = [10, 100, 400];

/// One program: a variant at a size.
struct Program {
    check: Vec<CpuSeconds>,
    release: Vec<CpuSeconds>,
    text: u64,
}

/// Measures all programs. Rounds are interleaved: every program once, then every program again.
pub(crate) fn measure(runs: usize) -> Result<()> {
    let projects = VARIANTS.iter().map(|v| v.project()).collect::<Result<Vec<_>>>()?;
    let mut sizes = Vec::new();
    for _ in SIZES {
        let none = || Program { check: Vec::new(), release: Vec::new(), text: 0 };
        sizes.push(projects.iter().map(|_| none()).collect::<Vec<_>>());
    }
    for round in 1..=runs {
        for (&functions, programs) in SIZES.iter().zip(&mut sizes) {
            for ((variant, project), program) in VARIANTS.iter().zip(&projects).zip(programs) {
                let check = Command::Check.rebuild(project, functions)?;
                let release = Command::Release.rebuild(project, functions)?;
                eprintln!(
                    "functions, round {round}: {functions} {}: check {check:.2} s, release {release:.2} s",
                    variant.name
                );
                program.check.push(check);
                program.release.push(release);
            }
        }
    }
    for (&functions, programs) in SIZES.iter().zip(&mut sizes) {
        for (project, program) in projects.iter().zip(programs) {
            program.text = text_bytes(project, functions)?;
        }
    }
    table(runs, &sizes).save("build-functions.tsv")
}

fn table(runs: usize, sizes: &[Vec<Program>]) -> Table {
    let mut table = Table::new(
        &[
            "Annotated functions",
            "Seconds of processor time to check and to build a crate with this many functions, \
             whose dependencies are already built, and the size of its text section. The size per \
             function is the difference to the plain functions, including the library's own code. \
             The size per further function is the slope between the two largest crates.",
        ],
        "variant functions runs check_cpu_s check_min check_max check_times_plain \
         release_cpu_s release_min release_max release_times_plain \
         text_bytes text_per_function text_per_further_function",
    );
    for (at, (&functions, programs)) in SIZES.iter().zip(sizes).enumerate() {
        let plain = &programs[0];
        for (number, (variant, program)) in VARIANTS.iter().zip(programs).enumerate() {
            let more = program.text as f64 - plain.text as f64;
            // Excludes code that is there once, for any number of functions.
            let further = at.checked_sub(1).map(|before| {
                let less = sizes[before][number].text as f64 - sizes[before][0].text as f64;
                (more - less) / (functions - SIZES[before]) as f64
            });
            table.row(&format!(
                "{}\t{functions}\t{runs}\t{}\t{:.2}\t{}\t{:.2}\t{}\t{:.0}\t{}",
                variant.name,
                Spread::of(program.check.iter().copied()),
                Spread::of_ratios(&program.check, &plain.check).median,
                Spread::of(program.release.iter().copied()),
                Spread::of_ratios(&program.release, &plain.release).median,
                program.text,
                more / functions as f64,
                further.map_or_else(String::new, |bytes| format!("{bytes:.0}")),
            ));
        }
    }
    table
}

/// Returns the size of the machine code in the release binary, as reported by `size` of binutils.
fn text_bytes(project: &Project, functions: usize) -> Result<u64> {
    let path = project.binary("release", &binary_of(functions));
    let output = std::process::Command::new("size")
        .args(["-A", "-d"])
        .arg(&path)
        .output()
        .map_err(|error| Failure(format!("could not start `size` of binutils: {error}")))?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == ".text").then(|| words.next()?.parse().ok())?
        })
        .ok_or_else(|| Failure(format!("`size` found no .text in {}", path.display())))
}
