//! All compile errors, each in a file next to its cause. `TRYBUILD=overwrite` rewrites the files.

#[test]
fn errors() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
