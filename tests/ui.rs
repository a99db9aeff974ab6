//! Every message that an error gets, next to the error. `TRYBUILD=overwrite` rewrites them.

#[test]
fn errors() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
