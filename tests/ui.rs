//! Compares compile errors with the `.stderr` files. `TRYBUILD=overwrite` rewrites the files.

#[test]
fn errors() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
