//! The cost of a project with one call, for each library: the crates that it adds, and the
//! processor time of a cold build.

use crate::failure::{Failure, Result};
use crate::figures::{Spread, Table};
use crate::libraries::{LIBRARIES, Library};
use crate::project::{CpuSeconds, Project};

struct Hello {
    library: &'static Library,
    project: Project,
    debug: Vec<CpuSeconds>,
    release: Vec<CpuSeconds>,
}

/// Measures the libraries of these names, or all. Rounds are interleaved: each library once, then
/// each again.
pub(crate) fn measure(runs: usize, only: &[String]) -> Result<()> {
    let mut hellos = create(only)?;
    for round in 1..=runs {
        for hello in &mut hellos {
            hello.round(round)?;
        }
    }
    let mut table = Table::new(
        &[
            "A project of one call",
            "The number of crates in the dependency tree, without the project, and seconds of \
             processor time (user and system) of a cold build: the median of the runs, the minimum \
             and the maximum. `common` has dependencies that many projects already have (serde's \
             derive, thiserror and tokio's macros). `common+…` adds the library to them.",
        ],
        "library crates runs debug_cpu_s debug_min debug_max release_cpu_s release_min release_max versions",
    );
    for hello in &hellos {
        table.row(&format!(
            "{}\t{}\t{runs}\t{}\t{}\t{}",
            hello.library.name,
            hello.project.crates(false)?.len(),
            Spread::of(hello.debug.iter().copied()),
            Spread::of(hello.release.iter().copied()),
            hello.project.crates(true)?.join(", "),
        ));
    }
    table.save("build-hello.tsv")
}

fn create(only: &[String]) -> Result<Vec<Hello>> {
    if let Some(unknown) = only.iter().find(|name| LIBRARIES.iter().all(|l| l.name != **name)) {
        let names: Vec<_> = LIBRARIES.iter().map(|library| library.name).collect();
        return Err(Failure(format!(
            "--only {unknown}: no such library; the libraries are {}",
            names.join(", ")
        )));
    }
    LIBRARIES
        .iter()
        .filter(|library| only.is_empty() || only.iter().any(|name| name == library.name))
        .map(|library| {
            let sources = [("src/main.rs".to_owned(), library.hello.to_owned())];
            let name = format!("hello-{}", library.name);
            let project = Project::create(&name, library.dependencies, &sources)?;
            Ok(Hello { library, project, debug: Vec::new(), release: Vec::new() })
        })
        .collect()
}

impl Hello {
    fn round(&mut self, round: usize) -> Result<()> {
        self.project.clean()?;
        let debug = self.project.build(&["build"])?;
        let release = self.project.build(&["build", "--release"])?;
        self.project.run(&self.project.binary("debug", "project"))?;
        eprintln!(
            "hello, round {round}: {} {debug:.2} s, release {release:.2} s",
            self.library.name
        );
        self.debug.push(debug);
        self.release.push(release);
        Ok(())
    }
}
