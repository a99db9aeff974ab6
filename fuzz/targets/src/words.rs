//! Text from bytes, in which relevant words are frequent.

/// Returns the word that the next byte selects, or the first one if no byte is left.
pub(crate) fn pick<'w>(data: &mut impl Iterator<Item = u8>, words: &[&'w str]) -> &'w str {
    words[usize::from(data.next().unwrap_or_default()) % words.len()]
}

/// Returns a text of words and characters. Each byte below the number of words becomes that word,
/// and any other a character.
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

/// Asserts that a message is one line, so no text in it can forge another.
pub(crate) fn assert_one_line(message: &str) {
    let forges = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    assert!(!message.contains(forges), "more than one line: {message:?}");
}
