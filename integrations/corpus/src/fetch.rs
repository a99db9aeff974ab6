//! Copies the source of a library from the registry and makes it a separate workspace.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Result;
use crate::cargo::Cargo;
use crate::crates::Library;

/// Files that would change how cargo builds the copy.
const LEFT_OUT: [&str; 6] =
    [".cargo", ".cargo-ok", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "target"];

/// Downloads `library` and copies it to `to`, with the facade as a dependency.
pub fn fetch(library: Library, facade: &Path, to: &Path, cargo: &Cargo) -> Result<()> {
    let package = download(library, &to.join("download"), cargo)?;
    let source = to.join("source");
    for folder in ["src", "tests", "examples", "benches"] {
        // An earlier copy may be annotated, or of another version.
        let old = source.join(folder);
        if old.exists() {
            fs::remove_dir_all(&old).map_err(|error| format!("{}: {error}", old.display()))?;
        }
    }
    copy(&package, &source)?;
    if library.is_deep {
        let root = source.join("src/lib.rs");
        write(&root, &format!("#![recursion_limit = \"256\"]\n{}", read(&root)?))?;
    }
    let manifest = source.join("Cargo.toml");
    let text = read(&manifest)?;
    write(&manifest, &own_workspace(&text, &source, facade))
}

/// Downloads the package with cargo. Returns its folder in the registry.
fn download(library: Library, project: &Path, cargo: &Cargo) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        manifest_path: PathBuf,
    }

    let Library { name, version, .. } = library;
    create(&project.join("src"))?;
    write(&project.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"download\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies.{name}]\nversion = \"={version}\"\ndefault-features = false\n"
    );
    write(&project.join("Cargo.toml"), &manifest)?;
    let json = cargo.metadata(project)?;
    let metadata: Metadata = serde_json::from_str(&json)
        .map_err(|error| format!("{name}: cannot read cargo's metadata: {error}"))?;
    let package = metadata.packages.into_iter().find(|package| {
        // The version that cargo reports may carry build metadata.
        package.name == name && package.version.split('+').next() == version.split('+').next()
    });
    let package =
        package.ok_or_else(|| format!("{name} {version} is missing from cargo's metadata"))?;
    let folder = package.manifest_path.parent().map(Path::to_path_buf);
    folder.ok_or_else(|| format!("{name}: {} has no folder", package.manifest_path.display()))
}

/// Adds a workspace and the facade to a manifest. Removes targets whose files are missing, because
/// cargo accepts them only in the registry.
fn own_workspace(manifest: &str, source: &Path, facade: &Path) -> String {
    let mut kept = String::new();
    for table in tables(manifest) {
        let is_target = ["[[bench]]", "[[bin]]", "[[example]]", "[[test]]"]
            .iter()
            .any(|header| table.starts_with(header));
        let path = table.lines().find_map(|line| line.strip_prefix("path = "));
        let missing = path.is_some_and(|path| !source.join(path.trim_matches('"')).exists());
        if table.starts_with("[workspace]") || is_target && missing {
            continue;
        }
        kept.push_str(table);
    }
    kept + &format!(
        "\n[workspace]\n\n[dependencies.retry-utils]\npath = {:?}\ndefault-features = false\n\
         features = [\"tokio\"]\n",
        facade.display().to_string()
    )
}

/// Splits a manifest into parts, each from its header to the next one.
fn tables(manifest: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = manifest.match_indices("\n[").map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([manifest.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| manifest.get(*start..end)).collect()
}

/// Copies a folder with its content.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    create(to)?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("{}: {error}", from.display()))?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(name));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
        }
    }
    Ok(())
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a text file.
pub fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Creates a folder and its parents.
pub fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_manifest_is_a_workspace_without_missing_targets() {
        let manifest = "[package]\nname = \"a\"\n\n[[test]]\nname = \"b\"\npath = \"no/such.rs\"\n";
        let made = own_workspace(manifest, Path::new("nowhere"), Path::new("/facade"));
        assert!(made.starts_with("[package]\nname = \"a\"\n"), "{made}");
        assert!(!made.contains("no/such.rs"), "{made}");
        assert!(made.contains("[workspace]"), "{made}");
        assert!(made.contains("path = \"/facade\""), "{made}");
    }
}
