//! Programs of many small functions. Variants differ only in the attributes of the functions.

use crate::failure::Result;
use crate::libraries::{BACKON, INSTRUMENT, OURS};
use crate::project::Project;
use std::fmt::Write as _;

/// The sizes. Each is a binary of every variant's project, so all sizes share the dependencies.
const SIZES: [usize; 4] = [10, 100, 200, 400];

/// One way to annotate a function.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    dependencies: &'static str,
    prelude: &'static str,
    attributes: &'static str,
}

pub(crate) const PLAIN: Variant =
    Variant { name: "plain", dependencies: "", prelude: FAILURE, attributes: "" };
pub(crate) const RETRY: Variant = Variant {
    name: "retry",
    dependencies: OURS,
    prelude: OUR_FAILURE,
    attributes: "#[async_retry(STANDARD)]\n",
};
pub(crate) const BREAKER: Variant = Variant {
    name: "breaker",
    dependencies: OURS,
    prelude: OUR_FAILURE,
    attributes: "#[circuit_breaker(API)]\n",
};
pub(crate) const BOTH: Variant = Variant {
    name: "both",
    dependencies: OURS,
    prelude: OUR_FAILURE,
    attributes: "#[circuit_breaker(API)]\n#[async_retry(STANDARD)]\n",
};
pub(crate) const INSTRUMENTED: Variant = Variant {
    name: "instrument",
    dependencies: INSTRUMENT,
    prelude: FAILURE,
    attributes: "#[tracing::instrument(skip_all)]\n",
};
pub(crate) const BACKED_OFF: Variant = Variant {
    name: "backon",
    dependencies: BACKON,
    prelude: include_str!("../templates/functions/backon.rs"),
    attributes: "#[backon(backoff = backon::ExponentialBuilder::default, sleep = tokio::time::sleep, \
                 when = Failure::is_transient)]\n",
};

const FAILURE: &str = include_str!("../templates/functions/failure.rs");
const OUR_FAILURE: &str = include_str!("../templates/functions/retry_utils.rs");
const BLOCK_ON: &str = include_str!("../templates/block_on.rs");
const PROGRAM: &str = include_str!("../templates/functions/program.rs");

impl Variant {
    /// Creates the variant's project with a binary of each size. Its dependencies are built for
    /// both `check` and `build`.
    pub(crate) fn project(&self) -> Result<Project> {
        let sources: Vec<_> = SIZES
            .iter()
            .map(|&functions| (source_of(functions), self.program(functions)))
            .collect();
        let name = format!("functions-{}", self.name);
        let project = Project::create(&name, self.dependencies, &sources)?;
        eprintln!("building what {} depends on", self.name);
        for command in [Command::Check, Command::Release] {
            command.rebuild(&project, SIZES[0])?;
        }
        Ok(project)
    }

    /// Returns the source. A table reaches all functions, so the linker keeps each and the compiler
    /// inlines none.
    fn program(&self, functions: usize) -> String {
        let mut program = format!("{}{PROGRAM}{BLOCK_ON}", self.prelude);
        for number in 0..functions {
            let _ = write!(
                program,
                "\n{}pub async fn call_{number}(id: u32, name: &str) -> Result<u32, Failure> {{\n    \
                 if id == {number} {{\n        return Err(Failure::Down);\n    }}\n    \
                 let length = measure(name).await?;\n    Ok(length + {number} * id)\n}}\n",
                self.attributes
            );
        }
        program.push_str("\nstatic CALLS: &[Call] = &[\n");
        for number in 0..functions {
            let _ = writeln!(program, "    |id, name| Box::pin(call_{number}(id, name)),");
        }
        program.push_str("];\n");
        program
    }
}

/// The measured command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Command {
    /// `cargo check`, which editors run, and developers between two tests.
    Check,
    /// An optimized build, with linking.
    Release,
}

impl Command {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Command::Check => "check",
            Command::Release => "build --release",
        }
    }

    /// Returns the processor time of rebuilding only the program with this many functions.
    pub(crate) fn rebuild(self, project: &Project, functions: usize) -> Result<f64> {
        project.touch(&source_of(functions))?;
        let binary = binary_of(functions);
        match self {
            Command::Check => project.build(&["check", "--bin", &binary]),
            Command::Release => project.build(&["build", "--release", "--bin", &binary]),
        }
    }
}

pub(crate) fn binary_of(functions: usize) -> String {
    format!("functions_{functions}")
}

fn source_of(functions: usize) -> String {
    format!("src/bin/{}.rs", binary_of(functions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_differs_from_the_plain_one_by_prelude_and_attributes_alone() {
        let plain = PLAIN.program(3);
        let instrumented = INSTRUMENTED.program(3);
        assert_eq!(instrumented.replace(INSTRUMENTED.attributes, ""), plain);
        assert_eq!(instrumented.matches(INSTRUMENTED.attributes).count(), 3);
    }
}
