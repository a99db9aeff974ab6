use super::*;

#[test]
fn suggests_the_nearest_word_and_nothing_far_off() {
    let known = ["max_attempts", "max_delay", "retry_if", "retry_if_ok"];
    assert_eq!(nearest("max_attempt", &known), Some("max_attempts"));
    assert_eq!(nearest("retryif", &known), Some("retry_if"));
    assert_eq!(nearest("colour", &known), None);
}

#[test]
fn distance_counts_edits() {
    let distances = [("", "abc"), ("kitten", "sitting"), ("same", "same")];
    assert_eq!(distances.map(|(from, to)| distance(from, to)), [3, 3, 0]);
}
