//! A reader of server-sent events.

use std::mem;

/// Assembles events from bytes, wherever the network has split them.
#[derive(Default)]
pub(crate) struct Events {
    received: Vec<u8>,
    name: Option<String>,
    data: Vec<String>,
}

pub(crate) struct Event {
    /// The name of the event. Default: `message`.
    pub(crate) name: String,
    pub(crate) data: String,
}

impl Events {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// Returns the next complete event.
    pub(crate) fn next(&mut self) -> Option<Event> {
        loop {
            let end = self.received.iter().position(|byte| *byte == b'\n')?;
            let line: Vec<u8> = self.received.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                let (name, data) = (self.name.take(), mem::take(&mut self.data));
                // Without data it is a comment that keeps the connection alive.
                if !data.is_empty() {
                    let name = name.unwrap_or_else(|| "message".to_owned());
                    return Some(Event { name, data: data.join("\n") });
                }
            } else if let Some(value) = value(line, "data") {
                self.data.push(value.to_owned());
            } else if let Some(value) = value(line, "event") {
                self.name = Some(value.to_owned());
            }
        }
    }
}

fn value<'a>(line: &'a str, field: &str) -> Option<&'a str> {
    let value = line.strip_prefix(field)?.strip_prefix(':')?;
    Some(value.strip_prefix(' ').unwrap_or(value))
}
