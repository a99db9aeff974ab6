//! The protocol of the example's stores. Plays the role of another crate.

use std::time::Duration;

#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Text(String),
    None,
    Busy(Duration),
    Denied,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the line is cut off")]
    CutShort,
    #[error("unknown line {0:?}")]
    Unknown(String),
}

pub fn parse(line: &str) -> Result<Answer, Error> {
    let line = line.strip_suffix('\n').ok_or(Error::CutShort)?;
    match line.split_once(' ').unwrap_or((line, "")) {
        ("value" | "token", text) => Ok(Answer::Text(text.to_owned())),
        ("none", "") => Ok(Answer::None),
        ("denied", "") => Ok(Answer::Denied),
        ("busy", millis) => {
            let millis = millis.parse().map_err(|_| Error::Unknown(line.to_owned()))?;
            Ok(Answer::Busy(Duration::from_millis(millis)))
        }
        _ => Err(Error::Unknown(line.to_owned())),
    }
}
