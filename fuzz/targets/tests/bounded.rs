//! Runs each target with random bytes. `PROPTEST_CASES=100000 cargo test` tries more than CI does.

use proptest::collection::vec;
use proptest::prelude::*;
use targets::{attributes, environment, files, keyed, responses};

proptest! {
    #[test]
    fn attributes_expand_whatever_they_are_given(data in vec(any::<u8>(), 0..80)) {
        attributes::run(&data);
    }

    #[test]
    fn environments_are_read_or_refused(data in vec(any::<u8>(), 0..120)) {
        environment::run(&data);
    }

    #[test]
    fn files_are_read_or_refused(data in vec(any::<u8>(), 0..60)) {
        files::run(&data);
    }

    #[test]
    fn keys_keep_what_they_count(data in vec(any::<u8>(), 0..300)) {
        keyed::run(&data);
    }

    #[test]
    fn responses_lead_to_no_wait_that_a_policy_forbids(
        status in 400..600_u16,
        data in vec(prop_oneof![4 => 0..60_u8, 1 => any::<u8>()], 0..120),
    ) {
        responses::run(&[&status.to_be_bytes(), &data[..]].concat());
    }
}
