//! A generated Cargo project, and the processor time that commands take in it.

use crate::failure::{Failure, Result, of_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// The folder of the projects.
fn home() -> PathBuf {
    above(1).join("target/compile-cost")
}

/// The folder of the tables, shared by all measurements.
pub(crate) fn measurements() -> PathBuf {
    above(1).join("target/measurements")
}

/// The folder this many levels above this crate's: 1 is `benchmarks`, and 2 is retry-utils.
fn above(levels: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(levels)
        .unwrap_or(Path::new("/"))
        .to_owned()
}

/// Seconds of processor time of a command and all child processes that it waited for.
pub(crate) type CpuSeconds = f64;

pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// Writes the manifest and the sources (path and text), and fetches the dependencies.
    pub(crate) fn create(
        name: &str,
        dependencies: &str,
        sources: &[(String, String)],
    ) -> Result<Self> {
        let root = home().join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        let dependencies = dependencies.replace("{FACADE}", &above(2).display().to_string());
        let manifest = format!(
            "[package]\nname = \"project\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [workspace]\n\n[dependencies]\n{}\n",
            dependencies.trim()
        );
        let project = Self { root };
        project.write("Cargo.toml", &manifest)?;
        for (path, text) in sources {
            project.write(path, text)?;
        }
        // A lock file of an earlier run could have other versions than newer projects.
        let lock = project.root.join("Cargo.lock");
        if lock.exists() {
            of_file("remove", &lock, fs::remove_file(&lock))?;
        }
        project.output(&["cargo", "fetch"])?;
        Ok(project)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.root.join(path);
        let folder = path.parent().unwrap_or(&self.root);
        of_file("make the folder", folder, fs::create_dir_all(folder))?;
        of_file("write", &path, fs::write(&path, text))
    }

    /// Deletes every build, so the next one is cold.
    pub(crate) fn clean(&self) -> Result<()> {
        let target = self.target();
        if target.exists() {
            of_file("remove", &target, fs::remove_dir_all(&target))?;
        }
        Ok(())
    }

    /// Changes the modification time of a source file.
    pub(crate) fn touch(&self, path: &str) -> Result<()> {
        let path = self.root.join(path);
        let file = of_file("open", &path, fs::File::options().append(true).open(&path))?;
        of_file("touch", &path, file.set_modified(SystemTime::now()))
    }

    fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Returns the path of a binary, by the folder of its profile.
    pub(crate) fn binary(&self, folder: &str, name: &str) -> PathBuf {
        self.target().join(folder).join(name)
    }

    /// Returns each crate of the normal, build and macro dependencies as `name version`, without
    /// the project itself; with `direct`, only direct ones.
    pub(crate) fn crates(&self, direct: bool) -> Result<Vec<String>> {
        let mut words = vec!["cargo", "tree", "--offline", "-e", "no-dev", "--prefix", "none"];
        if direct {
            words.extend(["--depth", "1"]);
        }
        let output = self.output(&words)?;
        let mut crates: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                Some(format!("{} {}", words.next()?, words.next()?.trim_start_matches('v')))
            })
            .filter(|name| !name.starts_with("project "))
            .collect();
        crates.sort();
        crates.dedup();
        Ok(crates)
    }

    /// Runs `cargo build` or `cargo check`. Fails if there was nothing to do.
    pub(crate) fn build(&self, arguments: &[&str]) -> Result<CpuSeconds> {
        let words = [&["cargo"], arguments, &["--offline", "-j2"]].concat();
        self.times(&words).map(|(user, system)| user + system)
    }

    /// Runs the same with one job, incremental or not, and returns the user time without the system
    /// time.
    pub(crate) fn user_time(&self, arguments: &[&str], incremental: bool) -> Result<CpuSeconds> {
        let incremental = format!("CARGO_INCREMENTAL={}", u8::from(incremental));
        let words = [&["env", &incremental, "cargo"], arguments, &["--offline", "-j1"]].concat();
        self.times(&words).map(|(user, _)| user)
    }

    /// Runs an incremental `cargo check`, and returns the instructions that rustc takes for the
    /// project itself.
    pub(crate) fn instructions(&self) -> Result<f64> {
        let wrapper = self.root.join("count-instructions");
        let script = "#!/bin/sh\nexec valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \"$@\"\n";
        self.write("count-instructions", script)?;
        let executable = fs::Permissions::from_mode(0o755);
        of_file("make executable", &wrapper, fs::set_permissions(&wrapper, executable))?;
        let wrapper = format!("RUSTC_WORKSPACE_WRAPPER={}", wrapper.display());
        let incremental = ["env", &wrapper, "CARGO_INCREMENTAL=1"];
        let words = [&incremental[..], &["cargo", "check", "--offline", "-j1"]].concat();
        let output = self.output(&words)?;
        String::from_utf8_lossy(&output.stderr)
            .lines()
            .find_map(|line| line.split_once("I   refs:"))
            .and_then(|(_, count)| count.trim().replace(',', "").parse().ok())
            .ok_or_else(|| self.failure(&words, "left no count behind", &output))
    }

    /// Returns the user time and the system time of a build, as bash reports them.
    fn times(&self, words: &[&str]) -> Result<(CpuSeconds, CpuSeconds)> {
        let time = ["bash", "-c", "TIMEFORMAT='%U %S'; time \"$@\"", "bash"];
        let output = self.output(&[&time, words].concat())?;
        let text = String::from_utf8_lossy(&output.stderr);
        if !text.contains("Compiling project") && !text.contains("Checking project") {
            return Err(self.failure(words, "built nothing anew", &output));
        }
        text.lines()
            .last()
            .and_then(|line| {
                let (user, system) = line.split_once(' ')?;
                Some((user.parse().ok()?, system.parse().ok()?))
            })
            .ok_or_else(|| self.failure(words, "left no times behind", &output))
    }

    /// Runs the binary, to check that it works.
    pub(crate) fn run(&self, binary: &Path) -> Result<()> {
        self.output(&[&binary.display().to_string()]).map(|_| ())
    }

    fn output(&self, words: &[&str]) -> Result<Output> {
        let output = Command::new(words[0])
            .args(&words[1..])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.target())
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TERM_COLOR", "never")
            .env("LC_ALL", "C")
            // Flags of the caller are not part of a user's build.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER")
            .output()
            .map_err(|error| Failure(format!("could not start `{}`: {error}", words[0])))?;
        if output.status.success() {
            return Ok(output);
        }
        Err(self.failure(words, &format!("failed ({})", output.status), &output))
    }

    fn failure(&self, words: &[&str], what: &str, output: &Output) -> Failure {
        Failure(format!(
            "in {}: `{}` {what}:\n{}{}",
            self.root.display(),
            words.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}
