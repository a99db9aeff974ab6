//! Reads the scenarios from their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fields::{Failure, Fields, typed};

/// The files in a folder of scenarios.
const FILES: [&str; 3] = ["retry.json", "breaker.json", "budget.json"];

/// The format that this reader supports.
const FORMAT: u64 = 1;

/// A scenario. The fields in `config`, `steps` and `expect` depend on its kind.
pub(crate) struct Scenario {
    pub(crate) file: &'static str,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) dialect: String,
    pub(crate) config: Value,
    pub(crate) steps: Vec<Value>,
    pub(crate) expect: Value,
}

/// Returns the folder of `CONFORMANCE_DIR`, or that of this test.
pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("CONFORMANCE_DIR") {
        Some(folder) => folder.into(),
        None => own_folder(),
    }
}

/// Returns the folder of this test.
pub(crate) fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// Returns all scenarios of a folder, or all errors in its files.
pub(crate) fn load(folder: &Path) -> Result<Vec<Scenario>, Vec<String>> {
    let mut scenarios = Vec::new();
    let mut problems = Vec::new();
    for file in FILES {
        let path = folder.join(file);
        let read =
            fs::read_to_string(&path).map_err(|error| format!("cannot be read: {error}")).and_then(
                |text| serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}")),
            );
        match read {
            Ok(content) => {
                for scenario in parse(file, &content) {
                    match scenario {
                        Ok(scenario) => scenarios.push(scenario),
                        Err(problem) => problems.push(format!("{}: {problem}", path.display())),
                    }
                }
            }
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for Scenario { id, file, .. } in &scenarios {
        if let Some(other) = first.insert(id, file) {
            problems.push(format!("{}: {id}: also in {other}", folder.join(file).display()));
        }
    }
    if problems.is_empty() { Ok(scenarios) } else { Err(problems) }
}

fn parse(file: &'static str, content: &Value) -> Vec<Result<Scenario, String>> {
    let list = Fields::read(content, "the file", |fields| {
        let format: u64 = fields.need("format")?;
        if format != FORMAT {
            return Err(Failure::Malformed(format!(
                "the file.format: must be {FORMAT}, is {format}"
            )));
        }
        fields.get::<String>("note")?;
        let scenarios: Vec<Value> = fields.need("scenarios")?;
        if scenarios.is_empty() {
            return Err(Failure::Malformed("the file.scenarios: is empty".to_owned()));
        }
        Ok(scenarios)
    });
    match list {
        Ok(list) => (1..).zip(&list).map(|(number, value)| one(file, number, value)).collect(),
        Err(failure) => vec![Err(text(failure))],
    }
}

fn one(file: &'static str, number: usize, value: &Value) -> Result<Scenario, String> {
    // A scenario without an id is named by its position.
    let place = match value.get("id").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => format!("scenario {number}"),
    };
    Fields::read(value, &place, |fields| {
        fields.need::<Map<String, Value>>("source")?;
        let status: String = fields.need("status")?;
        if status != "transcribed" && status != "derived" {
            return Err(Failure::Malformed(format!(
                "{place}.status: must be \"transcribed\" or \"derived\", is {status:?}"
            )));
        }
        fields.get::<Vec<String>>("requires")?;
        fields.get::<String>("notes")?;
        let object = |key| {
            let value: Value = fields.need(key)?;
            typed::<Map<String, Value>>(&value, &fields.place(key)).map(|_| value)
        };
        Ok(Scenario {
            file,
            id: fields.need("id")?,
            kind: fields.need("kind")?,
            dialect: fields.need("dialect")?,
            config: object("config")?,
            steps: fields.need("steps")?,
            expect: object("expect")?,
        })
    })
    .map_err(text)
}

/// Formats an error. Outside of `config`, `steps` and `expect` an unknown field is an error of the
/// file, because nothing there depends on the dialect.
fn text(failure: Failure) -> String {
    match failure {
        Failure::Malformed(what) | Failure::NotExpressible(what) => what,
        other => format!("{other:?}"),
    }
}
