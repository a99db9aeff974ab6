//! Compares the public API with the committed lists, so that no change goes unnoticed.
//! `UPDATE_EXPECT=1 cargo test -p public-api-list` rewrites the lists.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use public_api::Builder;

/// Returns a line for each public item of a package with all features, sorted by path.
fn public_api(package: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target/public-api");
    let mut rustdoc = Command::new("cargo");
    rustdoc
        .current_dir(&root)
        // JSON output is unstable, also in a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["rustdoc", "--quiet", "--lib", "--all-features", "-j2", "--package", package])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]);
    let status = rustdoc.status().expect("cargo starts");
    assert!(status.success(), "{rustdoc:?}");
    let json = target.join("doc").join(package.replace('-', "_")).with_extension("json");
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("the version of `public-api` reads the JSON of this compiler");
    api.to_string()
}

fn assert_unchanged(package: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(package).with_extension("txt");
    let api = public_api(package);
    if env::var_os("UPDATE_EXPECT").is_some() {
        return fs::write(path, api).expect("the list can be written");
    }
    let listed = fs::read_to_string(path).expect("the list exists");
    let missing_in = |text: &str, line: &&str| !text.lines().any(|known| known == *line);
    let added: Vec<&str> = api.lines().filter(|line| missing_in(&listed, line)).collect();
    let removed: Vec<&str> = listed.lines().filter(|line| missing_in(&api, line)).collect();
    assert!(added.is_empty() && removed.is_empty(), "added {added:#?}, removed {removed:#?}");
}

#[test]
fn the_facade_exports_the_same_names() {
    assert_unchanged("retry-utils");
}

#[test]
fn the_fleet_has_the_same_items() {
    assert_unchanged("retry-fleet");
}

#[test]
fn the_page_has_the_same_items() {
    assert_unchanged("retry-page");
}

#[test]
fn the_runtime_has_the_same_items() {
    assert_unchanged("retry-runtime");
}
