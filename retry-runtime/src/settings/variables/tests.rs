use std::fs;
use std::path::Path;

use super::*;

/// Returns the error for a single variable, or the names that are ignored.
fn check(
    family: &Family,
    prefix: &str,
    name: impl Into<OsString>,
) -> Result<Vec<String>, ConfigError> {
    let mut ignored = Vec::new();
    family.check(prefix, [name.into()], |name| ignored.push(name.to_owned()))?;
    Ok(ignored)
}

/// The family of a name without a prefix.
fn family(name: &str) -> &'static Family {
    if name.to_ascii_uppercase().starts_with("RETRY_") { &RETRY } else { &CIRCUIT_BREAKER }
}

#[track_caller]
fn assert_meant(name: &str, meant: &str, after: &str) {
    let error = check(family(name), "", name).unwrap_err();
    assert_eq!((error.place(), error.value()), (name, "…"));
    assert!(
        error.rule().starts_with(&format!("is unknown: did you mean `{meant}`{after}")),
        "{error}"
    );
    assert!(error.rule().contains("use a prefix"), "{error}");

    let prefixed = format!("LLM_{name}");
    let error = check(family(name), "LLM", &prefixed).unwrap_err();
    assert_eq!((error.place(), error.value()), (prefixed.as_str(), "…"));
    assert!(
        error.rule().starts_with(&format!("is unknown: did you mean `LLM_{meant}`{after}")),
        "{error}"
    );
}

