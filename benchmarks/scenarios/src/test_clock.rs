//! Detects tokio's test clock in the build.
//!
//! Tokio's feature `test-util` makes each reading of its clock more expensive. Cargo enables it for
//! every package of a build if one of them asks for it.

/// Shares its name with a function that tokio has with the feature.
#[allow(dead_code, reason = "it is shadowed where the feature is on")]
fn pause() {}

/// Returns whether tokio was built with its feature `test-util`.
#[must_use]
pub fn is_compiled_in() -> bool {
    // A crate cannot query the features of another. But a glob import in a block shadows the names
    // outside of it, and `tokio::time::pause` exists only with that feature.
    #[allow(clippy::wildcard_imports, reason = "a name that may not exist cannot be imported")]
    #[allow(unused_imports, reason = "without the feature none of them is used")]
    use tokio::time::*;
    std::any::type_name_of_val(&pause).starts_with("tokio::")
}

#[cfg(test)]
mod tests {
    use super::is_compiled_in;

    #[test]
    fn it_is_found_if_it_is_enabled() {
        // The feature `counted` asks for it.
        assert_eq!(is_compiled_in(), cfg!(feature = "counted"));
    }
}
