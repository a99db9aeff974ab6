//! Text from bytes, in which the words that matter are frequent.

/// Takes the next byte as a choice between these words. Without a byte it is the first.
pub(crate) fn pick<'w>(data: &mut impl Iterator<Item = u8>, words: &[&'w str]) -> &'w str {
    words[usize::from(data.next().unwrap_or_default()) % words.len()]
}

/// Text of words and characters: each byte below the number of words is that word, any other a
/// character.
pub(crate) fn text(data: &[u8], words: &[&str]) -> String {
    let mut text = String::new();
    for &byte in data {
        match words.get(usize::from(byte)) {
            Some(word) => text.push_str(word),
            None => text.push(char::from(byte)),
        }
    }
    text
}

/// Asserts that a message is one line, which no text in it has forged.
pub(crate) fn assert_one_line(message: &str) {
    let forges = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    assert!(!message.contains(forges), "more than one line: {message:?}");
}
