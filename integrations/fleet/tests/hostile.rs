//! The powers of a group member with the permissions of the guide, and of a hostile server.

mod support;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use redis::RedisResult;
use retry_fleet::{Fleet, Reason, Status};
use retry_runtime::testing::{RecordedEvent, Recorder};
use retry_runtime::{CircuitBreaker, Permit};
use support::*;
use with_fleet::{Proxy, Server, rules, until};

/// A server whose only user has the permissions of the guide.
fn server() -> Server {
    let mut server = Server::start();
    server.set_user("checkout", &rules(GROUP, "secret"));
    server.close_default_user();
    server
}

/// Runs a command as that user.
fn as_member(server: &Server, words: &[&str]) -> RedisResult<redis::Value> {
    let url = server.url_for("checkout", "secret");
    let mut connection = redis::Client::open(url)?.get_connection()?;
    connection.set_read_timeout(Some(LIMIT))?;
    let (name, arguments) = words.split_first().unwrap();
    redis::cmd(name).arg(arguments).query(&mut connection)
}

fn start(server: &Server, breaker: &Arc<CircuitBreaker>) -> Fleet {
    let url = server.url_for("checkout", "secret");
    Fleet::redis(&url).unwrap().group(GROUP).instance("one").share(breaker).start().unwrap()
}

fn is_coordinated(fleet: &Fleet) -> bool {
    matches!(fleet.status(), Status::Coordinated { .. })
}

/// Returns the duration of the longest of some calls.
fn longest_call(breaker: &CircuitBreaker, calls: u32) -> Duration {
    let call = |_| {
        let began = Instant::now();
        drop(breaker.try_acquire().map(Permit::success));
        began.elapsed()
    };
    (0..calls).map(call).max().unwrap()
}

/// Returns the pages of memory that this process uses, in bytes.
fn memory() -> u64 {
    let statistics = std::fs::read_to_string("/proc/self/statm").unwrap();
    statistics.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

#[test]
fn a_member_reaches_nothing_but_the_group() {
    let server = server();
    let other = "{rf1:prod/orders}:r";
    let write = "return redis.call('HSET', KEYS[1], 'a', 'b')";
    for words in [
        &["EVAL", write, "1", other][..],
        // Not declared.
        &["EVAL", "return redis.call('HSET', '{rf1:prod/orders}:r', 'a', 'b')", "0"],
        &["EVAL", "return redis.call('FLUSHALL')", "0"],
        &["EVAL", "return redis.call('CONFIG', 'SET', 'dir', '/')", "0"],
        &["EVAL", "return redis.call('KEYS', '*')", "0"],
        &["HGET", other, "a"],
        &["PUBLISH", "{rf1:prod/orders}:ch", "x"],
        &["SUBSCRIBE", "{rf1:prod/orders}:ch"],
        &["KEYS", "*"],
        &["CONFIG", "GET", "*"],
        &["SCRIPT", "FLUSH"],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["ACL", "LIST"],
    ] {
        let error = as_member(&server, words).expect_err(words[0]).to_string();
        let is_denied = ["permission", "can't", "not allowed"].iter().any(|it| error.contains(it));
        assert!(is_denied, "{words:?}: {error}");
    }
    as_member(&server, &["EVAL", write, "1", &key(":r")]).unwrap();
}

#[test]
fn a_member_can_stop_the_server_and_no_call() {
    let server = server();
    let breaker = Arc::new(CircuitBreaker::named(BREAKER));
    let fleet = start(&server, &breaker);
    until("it is coordinated", || is_coordinated(&fleet));
    thread::scope(|scope| {
        scope.spawn(|| as_member(&server, &["EVAL", "while true do end", "0"]));
        until("it is alone", || !is_coordinated(&fleet));
        assert!(longest_call(&breaker, 10_000) < Duration::from_millis(100));
        // All clients wait, also those outside the group.
        until("the server is busy", || {
            let answer = server.try_command::<redis::Value>(&["SET", "other", "value"]);
            format!("{answer:?}").contains("BUSY")
        });
        let () = server.command(&["SCRIPT", "KILL"]);
    });
    until("it is coordinated again", || is_coordinated(&fleet));
}

#[test]
fn a_flood_of_pushes_costs_little() {
    let server = server();
    let name = "flooded";
    let breaker = Arc::new(CircuitBreaker::named(name));
    let recorder = Recorder::for_process();
    let fleet = start(&server, &breaker);
    until("it is coordinated", || is_coordinated(&fleet));
    let script = "local time = redis.call('TIME') \
                  for number = 1, 50000 do \
                    local state = number % 2 == 0 and 'open|5000|0|opened|' or 'closed|0|0|closed|' \
                    redis.call('PUBLISH', KEYS[1], \
                      '1|' .. string.format('%.0f', time[1] * 1000 + number) .. '|' .. state .. ARGV[1]) \
                  end";
    let (before, began) = (memory(), Instant::now());
    for _ in 0..5 {
        as_member(&server, &["EVAL", script, "1", &key(":ch"), name]).unwrap();
        assert!(longest_call(&breaker, 1_000) < Duration::from_millis(100));
    }
    thread::sleep(Duration::from_secs(2));
    let events = recorder.of(name).into_iter().filter(|event| {
        matches!(event, RecordedEvent::FleetOpened { .. } | RecordedEvent::FleetClosed { .. })
    });
    let (events, seconds) = (events.count() as u64, began.elapsed().as_secs() + 1);
    assert!(events <= 41 * (seconds + 1), "{events} in {seconds} s");
    assert!(memory().saturating_sub(before) < 64 << 20, "{}", memory() - before);
    until("it is coordinated again", || is_coordinated(&fleet));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    for start in ["*2147483647\r\n", "$2147483647\r\n", "~2147483647\r\n", "%2147483647\r\n"] {
        let server = Server::start();
        let proxy = Proxy::start(server.port());
        let mut connection = connect_hasty(&proxy.url()).await;
        let before = memory();
        let piece = ":1\r\n".repeat(1 << 16);
        let writer = thread::spawn(move || {
            let mut is_open = proxy.inject(start.as_bytes());
            // Up to 256 MB.
            for _ in 0..1_024 {
                is_open = is_open && proxy.inject(piece.as_bytes());
            }
            is_open
        });
        let lost = pushed(&mut connection).await.unwrap_err();
        assert_eq!(lost.reason(), Reason::Closed, "{start}");
        assert!(!writer.join().unwrap(), "{start}");
        let grown = memory().saturating_sub(before);
        assert!(grown < 512 << 20, "{start}: {grown}");
        println!("{start:?} {grown}");
    }
}
