//! Variables that a process might have.

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<FleetBuilder, ConfigError> {
    from_variables(variables.iter().map(|(name, value)| (name.into(), value.into())))
}

fn refused(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

#[test]
fn without_variables_the_fleet_is_off() {
    let builder = read(&[("HOME", "/root"), ("RETRY_MAX_ATTEMPTS", "3")]).unwrap();
    assert!(builder.is_off());
}

#[test]
fn a_mode_of_off_needs_nothing_else() {
    for more in [&[][..], &[(URL, "redis://host")], &[(GROUP, "prod")]] {
        let variables = [&[(MODE, " OFF ")], more].concat();
        assert!(read(&variables).unwrap().is_off(), "{variables:?}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn a_url_and_a_group_are_enough() {
    let builder = read(&[(URL, "redis://host"), (GROUP, "prod/checkout")]).unwrap();
    let setup = builder.setup().unwrap();
    assert_eq!(setup.group, "prod/checkout");
    assert!(!setup.observes);
    let observing = [(URL, "redis://host"), (GROUP, "prod"), (MODE, "observe")];
    assert!(read(&observing).unwrap().setup().unwrap().observes);
}

#[test]
fn what_is_set_without_a_url_is_refused() {
    assert_eq!(
        refused(&[(GROUP, "prod")]),
        "RETRY_FLEET_GROUP=\"prod\": needs `RETRY_FLEET_URL`: set it, or unset this variable"
    );
    let mode = [(MODE, "observe")];
    assert_eq!(
        refused(&mode),
        "RETRY_FLEET_MODE=\"observe\": needs `RETRY_FLEET_URL`: set it, or unset this variable"
    );
}

#[cfg(feature = "redis")]
#[test]
fn an_invalid_group_is_refused_by_the_name_of_its_variable() {
    for (group, rule) in [
        ("g!", "must have 1 to 64 letters, digits, `.`, `_`, `/` or `-`"),
        ("", "must be set, such as `prod/checkout`"),
    ] {
        let said = refused(&[(URL, "redis://host"), (GROUP, group)]);
        assert_eq!(said, format!("RETRY_FLEET_GROUP=\"{group}\": {rule}"));
    }
}

#[test]
fn an_unknown_variable_is_refused_without_its_value() {
    let said = refused(&[("RETRY_FLEET_ULR", "redis://:secret@host")]);
    assert!(said.starts_with("RETRY_FLEET_ULR=\"…\": is unknown: use"), "{said}");
}

#[test]
fn an_unknown_mode_is_refused() {
    let said = refused(&[(MODE, "on")]);
    assert_eq!(said, "RETRY_FLEET_MODE=\"on\": must be `enforce`, `observe` or `off`");
}

#[cfg(feature = "redis")]
#[test]
fn a_url_is_never_shown() {
    for url in ["redis//:secret@host", "http://:secret@host", "redis://:secret@", "secret"] {
        let said = refused(&[(URL, url), (GROUP, "prod")]);
        assert!(said.starts_with("RETRY_FLEET_URL=\"…\": "), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let said = refused(&[(URL, "redis://:secret@host")]);
    assert_eq!(
        said,
        "RETRY_FLEET_GROUP=\"\": must be set if `RETRY_FLEET_URL` is, such as to `prod/checkout`"
    );
}

#[cfg(not(feature = "redis"))]
#[test]
fn a_url_needs_the_feature() {
    let said = refused(&[(URL, "redis://:secret@host"), (GROUP, "prod")]);
    assert_eq!(
        said,
        "RETRY_FLEET_URL=\"…\": needs Redis: enable the feature `redis` of the crate `retry-fleet`"
    );
}
