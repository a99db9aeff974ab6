//! The files, and the scenarios in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fields::{Failure, Fields, typed};

/// The files of a folder of scenarios.
const FILES: [&str; 3] = ["retry.json", "breaker.json", "budget.json"];

/// The format that this reader knows.
const FORMAT: u64 = 1;

/// One scenario; what `config`, `steps` and `expect` may hold depends on its kind.
pub(crate) struct Scenario {
    pub(crate) file: &'static str,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) dialect: String,
    pub(crate) config: Value,
    pub(crate) steps: Vec<Value>,
    pub(crate) expect: Value,
}

/// The folder that comes with this test, or the one that `CONFORMANCE_DIR` names.
pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("CONFORMANCE_DIR") {
        Some(folder) => folder.into(),
        None => own_folder(),
    }
}

/// The folder that comes with this test.
pub(crate) fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// All scenarios of a folder, or everything that is wrong with its files.
pub(crate) fn load(folder: &Path) -> Result<Vec<Scenario>, Vec<String>> {
    let mut scenarios = Vec::new();
    let mut mistakes = Vec::new();
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
                        Err(mistake) => mistakes.push(format!("{}: {mistake}", path.display())),
                    }
                }
            }
            Err(mistake) => mistakes.push(format!("{}: {mistake}", path.display())),
        }
    }
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for Scenario { id, file, .. } in &scenarios {
        if let Some(other) = first.insert(id, file) {
            mistakes.push(format!("{}: {id}: also in {other}", folder.join(file).display()));
        }
    }
    if mistakes.is_empty() { Ok(scenarios) } else { Err(mistakes) }
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
    // By its id where it has one, else by where it stands.
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

/// Around a scenario even an unknown field is a mistake of the file: nothing there is up to a
/// dialect.
fn text(failure: Failure) -> String {
    match failure {
        Failure::Malformed(what) | Failure::NotExpressible(what) => what,
        other => format!("{other:?}"),
    }
}
