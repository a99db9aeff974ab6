use super::*;

#[test]
fn a_good_call_enters_only_a_chunk_of_its_tag_that_has_room() {
    let tag = 5 << TAG_SHIFT;
    let recorded = |chunk: u64, tag: u64, width: Width| {
        let words = [const { AtomicU64::new(0) }; WORDS];
        words[3].store(chunk, Ordering::Relaxed);
        words[HINT].store(3, Ordering::Relaxed);
        let with_slow = matches!(width, Width::Two);
        record_good(&words, tag, with_slow).then(|| words[3].load(Ordering::Relaxed))
    };
    let number = 9 << NUMBER_SHIFT;
    for width in [Width::One, Width::Two] {
        let record = |outcomes: u64| recorded(tag | number | outcomes, tag, width);
        let (few, more) = (0b101, 0b101 << width.bits());
        assert_eq!(record(few), Some(tag | number | more));
        assert_eq!(recorded(tag | number | few, 4 << TAG_SHIFT, width), None);
        assert_eq!(record(width.full()), None);
        let room_for_one = width.full() >> width.bits();
        assert_eq!(record(room_for_one), Some(tag | number | width.full()));
        let bad = Sample { failed: true, slow: false };
        let (with_bad, good) = (Chunk(1).with(bad, width), Sample { failed: false, ..bad });
        assert_eq!(record(with_bad.0), Some(tag | number | with_bad.with(good, width).0));
    }
}

#[test]
fn a_ring_has_as_many_chunks_as_its_window_needs() {
    let chunks = [1, 2, 20, 21, 40, 41, 79, 80, 1024]
        .map(|window| (Width::One.chunks(window), Width::Two.chunks(window)));
    let expected = [(1, 1), (2, 2), (2, 2), (2, 3), (2, 4), (3, 4), (3, 6), (4, 6), (28, 55)];
    assert_eq!(chunks, expected);
}
