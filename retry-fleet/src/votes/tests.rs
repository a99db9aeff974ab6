use super::*;

#[test]
fn one_vote_is_enough_of_the_only_voter_of_a_settled_group() {
    let beats = 6_000;
    // quorum, sharers, age of the group, needed
    let cases = [
        (2, 1, None, 2),
        (2, 1, Some(0), 2),
        (2, 1, Some(5_999), 2),
        (2, 1, Some(6_000), 1),
        (2, 2, Some(6_000), 2),
        (5, 1, Some(6_000), 1),
        (5, 3, Some(6_000), 5),
        (1, 3, None, 1),
        (0, 3, None, 1),
    ];
    for (quorum, sharers, age, expected) in cases {
        assert_eq!(needed(quorum, sharers, age, beats), expected, "{quorum} {sharers} {age:?}");
    }
}
