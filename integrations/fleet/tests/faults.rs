//! Faults of the network and of the server. Each is reported with its reason and within its time
//! limit, and the next connection works.

mod support;

use std::time::Duration;

use retry_fleet::wire::{CommandAnswer, Reply};
use retry_fleet::{Lost, Reason};
use support::*;
use with_fleet::{Direction, Fault, Proxy, Server, until};

/// A delay that is too long for one answer.
const TOO_LONG: Duration = Duration::from_secs(2);

/// A server behind a proxy.
struct Path {
    server: Server,
    proxy: Proxy,
}

impl Path {
    fn start() -> Self {
        let server = Server::start();
        let proxy = Proxy::start(server.port());
        Self { server, proxy }
    }

    /// Returns the reason why a request fails under a fault that begins after the connection is
    /// established.
    async fn loss_under(&self, fault: Fault) -> Lost {
        let mut connection = connect_hasty(&self.proxy.url()).await;
        self.proxy.set(fault);
        loss(&mut connection, &command("id")).await
    }

    /// Asserts that there was a command with this id.
    async fn assert_was_executed(&self) {
        let mut connection = connect(&self.server.url()).await;
        let reply = run(&mut connection, &command("id")).await;
        let Reply::Command(reply) = reply else { unreachable!() };
        assert_eq!(reply.answer, CommandAnswer::Repeated);
    }

    async fn assert_works_again(&self) {
        self.proxy.set(Fault::None);
        run(&mut connect(&self.proxy.url()).await, &beat()).await;
    }
}

#[tokio::test]
async fn a_delay() {
    let path = Path::start();
    let mut connection = connect(&path.proxy.url()).await;
    path.proxy.set(Fault::Delay(Duration::from_millis(50)));
    run(&mut connection, &beat()).await;

    let lost = path.loss_under(Fault::Delay(TOO_LONG)).await;
    assert_eq!(lost.reason(), Reason::TimedOut, "{lost}");
    assert_nobody_answers(&path.proxy.url()).await;
    path.assert_works_again().await;
}

#[tokio::test]
async fn silence() {
    let path = Path::start();
    let lost = path.loss_under(Fault::Silence).await;
    assert_eq!(lost.reason(), Reason::TimedOut, "{lost}");
    assert_nobody_answers(&path.proxy.url()).await;
    path.assert_works_again().await;
}

#[tokio::test]
async fn lost_requests() {
    let path = Path::start();
    let lost = path.loss_under(Fault::Drop(Direction::ToServer)).await;
    assert_eq!(lost.reason(), Reason::TimedOut, "{lost}");
    assert_nobody_answers(&path.proxy.url()).await;
    path.assert_works_again().await;
}

#[tokio::test]
async fn lost_answers() {
    let path = Path::start();
    // Redis does not know the script, and the text that it asks for never arrives.
    run(&mut connect(&path.server.url()).await, &command("other")).await;
    let lost = path.loss_under(Fault::Drop(Direction::ToClient)).await;
    assert_eq!(lost.reason(), Reason::TimedOut, "{lost}");
    path.assert_was_executed().await;
    path.assert_works_again().await;
}

#[tokio::test]
async fn a_cut() {
    let path = Path::start();
    let mut connection = connect(&path.proxy.url()).await;
    path.proxy.cut();
    // Also without a command.
    assert_eq!(pushed(&mut connection).await.unwrap_err().reason(), Reason::Closed);
    assert_eq!(loss(&mut connection, &beat()).await.reason(), Reason::Closed);
    path.assert_works_again().await;
}

#[tokio::test]
async fn corrupted_answers() {
    let path = Path::start();
    run(&mut connect(&path.proxy.url()).await, &beat()).await;
    // About the length of the reply to a beat.
    let mut reasons = Vec::new();
    for place in 0..70 {
        path.proxy.set(Fault::None);
        let mut connection = connect_hasty(&path.proxy.url()).await;
        path.proxy.set(Fault::Corrupt(Direction::ToClient, place));
        match connection_result(&mut connection).await {
            Ok(()) => {}
            Err(lost) => {
                // `Failed`, if the code of an error was corrupted.
                let possible =
                    [Reason::Malformed, Reason::TimedOut, Reason::Closed, Reason::Failed];
                assert!(possible.contains(&lost.reason()), "{place}: {lost}");
                reasons.push(lost.reason());
            }
        }
    }
    assert!(reasons.contains(&Reason::Malformed), "{reasons:?}");
    path.assert_works_again().await;
}

