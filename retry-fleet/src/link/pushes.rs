//! Pushes, from the client library to the task that reads them.

use redis::{PushInfo, PushKind};
use tokio::sync::mpsc;

use super::stream::Received;

/// The maximum number of pushes that wait to be read. A group sends at most 20 per second. Further
/// pushes are dropped, and the next beat finds their content.
const MOST_PUSHES: usize = 256;

/// The maximum number of bytes of a push. Valid ones are far shorter.
const LONGEST_PUSH: usize = 1024;

/// Returns the sender that the client library calls for each push, and the receiver of the
/// channel's messages. The messages end with the connection.
pub(super) fn channel(
    channel: String,
    received: Received,
) -> (impl Fn(PushInfo) -> Result<(), ()>, mpsc::Receiver<Vec<u8>>) {
    let (sender, pushes) = mpsc::channel(MOST_PUSHES);
    let forward = move |push| {
        received.reset();
        if let Some(message) = message(push, &channel) {
            // It must not block, so a push that does not fit is dropped.
            let _ = sender.try_send(message);
        }
        Ok(())
    };
    (forward, pushes)
}

/// Returns the content of a message in the channel.
fn message(push: PushInfo, channel: &str) -> Option<Vec<u8>> {
    use redis::Value::BulkString;

    if push.kind != PushKind::Message {
        return None;
    }
    match <[_; 2]>::try_from(push.data) {
        Ok([BulkString(to), BulkString(message)])
            if to == channel.as_bytes() && message.len() <= LONGEST_PUSH =>
        {
            Some(message)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use redis::Value::{BulkString, Int};

    use super::*;

    fn push(kind: PushKind, data: Vec<redis::Value>) -> PushInfo {
        PushInfo { kind, data }
    }

    #[test]
    fn only_messages_of_the_channel_are_delivered() {
        let text = |text: &[u8]| BulkString(text.to_vec());
        let read = |push| message(push, "ours");
        let data = vec![text(b"ours"), text(b"hello")];
        assert_eq!(read(push(PushKind::Message, data.clone())), Some(b"hello".to_vec()));
        assert_eq!(read(push(PushKind::Subscribe, data)), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"theirs"), text(b"hello")])), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"ours"), Int(1)])), None);
        assert_eq!(read(push(PushKind::Message, vec![text(b"ours")])), None);
        let long = vec![text(b"ours"), text(&[b'x'; LONGEST_PUSH + 1])];
        assert_eq!(read(push(PushKind::Message, long)), None);
        assert_eq!(read(push(PushKind::Disconnection, vec![])), None);
    }

    #[test]
    fn pushes_that_nobody_reads_are_bounded() {
        let (forward, mut pushes) = channel("ours".to_owned(), Received::default());
        let data = vec![BulkString(b"ours".to_vec()), BulkString(b"hello".to_vec())];
        for _ in 0..MOST_PUSHES * 3 {
            forward(push(PushKind::Message, data.clone())).unwrap();
        }
        drop(forward);
        let mut read = 0;
        while pushes.try_recv().is_ok() {
            read += 1;
        }
        assert_eq!(read, MOST_PUSHES);
    }
}
