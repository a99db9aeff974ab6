//! Runs the model checks of breakers and budgets, which need a build of their own: std's atomics
//! are the checker's there.

use std::env;
use std::path::Path;
use std::process::Command;

#[test]
fn every_race_of_the_models_ends_well() {
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--package", "retry-runtime", "--lib", "--release", "-j2", "models::"])
        .env("CARGO_TARGET_DIR", target.join("shuttle"))
        .env("RUSTFLAGS", "--cfg retry_utils_shuttle")
        // It would hide the flags above.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    let passed = said.lines().filter(|line| line.ends_with(" ... ok")).count();
    assert!(passed >= 62, "only {passed} models ran:\n{said}");
    println!("{passed} models hold");
}
