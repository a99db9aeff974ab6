use proptest::prelude::*;

use super::*;

fn address(host: &str, port: u16) -> Address {
    Address { host: host.to_owned(), port }
}

fn hosts(url: &str) -> Vec<Address> {
    Target::parse(url).expect("the URL is valid").hosts
}

#[test]
fn one_server() {
    let target = Target::parse("redis://redis.internal").unwrap();
    assert_eq!(target.hosts, [address("redis.internal", 6379)]);
    assert_eq!((target.tls, &target.primary, target.credentials(None)), (false, &None, None));

    assert!(Target::parse("rediss://redis.internal:6380/0").unwrap().tls);
    assert_eq!(hosts("valkeys://[::1]:6380"), [address("::1", 6380)]);
    assert_eq!(hosts("redis://[::1]/"), [address("::1", 6379)]);
}

#[test]
fn several_nodes_of_a_cluster() {
    assert_eq!(
        hosts("redis://a:7000,b,[::2]"),
        [address("a", 7000), address("b", 6379), address("::2", 6379)]
    );
}

#[test]
fn sentinels_have_their_own_port_and_a_name() {
    let target = Target::parse("redis+sentinel://a,b:7/check%2Fout").unwrap();
    assert_eq!(target.hosts, [address("a", 26379), address("b", 7)]);
    assert_eq!(target.primary.as_deref(), Some("check/out"));
    assert!(Target::parse("rediss+sentinel://a/name").unwrap().tls);
}

#[test]
fn credentials() {
    let credentials = |url| Target::parse(url).unwrap().credentials(None);
    assert_eq!(credentials("redis://ann:p%40ss@h"), Some(Credentials::new("ann", "p@ss")));
    assert_eq!(credentials("redis://:p%C3%A9@h"), Some(Credentials::password("pé")));
    assert_eq!(credentials("redis://ann@h"), None);
    let given = |url, given| Target::parse(url).unwrap().credentials(Some(given)).unwrap();
    let (password, both) = (Credentials::password("new"), Credentials::new("bob", "new"));
    assert_eq!(given("redis://ann@h", password.clone()), Credentials::new("ann", "new"));
    assert_eq!(given("redis://ann:old@h", password.clone()), Credentials::new("ann", "new"));
    assert_eq!(given("redis://ann:old@h", both.clone()), both);
    assert_eq!(given("redis://h", password.clone()), password);
    // Malformed, but unambiguous.
    assert_eq!(credentials("redis://ann:a/b@c:d@h"), Some(Credentials::new("ann", "a/b@c:d")));
}

#[test]
fn an_invalid_url_is_not_repeated() {
    for url in [
        "secret",
        "http://:secret@h",
        "redis://",
        "redis://:secret@",
        "redis://:secret@a,,b",
        "redis://:secret@h:",
        "redis://:secret@h:0",
        "redis://:secret@h:65536",
        "redis://:secret@h/1",
        "redis://:secret@h?db=1",
        "redis://:secret@h#insecure",
        "redis://:secret@[::1",
        "redis://:secret@[::1]x",
        "redis://:secret%@h",
        "redis://:secret%0g@h",
        "redis://:secret%ff@h",
        "redis://:secret@1,2,3,4,5,6,7,8,9",
        "redis+sentinel://:secret@h",
        "redis+sentinel://:secret@h/",
    ] {
        let error = Target::parse(url).expect_err(url).to_string();
        assert!(
            error.starts_with("the URL of Redis has ") || error.contains("names no"),
            "{error}"
        );
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn the_error_says_what_to_remove() {
    let error = Target::parse("redis://h/3").unwrap_err();
    assert_eq!(error.rule(), "has a path: remove it, because a fleet uses database 0");
}

#[test]
fn a_password_is_not_shown() {
    let target = Target::parse("redis://ann:secret@h").unwrap();
    let shown = format!("{target:?}");
    assert!(shown.contains("ann") && !shown.contains("secret"), "{shown}");
}

#[test]
fn a_redirection_without_a_host_stays_at_the_host() {
    let from = address("a", 1);
    let redirected = |text| Address::redirected(text, &from);
    assert_eq!(redirected("b:2"), Some(address("b", 2)));
    assert_eq!(redirected("::1:2"), Some(address("::1", 2)));
    assert_eq!(redirected(":2"), Some(address("a", 2)));
    assert_eq!(redirected("?:2"), Some(address("a", 2)));
    for nonsense in ["", "b", "b:", "b:0", "b:x", "b:65536"] {
        assert_eq!(redirected(nonsense), None, "{nonsense}");
    }
}

#[test]
fn an_address_is_shown_as_it_is_written() {
    assert_eq!(address("h", 1).to_string(), "h:1");
    assert_eq!(address("::1", 2).to_string(), "[::1]:2");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = Target::parse(&text);
        let _ = Target::parse(&format!("redis://{text}"));
    }
}
