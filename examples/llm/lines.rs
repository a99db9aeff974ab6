//! The lines of a body that is still arriving.

use reqwest::Response;

/// The size at which a line is split, so that a server cannot exhaust the memory.
const LIMIT: usize = 1 << 20;

/// Reads lines from a response, wherever the network splits them.
pub(crate) struct Lines {
    response: Response,
    received: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(response: Response) -> Self {
        Self { response, received: Vec::new() }
    }

    /// Returns the next line, or `None` at the end. Drops a last line without a line break.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, reqwest::Error> {
        loop {
            let end = self.received.iter().position(|byte| *byte == b'\n');
            if end.is_some() || self.received.len() >= LIMIT {
                let rest = self.received.split_off(end.map_or(LIMIT, |end| end + 1));
                let line = std::mem::replace(&mut self.received, rest);
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            match self.response.chunk().await? {
                Some(bytes) => self.received.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }
}
