//! The compile errors for attributes of other crates in the wrong place. `TRYBUILD=overwrite`
//! rewrites them.

#[test]
fn attributes_in_the_wrong_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
