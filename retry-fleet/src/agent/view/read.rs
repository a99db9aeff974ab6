//! Reads the view of another instance.
//!
//! Anyone who can write to the server can write such a text. The reader therefore takes each part
//! that it understands and stops at the first malformed one. The text has at most 256 bytes.

/// The readable parts of another instance's view.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) version: String,
    pub(crate) coordinated: Option<bool>,
    /// The number of breakers that are not closed.
    pub(crate) open: u64,
    /// The names of the first of these breakers on the wire.
    pub(crate) names: Vec<String>,
}

/// Reads the output of [`view`](super::view). Members may be in any order. Unknown ones are
/// ignored.
pub(crate) fn read(view: &[u8]) -> Said {
    let mut said = Said::default();
    // A malformed end is accepted: the parts before it count.
    let _ = Reader(view).members(&mut said);
    said
}

/// The unread part of a text.
struct Reader<'a>(&'a [u8]);

/// A JSON value. Types that no view uses are missing.
enum Value {
    Text(String),
    Number(u64),
    Bool(bool),
    Texts(Vec<String>),
}

impl Reader<'_> {
    fn members(&mut self, said: &mut Said) -> Option<()> {
        self.take(b"{")?;
        loop {
            let name = self.text()?;
            self.take(b":")?;
            match (name.as_str(), self.value()?) {
                ("version", Value::Text(version)) => said.version = version,
                ("coordinated", Value::Bool(coordinated)) => said.coordinated = Some(coordinated),
                ("open", Value::Number(open)) => said.open = open,
                ("names", Value::Texts(names)) => said.names = names,
                _ => {}
            }
            self.take(b",")?;
        }
    }

    fn value(&mut self) -> Option<Value> {
        match self.0.first()? {
            b'"' => self.text().map(Value::Text),
            b'[' => self.texts().map(Value::Texts),
            b'0'..=b'9' => self.number().map(Value::Number),
            _ if self.take(b"true").is_some() => Some(Value::Bool(true)),
            _ => self.take(b"false").map(|()| Value::Bool(false)),
        }
    }

    fn take(&mut self, start: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(start)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Reads a quoted text of printable ASCII.
    fn text(&mut self) -> Option<String> {
        self.take(b"\"")?;
        let mut text = String::new();
        loop {
            let byte = match self.byte()? {
                b'"' => return Some(text),
                b'\\' => self.byte().filter(|byte| matches!(byte, b'"' | b'\\'))?,
                byte @ b' '..=b'~' => byte,
                _ => return None,
            };
            text.push(char::from(byte));
        }
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.take(b"[")?;
        let mut texts = Vec::new();
        if self.take(b"]").is_some() {
            return Some(texts);
        }
        loop {
            texts.push(self.text()?);
            if self.take(b"]").is_some() {
                return Some(texts);
            }
            self.take(b",")?;
        }
    }

    fn number(&mut self) -> Option<u64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        crate::text::number(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::view;
    use super::*;
    use crate::limits::VIEW;

    #[test]
    fn what_is_not_understood_is_left_out() {
        let said = read(br#"{"open":2,"load":[],"names":["a"],"version":"1\"\\","coordinated":1}"#);
        let (version, names) = ("1\"\\".to_owned(), vec!["a".to_owned()]);
        assert_eq!(said, Said { version, coordinated: None, open: 2, names });
        // Members before a malformed one still count.
        for odd in ["null}", "{}}", "\"\u{e9}\"}", "\"\\n\"}", "[1]}", "-1}", "\"", "01}", ""] {
            let said = read(format!("{{\"version\":\"1\",\"open\":{odd}").as_bytes());
            assert_eq!((said.version.as_str(), said.open), ("1", 0), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            version in "[ -~]{0,64}",
            coordinated in any::<bool>(),
            names in prop::collection::vec("[!-~]{1,71}", 0..5),
        ) {
            let view = view(&version, coordinated, names.iter().map(String::as_str));
            let said = read(view.as_bytes());
            prop_assert_eq!(said.version, version);
            prop_assert_eq!((said.coordinated, said.open), (Some(coordinated), names.len() as u64));
            prop_assert_eq!(&said.names[..], &names[..said.names.len()]);
        }

        #[test]
        fn anything_can_be_read(
            view in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..VIEW),
                "(\\{|\"open\":|\"names\":|\\[|\"a\"|,|1|true|\\]|\\}|\\\\){0,12}"
                    .prop_map(String::into_bytes),
            ]
        ) {
            let said = read(&view);
            prop_assert!(said.names.iter().all(|name| name.len() < view.len()));
        }
    }
}
