use retry_runtime::{CircuitBreaker, CircuitBreakers};

use super::*;
use crate::{Fleet, Quorum};

fn refused(builder: FleetBuilder) -> String {
    builder.start().unwrap_err().to_string()
}

fn valid() -> FleetBuilder {
    Fleet::in_memory().group("test")
}

#[test]
fn a_group_is_required() {
    let said = refused(Fleet::in_memory());
    assert_eq!(said, "group=\"\": must be set, such as `prod/checkout`");
}

#[test]
fn a_group_that_breaks_the_rule_is_refused() {
    for group in ["a b", "{a}", "a\n", "ä", &"a".repeat(65)] {
        let said = refused(Fleet::in_memory().group(group));
        let rule = "must have 1 to 64 letters, digits, `.`, `_`, `/` or `-`";
        assert!(said.starts_with("group=") && said.ends_with(rule), "{said}");
    }
}

#[test]
fn an_instance_a_version_and_a_quorum_are_checked() {
    let said = refused(valid().instance("a|b"));
    assert!(said.starts_with("instance=\"a|b\": must have 1 to 64 visible"), "{said}");
    let said = refused(valid().version("1 2"));
    assert!(said.starts_with("version=\"1 2\": must have at most 32"), "{said}");
    for voters in [0, 1_001] {
        let said = refused(valid().quorum(Quorum::instances(voters)));
        assert_eq!(said, format!("quorum=\"{voters}\": must be 1 to 1,000 voters"));
    }
}

#[cfg(feature = "redis")]
#[test]
fn a_user_needs_a_password() {
    let user = || Fleet::redis("redis://checkout@127.0.0.1:1").unwrap().group("test");
    let said = refused(user());
    assert!(said.starts_with("url=\"…\": has a user name without a password"), "{said}");
    assert!(user().credentials(|| crate::Credentials::password("secret")).run().is_ok());
}

#[test]
fn names_are_shared_once() {
    static TWICE: CircuitBreaker = CircuitBreaker::new("twice");
    static UNNAMED: CircuitBreaker = CircuitBreaker::new("");
    static SET: CircuitBreakers = CircuitBreakers::new("twice");

    let said = refused(valid().share(&UNNAMED));
    assert!(said.starts_with("share=\"\": must not be empty"), "{said}");
    let said = refused(valid().share(&TWICE).share_keyed(&SET));
    assert!(
        said.starts_with("share_keyed=\"twice\": is the name of two shared breakers"),
        "{said}"
    );
}

#[test]
fn a_breaker_has_one_fleet_at_a_time() {
    static SHARED: CircuitBreaker = CircuitBreaker::new("shared");

    let (first, running) = valid().share(&SHARED).run().unwrap();
    let said = refused(valid().share(&SHARED));
    assert_eq!(
        said,
        "share=\"shared\": is shared by another fleet of this process: remove it from one of them"
    );
    drop((first, running));
    assert!(valid().share(&SHARED).run().is_ok());
}
