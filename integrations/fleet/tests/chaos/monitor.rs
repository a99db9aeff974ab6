//! The commands that Redis reports by `MONITOR`, on a connection of the parent.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::clock::now;
use crate::history::{AtRedis, Records};
use crate::settings::{self, Shared};
use crate::trace;

/// Records the commands for the whole run. Reconnects whenever it is cut.
pub fn watch(port: u16, records: &Arc<Records>) {
    let records = Arc::downgrade(records);
    thread::spawn(move || {
        while let Some(records) = records.upgrade() {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                follow(&stream, &records);
            }
            records.open().at_redis.push((now(), AtRedis::Unknown));
            thread::sleep(Duration::from_millis(20));
        }
    });
}

fn follow(stream: &TcpStream, records: &Records) {
    let mut write = stream;
    if write.write_all(b"MONITOR\r\n").is_err() {
        return;
    }
    let mut lines = BufReader::new(stream);
    let is_traced = trace::is_wanted();
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
        let at = now();
        let line = String::from_utf8_lossy(&line);
        if let Some(done) = read(&line) {
            records.open().at_redis.push((at, done));
        }
        if is_traced {
            records.open().lines.push((at, line.trim_end().to_owned()));
        }
    }
}

/// Reads one line: the command's words are in quotes.
fn read(line: &str) -> Option<AtRedis> {
    let words: Vec<_> = line.trim_end().split('"').skip(1).step_by(2).collect();
    let name = words.first()?.to_ascii_lowercase();
    match name.as_str() {
        "publish" => published(words.get(2)?),
        "evalsha" | "eval" => {
            let claim = words.iter().position(|word| *word == "late")?;
            Some(AtRedis::Late(settings::of_name(words.get(claim.checked_sub(2)?)?)?))
        }
        "flushall" => Some(AtRedis::Unknown),
        _ => None,
    }
}

/// Reads a push: `1|epoch|state|left|failed|kind|name`.
fn published(push: &str) -> Option<AtRedis> {
    let fields: Vec<_> = push.split('|').collect();
    let [_, _, _, _, _, kind, name] = fields[..] else { return None };
    let breaker: &'static Shared = settings::of_name(name)?;
    match kind {
        "opened" => Some(AtRedis::Opened(breaker)),
        "closed" => Some(AtRedis::Closed(breaker)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{BUSY, RARE};

    #[test]
    fn openings_closings_and_late_leases_are_found() {
        let publish = |kind: &str| {
            let push = format!("1|1790000000000|open|2000|0|{kind}|busy");
            format!("+1790000000.123456 [0 lua] \"PUBLISH\" \"{{rf1:chaos}}:ch\" \"{push}\"\r\n")
        };
        assert_eq!(read(&publish("opened")), Some(AtRedis::Opened(&BUSY)));
        assert_eq!(read(&publish("closed")), Some(AtRedis::Closed(&BUSY)));
        assert_eq!(read(&publish("reopened")), None);
        let lease = |claim: &str| {
            format!(
                "+1790000000.123456 [0 127.0.0.1:4711] \"EVALSHA\" \"0a\" \"2\" \"k\" \"k\" \"9\" \
                 \"8\" \"rare\" \"instance-6/17\" \"{claim}\" \"0\" \"2\" \"8000\""
            )
        };
        assert_eq!(read(&lease("late")), Some(AtRedis::Late(&RARE)));
        assert_eq!(read(&lease("new")), None);
        assert_eq!(read("+OK\r\n"), None);
    }
}
