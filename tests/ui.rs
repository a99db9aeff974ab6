//! Every message that a mistake gets, next to the mistake. `TRYBUILD=overwrite` rewrites them.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