/// Runs a beat. The reply may be malformed, which other tests check.
async fn connection_result(
    connection: &mut retry_fleet::link::RedisConnection,
) -> Result<(), Lost> {
    use retry_fleet::transport::Connection;

    connection.run(&beat()).await.map(|_| ())
}

#[tokio::test]
async fn corrupted_requests() {
    let path = Path::start();
    for place in 0..40 {
        path.proxy.set(Fault::None);
        let mut connection = connect_hasty(&path.proxy.url()).await;
        path.proxy.set(Fault::Corrupt(Direction::ToServer, place));
        // Redis may accept the bytes, report an error, close the connection, or wait for the rest
        // of a corrupted length.
        if let Err(lost) = connection_result(&mut connection).await {
            let reasons = [Reason::Failed, Reason::TimedOut, Reason::Closed];
            assert!(reasons.contains(&lost.reason()), "{place}: {lost}");
        }
    }
    path.assert_works_again().await;
}

#[tokio::test]
async fn a_client_that_is_killed() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    let _: u64 = server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    assert_eq!(pushed(&mut connection).await.unwrap_err().reason(), Reason::Closed);
    assert_eq!(loss(&mut connection, &beat()).await.reason(), Reason::Closed);
    run(&mut connect(&server.url()).await, &beat()).await;
}

#[tokio::test]
async fn a_server_that_is_stopped() {
    let path = Path::start();
    run(&mut connect(&path.server.url()).await, &command("other")).await;
    let mut connection = connect_hasty(&path.server.url()).await;
    path.server.stop();
    assert_eq!(loss(&mut connection, &command("id")).await.reason(), Reason::TimedOut);
    assert_nobody_answers(&path.server.url()).await;
    path.server.resume();
    // The command is executed, although its caller no longer waits.
    path.assert_was_executed().await;
    path.assert_works_again().await;
}

#[tokio::test]
async fn a_server_that_is_killed() {
    let mut server = Server::start();
    let mut connection = connect(&server.url()).await;
    run(&mut connection, &beat()).await;
    server.kill();
    assert_eq!(pushed(&mut connection).await.unwrap_err().reason(), Reason::Closed);
    assert_eq!(loss(&mut connection, &beat()).await.reason(), Reason::Closed);
    assert_eq!(refusal(&server.url()).await.reason(), Reason::Refused);
    server.restart();
    run(&mut connect(&server.url()).await, &beat()).await;
}

#[tokio::test]
async fn a_timed_out_connection_is_closed() {
    let path = Path::start();
    path.loss_under(Fault::Drop(Direction::ToClient)).await;
    // The task that closes it needs the runtime.
    tokio::time::sleep(Duration::from_millis(10)).await;
    until("Redis has no subscriber any more", || {
        let clients: String = path.server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]);
        clients.is_empty()
    });
}

#[tokio::test]
async fn pushes_that_nobody_reads() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    let channel = key(":ch");
    let long = "x".repeat(1_000_000);
    let _: u64 = server.command(&["PUBLISH", &channel, &long]);
    for number in 0..400 {
        let _: u64 = server.command(&["PUBLISH", &channel, &number.to_string()]);
    }
    run(&mut connection, &beat()).await;
    // All but the long one arrive, until the queue is full.
    for number in 0..256 {
        assert_eq!(pushed(&mut connection).await, Ok(number.to_string().into_bytes()));
    }
    let _: u64 = server.command(&["PUBLISH", &channel, "next"]);
    assert_eq!(pushed(&mut connection).await, Ok(b"next".to_vec()));
}
