//! Generates the workspace's hygiene test `tests/hygiene/names.rs`, in which each name that an
//! expansion binds is also an argument. The names come from the snapshots of the expansions, so a
//! new name is tested without a change here. `UPDATE_EXPECT=1` rewrites the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use expect_test::expect_file;

#[test]
fn every_name_in_an_expansion_is_an_argument_of_the_hygiene_test() -> io::Result<()> {
    let names = names_in_expansions()?;
    assert!(names.len() > 15, "hardly a name in the snapshots: {names:?}");
    expect_file!["../../tests/hygiene/names.rs"].assert_eq(&program_with(&names));
    Ok(())
}

/// Returns the locals of all expansions, without the prefix.
fn names_in_expansions() -> io::Result<BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots");
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder)? {
        let text = fs::read_to_string(file?.path())?;
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let locals = words.filter_map(|word| word.strip_prefix("__retry_utils_"));
        // Methods and marks are not locals.
        let others = ["known", "source", "reported"];
        let locals = locals.filter(|name| !name.starts_with("layer_") && !others.contains(name));
        names.extend(locals.map(str::to_owned));
    }
    Ok(names)
}

fn program_with(names: &BTreeSet<String>) -> String {
    // The variants of `Result` are imported under such names, and imports are not hygienic.
    let locals = names.iter().filter(|name| *name != "err" && *name != "ok");
    let prefixed = locals.map(|name| format!("__retry_utils_{name}"));
    let both: Vec<String> = names.iter().cloned().chain(prefixed).collect();
    let names: Vec<String> = names.iter().cloned().collect();
    let mut text = include_str!("names/head.rs").to_owned();
    // If a foreign attribute parses the body again, only the prefix keeps the names apart.
    for (function, attributes, names) in
        [("plain", "", &both), ("parsed_anew", "#[foreign_attributes::relex]", &names)]
    {
        let arguments = names.join(": u32, ") + ": u32";
        let sum = names.join(" + ");
        let ones = vec!["1"; names.len()].join(", ");
        let count = names.len();
        let _ = write!(
            text,
            "
#[circuit_breaker(API, failure_if = |_| {sum} > 0, failure_if_ok = |_| {sum} == 0)]
{attributes}
#[async_retry(QUICK, attempt_timeout = \"1s\", total_timeout = \"1m\", retry_if_ok = |_| {sum} == 0, on_retry = |_| assert_eq!({sum}, {count}), before_retry = async |_| assert_eq!({sum}, {count}), stop_on = async {{ if {sum} > 0 {{ std::future::pending().await }} }})]
async fn {function}(calls: &AtomicU32, {arguments}) -> Result<u32, Failed> {{
    match calls.fetch_add(1, Relaxed) {{
        0 => Err(Failed::Once),
        _ => Ok({sum}),
    }}
}}

#[test]
fn {function}_sees_its_own() {{
    assert_eq!(run({function}(&AtomicU32::new(0), {ones})), {count});
}}
"
        );
    }
    text
}