#[test]
fn near_misses_name_the_variable_that_is_meant() {
    for (name, meant) in [
        ("RETRY_MAX_ATTEMTPS", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_MAXATTEMPTS", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_MAX_ATTEMPT", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_MAX-ATTEMPTS", "RETRY_MAX_ATTEMPTS"),
        ("retry_max_attempts", "RETRY_MAX_ATTEMPTS"),
        ("Retry_Max_Atempts", "RETRY_MAX_ATTEMPTS"),
        ("RETRY_MODES", "RETRY_MODE"),
        ("RETRY_MAX_DELAYS", "RETRY_MAX_DELAY"),
        ("RETRY_MÁX_DELAY", "RETRY_MAX_DELAY"),
        ("RETRY_MODE\n", "RETRY_MODE"),
        ("CIRCUIT_BREAKER_FAILURE_TRESHOLD", "CIRCUIT_BREAKER_FAILURE_THRESHOLD"),
        ("CIRCUIT_BREAKER_TRESHOLD", "CIRCUIT_BREAKER_THRESHOLD"),
        ("CIRCUIT_BREAKER_TIME_OUT", "CIRCUIT_BREAKER_TIMEOUT"),
        ("circuit_breaker_mode", "CIRCUIT_BREAKER_MODE"),
        ("CIRCUIT_BREAKER_ABANDON_AFTER", "CIRCUIT_BREAKER_ABANDONED_AFTER"),
    ] {
        if !(cfg!(windows) && name.eq_ignore_ascii_case(meant)) {
            assert_meant(name, meant, "?");
        }
    }
}

#[test]
fn synonyms_name_the_variable_that_is_meant() {
    for family in [&RETRY, &CIRCUIT_BREAKER] {
        for (meant, words) in family.synonyms {
            for word in *words {
                let name = format!("{}{word}", family.start);
                match meant {
                    Variable(variable) => {
                        assert!(family.words().any(|(_, name)| name == *variable), "{variable}");
                        assert_meant(&name, variable, "?");
                    }
                    NoVariable(setting) => {
                        let error = check(family, "", &name).unwrap_err();
                        let rule = format!("is unknown: no variable sets `{setting}`; set it in");
                        assert!(error.rule().starts_with(&rule), "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_unit_in_a_name_belongs_into_the_value() {
    for (name, meant) in [
        ("RETRY_BASE_DELAY_MS", "RETRY_BASE_DELAY"),
        ("RETRY_MAX_DELAY_SECONDS", "RETRY_MAX_DELAY"),
        ("RETRY_DELAY_SECS", "RETRY_BASE_DELAY"),
        ("CIRCUIT_BREAKER_TIMEOUT_S", "CIRCUIT_BREAKER_TIMEOUT"),
        ("CIRCUIT_BREAKER_RECOVERY_TIMEOUT_MILLIS", "CIRCUIT_BREAKER_RECOVERY_TIMEOUT"),
        ("circuit_breaker_open_duration_ms", "CIRCUIT_BREAKER_TIMEOUT"),
    ] {
        assert_meant(name, meant, ", whose value has the unit, such as `500ms`?");
    }
}

#[test]
fn what_is_ours_is_known() {
    for (family, names) in [(&RETRY, retry::VARIABLES), (&CIRCUIT_BREAKER, breaker::VARIABLES)] {
        for name in names.concat() {
            assert_eq!(check(family, "", name), Ok(vec![]), "{name}");
            let prefixed = format!("LLM_{name}");
            assert_eq!(check(family, "LLM", &prefixed), Ok(vec![]), "{name}");
            // Belongs to other software, whatever its value.
            assert_eq!(check(family, "LLM", name), Ok(vec![]), "{name}");
            assert_eq!(check(family, "", &prefixed), Ok(vec![]), "{name}");
        }
    }
    for name in ["RETRY_FLEET_URL", "RETRY_FLEET_GROUP", "RETRY_FLEET_MODE", "RETRY_FLEET_"] {
        assert_eq!(check(&RETRY, "", name), Ok(vec![]), "{name}");
        check(&RETRY, "LLM", format!("LLM_{name}")).unwrap_err();
    }
    for name in ["", "_", "RETRY", "RETRIES_MAX_ATTEMTPS", "MY_RETRY_MAX_ATTEMTPS", "PATH"] {
        assert_eq!(check(&RETRY, "", name), Ok(vec![]), "{name}");
    }
}

#[test]
fn other_softwares_variables_are_ignored_without_a_prefix_alone() {
    for name in [
        "RETRY_COUNT",
        "RETRY_INTERVAL_SECONDS",
        "RETRY_LIMIT",
        "RETRY_QUEUE_URL",
        "RETRY_",
        "RETRY__",
        "retry_after_sql_error",
        "CIRCUIT_BREAKER_ALERTS_CHANNEL",
        "CIRCUIT_BREAKER_\u{FFFD}",
    ] {
        assert_eq!(check(family(name), "", name), Ok(vec![name.to_owned()]), "{name}");
        let prefixed = format!("LLM_{name}");
        let error = check(family(name), "LLM", &prefixed).unwrap_err();
        assert_eq!((error.place(), error.value()), (prefixed.as_str(), "…"));
        assert!(error.rule().starts_with("is unknown: the nearest name is `LLM_"), "{error}");
    }
    let error = check(&RETRY, "LLM", "llm_retry_max_attempts");
    assert!(cfg!(windows) || error.unwrap_err().rule().contains("LLM_RETRY_MAX_ATTEMPTS"));
}

/// `LLM_RETRY_…` is under the prefix `LLM`, and `LLM_RETRY` is a prefix too.
#[test]
fn a_prefix_may_begin_with_another() {
    let longer = ["LLM_RETRY_RETRY_MODE", "LLM_RETRY_CIRCUIT_BREAKER_MODE"];
    for name in longer.into_iter().chain(["LLM_RETRY_EU_RETRY_MAX_DELAY"]) {
        assert_eq!(check(&RETRY, "LLM", name), Ok(vec![]), "{name}");
    }
    assert_eq!(check(&RETRY, "LLM_RETRY", "LLM_RETRY_RETRY_MODE"), Ok(vec![]));
    assert_eq!(check(&RETRY, "", "RETRY_RETRY_MODE"), Ok(vec![]));
    // Invalid under either prefix.
    for prefix in ["LLM", "LLM_RETRY"] {
        check(&RETRY, prefix, "LLM_RETRY_RETRY_MAX_ATTEMTPS").unwrap_err();
    }
    // Does not belong to the longer prefix.
    assert_eq!(check(&RETRY, "LLM_RETRY", "LLM_RETRY_MAX_ATTEMTPS"), Ok(vec![]));
}

#[test]
fn a_hostile_name_is_cut_and_forges_no_line() {
    let long = format!("RETRY_{}", "A".repeat(100_000));
    let ignored = check(&RETRY, "", &long).unwrap().remove(0);
    assert_eq!(ignored.chars().count(), "RETRY_".len() + name::SHOWN + 1);
    let error = check(&RETRY, "LLM", format!("LLM_{long}")).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");

    let error = check(&RETRY, "LLM", "LLM_RETRY_X\n2026-01-01 ERROR \u{1B}[31mforged\u{202E}");
    let message = error.unwrap_err().to_string();
    let expected = r"LLM_RETRY_X\n2026-01-01 ERROR \u{1b}[31mforged\u{202e}=";
    assert!(message.starts_with(expected), "{message}");

    let many = (0..100_000).map(|number| OsString::from(format!("RETRY_NUMBER_{number}")));
    let mut count = 0;
    RETRY.check("", many, |_| count += 1).unwrap();
    assert_eq!(count, 100_000);
}

#[cfg(unix)]
#[test]
fn a_name_need_not_be_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let name = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    assert_eq!(check(&RETRY, "", name(b"\xFFRETRY_MODE")), Ok(vec![]));
    assert_eq!(check(&RETRY, "", name(b"RETRY_\xFF\xFE\xFF\xFF\xFF\xFF\xFF")).unwrap().len(), 1);
    let error = check(&RETRY, "", name(b"RETRY_MODE\xFF")).unwrap_err();
    assert_eq!(error.place(), "RETRY_MODE\u{FFFD}");
    let error = check(&RETRY, "\u{E9}", name(b"\xC3\xA9_RETRY_\xFF")).unwrap_err();
    assert_eq!(error.place(), "\u{E9}_RETRY_\u{FFFD}");
    assert_eq!(check(&RETRY, "\u{E9}", name(b"\xC3_RETRY_\xFF")), Ok(vec![]));
}

#[test]
fn distance_counts_edits() {
    for (one, other, edits) in
        [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ATTEMTPS", "ATTEMPTS", 2)]
    {
        assert_eq!(distance(one, other), edits, "{one} {other}");
    }
}

#[test]
fn the_guide_lists_every_name_and_synonym() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let guide = fs::read_to_string(guide).unwrap();
    for family in [&RETRY, &CIRCUIT_BREAKER] {
        let synonyms = family.synonyms.iter().flat_map(|(_, words)| *words).copied();
        for word in family.words().map(|(word, _)| word).chain(synonyms) {
            assert!(guide.contains(&format!("`…{word}`")), "{}{word}", family.start);
        }
    }
}
