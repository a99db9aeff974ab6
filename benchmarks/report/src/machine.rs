//! The machine and the versions of a measurement.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use scenarios::callgrind;

/// Returns a line for each fact on which a figure depends.
pub(crate) fn facts() -> String {
    let valgrind = callgrind::version().unwrap_or_else(|error| error.to_string());
    let facts = [
        ("Date", said("date", &["-u", "+%F"])),
        ("Processor", processor()),
        ("Logical processors", cores()),
        ("Load before it began, mean of a minute", load()),
        ("Kernel", said("uname", &["-sr"])),
        ("Compiler", said("rustc", &["--version"])),
        ("Valgrind", valgrind),
    ];
    let lines = facts.map(|(what, which)| format!("{what}\t{}\n", which.replace('\t', " ")));
    format!("what\twhich\n{}", lines.concat())
}

/// Returns the number of processes that wanted a processor. Above zero, other programs were
/// running.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().filter(|load| !load.is_empty()).map_or_else(unknown, str::to_owned)
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(unknown, |(_, model)| model.trim().to_owned())
}

fn cores() -> String {
    thread::available_parallelism().map_or_else(|_| unknown(), |cores| cores.to_string())
}

/// Returns the first line that a program prints.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(unknown)
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The packages whose dependencies include the measured libraries, subscribers and recorders.
const MEASURED: [&str; 4] = ["own", "observed", "peers", "test-clocked"];

/// Returns the names and versions of the dependencies of [`MEASURED`], from the lock file.
pub(crate) fn versions(root: &Path) -> Result<Vec<(String, String)>, String> {
    let file = root.join("Cargo.lock");
    let lock = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(versions_in(&lock))
}

fn versions_in(lock: &str) -> Vec<(String, String)> {
    let value = |package: &str, key: &str| {
        let line =
            package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let packages: Vec<&str> = lock.split("[[package]]").collect();
    let measured = packages.iter().filter(|package| {
        value(package, "name").is_some_and(|name| MEASURED.contains(&name.as_str()))
    });
    let mut versions = Vec::new();
    for line in measured.flat_map(|package| package.lines()) {
        let Some(named) = line.trim().strip_prefix('"') else { continue };
        let named = named.trim_end_matches("\",");
        // A name, followed by a version if there are several.
        let mut words = named.split(' ');
        let (Some(name), version) = (words.next(), words.next()) else { continue };
        let found = packages.iter().find(|package| {
            value(package, "name").as_deref() == Some(name)
                && package.contains("\nsource = ")
                && version
                    .is_none_or(|version| value(package, "version").as_deref() == Some(version))
        });
        if let Some(version) = found.and_then(|package| value(package, "version")) {
            versions.push((name.to_owned(), version));
        }
    }
    versions.sort();
    versions.dedup();
    versions
}

#[cfg(test)]
mod tests {
    use super::versions_in;

    #[test]
    fn versions_are_those_of_the_direct_dependencies() {
        let lock = r#"
[[package]]
name = "peers"
version = "0.0.0"
dependencies = [
 "own",
 "rand 0.9.5",
]

[[package]]
name = "own"
version = "0.0.0"

[[package]]
name = "rand"
version = "0.8.1"
source = "registry"

[[package]]
name = "rand"
version = "0.9.5"
source = "registry"
"#;
        assert_eq!(versions_in(lock), [("rand".to_owned(), "0.9.5".to_owned())]);
    }
}
