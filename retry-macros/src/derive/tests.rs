//! Snapshots of the implementations that the derive generates.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

#[track_caller]
fn check(input: TokenStream, expected: &ExpectFile) {
    let file = syn::parse2(super::expand(input)).expect("the expansion is a list of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn kinds_need_one_method() {
    check(
        quote! {
            enum Plain {
                #[retry(timeout)]
                Unit,
                #[retry(invalid_request)]
                Tuple(String, u32),
                #[retry(mid_stream)]
                Named { after: usize },
            }
        },
        &expect_file!["../snapshots/derive_kinds.rs"],
    );
}

#[test]
fn hints_come_from_named_and_numbered_fields() {
    check(
        quote! {
            enum Limited {
                #[retry(rate_limited, after = wait)]
                Named { wait: Option<Duration>, body: String },
                #[retry(unavailable, after = 1)]
                Tuple(String, Duration),
                #[retry(bug)]
                Other,
            }
        },
        &expect_file!["../snapshots/derive_after.rs"],
    );
}

#[test]
fn transparent_variants_forward_all_methods() {
    check(
        quote! {
            enum Outer {
                #[retry(transparent)]
                Only(#[from] std::io::Error),
                #[retry(transparent)]
                Marked { url: String, #[source] cause: Box<dyn Error + Send + Sync> },
            }
        },
        &expect_file!["../snapshots/derive_transparent.rs"],
    );
}

#[test]
fn foreign_errors_are_classified_by_functions() {
    check(
        quote! {
            #[retry(crate = "crate::retry")]
            enum Outer<'a, T> {
                #[retry(with = classify)]
                Only(ParseIntError),
                #[retry(with = Self::kind_of::<A, B>, after = crate::driver::wait)]
                Named { url: &'a str, source: driver::Error<T> },
                #[retry(rate_limited, after = wait_of)]
                Marked(String, #[from] driver::Limit),
                #[retry(with = <driver::Error<T> as Judge>::judge, after = wait)]
                Both { wait: Duration, #[source] cause: driver::Error<T> },
            }
        },
        &expect_file!["../snapshots/derive_with.rs"],
    );
    check(
        quote! {
            #[retry(with = classify)]
            struct Wrapped(dyn Error + Send);
        },
        &expect_file!["../snapshots/derive_struct_with.rs"],
    );
}

#[test]
fn structs_have_one_case() {
    check(
        quote! {
            #[retry(rate_limited, after = wait)]
            struct SlowDown { wait: Duration }
        },
        &expect_file!["../snapshots/derive_struct_after.rs"],
    );
    check(
        quote! {
            #[retry(unauthorized)]
            struct Refused;
        },
        &expect_file!["../snapshots/derive_struct_unit.rs"],
    );
    check(
        quote! {
            #[retry(transparent)]
            struct Wrapped(io::Error);
        },
        &expect_file!["../snapshots/derive_struct_transparent.rs"],
    );
}

#[test]
fn bounds_are_added_only_where_a_forwarded_type_has_a_parameter() {
    check(
        quote! {
            enum Generic<'a, T: ?Sized + Debug, E = io::Error, const N: usize = 3>
            where
                E: Clone,
            {
                #[retry(bug)]
                Unbounded(&'a T, [u8; N]),
                #[retry(transparent)]
                Inner(Box<E>),
                #[retry(transparent)]
                Concrete(io::Error),
                #[retry(transparent)]
                Recursive(Box<Generic<'a, T, E, N>>),
            }
        },
        &expect_file!["../snapshots/derive_generics.rs"],
    );
}

#[test]
fn an_empty_enum_matches_nothing() {
    check(
        quote!(
            enum Never {}
        ),
        &expect_file!["../snapshots/derive_empty.rs"],
    );
}

#[test]
fn crate_replaces_the_runtime_path_everywhere() {
    check(
        quote! {
            #[retry(crate = "crate::reexports::retry")]
            enum Renamed<E> {
                #[retry(timeout)]
                r#Type,
                #[retry(unavailable, after = r#in)]
                Raw { r#in: Duration },
                #[retry(transparent)]
                Inner(E),
            }
        },
        &expect_file!["../snapshots/derive_crate.rs"],
    );
}

#[test]
fn errors_leave_an_implementation() {
    check(
        quote! {
            #[retry(timeout)]
            enum Wrong<T> where T: Clone {
                Unmarked(T),
                #[retry(timout, afer = wait)]
                Misspelt { wait: Duration },
                #[retry(transparent)]
                TwoMarks(#[source] A, #[from] B),
            }
        },
        &expect_file!["../snapshots/derive_errors.rs"],
    );
}

/// A test of the facade compares them with the runtime.
#[test]
fn the_spellings_are_those_of_the_variants() {
    for (word, variant) in super::kinds::KINDS {
        let camel: String =
            word.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
        assert_eq!(camel, variant);
    }
}
