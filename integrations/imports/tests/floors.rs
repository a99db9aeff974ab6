//! Checks the crates of the main workspace. Their floors are listed from the lowest to the highest.

use std::fs;
use std::path::Path;

use imports::{Floor, parse, problems};

fn assert_in_order(package: &str, floors: &[Floor]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(package).join("src");
    let modules = parse(&|file| fs::read_to_string(source.join(file)).ok());
    let problems = problems(&modules, floors);
    assert!(problems.is_empty(), "{package}:\n\n{}\n", problems.join("\n\n"));
}

#[test]
fn imports_in_the_runtime_point_down() {
    assert_in_order(
        "retry-runtime",
        &[
            // `http` is here because `failure` finds its errors in a `dyn Error`.
            (
                "ground",
                "backoff circuit_state clock failure http keys name random redact setters sync \
                 text_enum",
            ),
            ("events", "observe"),
            // `config` is here because a policy holds a budget, and a budget emits events.
            ("core", "breaker budget config run series session timeout"),
            (
                "shell",
                "env fleet layers middleware outcomes registry serde settings simulation sources \
                 stream testing",
            ),
            // Only generated code calls it.
            ("private", "private"),
            ("crate root", "lib"),
        ],
    );
}

#[test]
fn imports_in_the_macros_point_down() {
    assert_in_order(
        "retry-macros",
        &[
            (
                "ground",
                "diagnostics duration hygiene item keys runtime_path stack tokens types walk",
            ),
            ("arguments", "args derive/fields derive/kinds derive/parse"),
            ("model", "model shape"),
            ("check", "check derive/check"),
            ("expansion", "expand derive/expand"),
            ("entry points", "attribute derive"),
            ("crate root", "lib"),
        ],
    );
}

#[test]
fn imports_in_the_fleet_point_down() {
    assert_in_order(
        "retry-fleet",
        &[
            // These do not use breakers, clocks or servers.
            ("ground", "instance limits text"),
            ("registers", "leases record register votes"),
            ("wire", "wire"),
            ("scripts", "memory scripts"),
            ("ways to a server", "link transport"),
            ("between handle and loop", "control operator setup status view"),
            ("agent", "agent"),
            ("loop", "run"),
            ("API", "builder env fleet server"),
            ("crate root", "lib"),
        ],
    );
}

#[test]
fn imports_in_the_page_point_down() {
    assert_in_order(
        "retry-page",
        &[
            ("ground", "action hosts journal list refusal texts token"),
            ("fleet", "fleet"),
            ("contents", "report"),
            ("handlers", "control state"),
            ("router", "page"),
            ("crate root", "lib"),
        ],
    );
}
