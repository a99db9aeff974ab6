//! The transport with one server.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use retry_fleet::link::{Credentials, Redis};
use retry_fleet::transport::Transport;
use retry_fleet::wire::{Kind, LeaseAnswer, OutcomeAnswer, Push, Reply, VoteAnswer};
use retry_fleet::{Lost, Reason};
use support::*;
use with_fleet::{COMMANDS, Server, rules};

/// Runs all scripts, and returns the first error.
async fn run_all(url: &str) -> Result<(), Lost> {
    let mut connection = transport(url).connect().await?;
    try_run(&mut connection, &beat()).await?;
    try_run(&mut connection, &vote()).await?;
    let Reply::Lease(lease) = try_run(&mut connection, &lease()).await? else { unreachable!() };
    assert_eq!(lease.answer, LeaseAnswer::Granted);
    let epoch = lease.standing.expect("a granted lease has an epoch").register.epoch;
    let reply = try_run(&mut connection, &outcome(epoch)).await?;
    let Reply::Outcome(outcome) = reply else { unreachable!() };
    assert_eq!(outcome.answer, OutcomeAnswer::Closed);
    try_run(&mut connection, &command("1")).await?;
    try_run(&mut connection, &leave()).await?;
    for _ in 0..3 {
        pushed(&mut connection).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pushes_come_on_the_connection_that_sends() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    let mut other = connect(&server.url()).await;

    run(&mut connection, &beat()).await;
    let Reply::Vote(voted) = run(&mut connection, &vote()).await else { unreachable!() };
    assert_eq!(voted.answer, VoteAnswer::Opened);
    for connection in [&mut connection, &mut other] {
        let push = Push::parse(&pushed(connection).await.unwrap()).expect("the push is in form");
        assert_eq!((push.kind, push.name.as_str()), (Kind::Opened, BREAKER));
    }
    let clients: String = server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]);
    assert_eq!(clients.lines().filter(|line| line.contains(" sub=1 ")).count(), 2, "{clients}");
    // Only the client that asks remains.
    let clients: String = server.command(&["CLIENT", "LIST", "TYPE", "normal"]);
    assert_eq!(clients.lines().count(), 1, "{clients}");
}

#[tokio::test]
async fn a_server_that_lost_scripts_and_data_goes_on() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    run(&mut connection, &beat()).await;
    let () = server.command(&["SCRIPT", "FLUSH"]);
    run(&mut connection, &beat()).await;
    run(&mut connection, &vote()).await;
    let () = server.command(&["FLUSHALL"]);
    run(&mut connection, &beat()).await;

    // Without `SCRIPT LOAD`. The text is sent only if the server does not have it.
    let statistics: String = server.command(&["INFO", "commandstats"]);
    let calls = |command: &str| {
        let line = statistics.lines().find_map(|line| line.strip_prefix(command)).unwrap_or("");
        line.split(',').next().unwrap_or("").to_owned()
    };
    assert_eq!(calls("cmdstat_eval:"), "calls=3", "{statistics}");
    assert_eq!(calls("cmdstat_script|load:"), "", "{statistics}");
}

#[tokio::test]
async fn the_permissions_of_the_guide_suffice() {
    let mut server = Server::start();
    server.set_user("checkout", &rules(GROUP, "secret"));
    server.close_default_user();
    run_all(&server.url_for("checkout", "secret")).await.unwrap();
    let refused: Vec<redis::Value> = server.command(&["ACL", "LOG"]);
    assert!(refused.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let server = Server::start();
    let url = server.url_for("checkout", "secret");
    for command in COMMANDS.split(' ').filter_map(|rule| rule.strip_prefix('+')) {
        server.set_user("checkout", &["reset"]);
        server.set_user("checkout", &rules(GROUP, "secret"));
        server.set_user("checkout", &[format!("-{command}")]);
        let () = server.command(&["FLUSHALL"]);
        // `EVAL` is needed only if the server does not have the script.
        let () = server.command(&["SCRIPT", "FLUSH"]);
        match (command, run_all(&url).await) {
            // Redis permits the first to all users, and the others are reserves.
            ("hello" | "ping" | "unsubscribe" | "hmget" | "hscan", Ok(())) => {}
            (_, Ok(())) => panic!("`{command}` is not needed"),
            (_, Err(lost)) => {
                assert_eq!(lost.reason(), Reason::Denied, "{command}: {lost}");
                assert!(lost.detail().contains(&format!("'{command}'")), "{command}: {lost}");
            }
        }
    }
}

#[tokio::test]
async fn another_group_is_out_of_reach() {
    let server = Server::start();
    server.set_user("checkout", &rules("prod/other", "secret"));
    let lost = refusal(&server.url_for("checkout", "secret")).await;
    assert_eq!(lost.reason(), Reason::Denied, "{lost}");
    assert!(lost.detail().contains("keys") && lost.detail().ends_with(&key(":q")), "{lost}");
    // Permits the keys, but not the channel.
    server.set_user("checkout", &[format!("~{{rf1:{GROUP}}}:*")]);
    let lost = refusal(&server.url_for("checkout", "secret")).await;
    assert_eq!(lost.reason(), Reason::Denied, "{lost}");
    assert!(lost.detail().contains("channel") && lost.detail().ends_with(&key(":ch")), "{lost}");
}

#[tokio::test]
async fn credentials() {
    let mut server = Server::start();
    server.set_user("checkout", &rules(GROUP, "secret"));
    server.close_default_user();
    for url in [
        server.url(),
        server.url_for("checkout", "wrong-secret"),
        server.url_for("nobody", "secret"),
        server.url_for("", "secret"),
    ] {
        let lost = refusal(&url).await;
        assert_eq!(lost.reason(), Reason::WrongPass, "{lost}");
        assert!(!lost.to_string().contains("secret"), "{lost}");
    }

    // The function is called for each connection, and takes precedence over the URL.
    let is_new = Arc::new(AtomicBool::new(false));
    let password = {
        let is_new = Arc::clone(&is_new);
        move || if is_new.load(Ordering::Relaxed) { "new" } else { "secret" }
    };
    let url = server.url_for("nobody", "x");
    let credentials = Arc::new(move || Credentials::new("checkout", password()));
    let mut transport = Redis::new(&url, GROUP, Some(credentials)).unwrap();
    transport.connect().await.unwrap();
    server.set_user("checkout", &["resetpass", ">new"]);
    is_new.store(true, Ordering::Relaxed);
    transport.connect().await.unwrap();
}

#[tokio::test]
async fn a_key_of_another_type_is_named() {
    let server = Server::start();
    for (end, request) in [
        (":r", vote()),
        (":i", beat()),
        (":o", vote()),
        (":x", beat()),
        (":a", vote()),
        (":v:api", vote()),
        (":w:api", beat()),
    ] {
        let () = server.command(&["FLUSHALL"]);
        let mut connection = connect(&server.url()).await;
        run(&mut connection, &beat()).await;
        let () = server.command(&["SET", &key(end), "text"]);
        let lost = loss(&mut connection, &request).await;
        assert_eq!((lost.reason(), lost.detail()), (Reason::WrongType, &*key(end)));
    }
    let () = server.command(&["FLUSHALL"]);
    let () = server.command(&["SET", &key(":q"), "text"]);
    let lost = refusal(&server.url()).await;
    assert_eq!((lost.reason(), lost.detail()), (Reason::WrongType, &*key(":q")));
}

#[tokio::test]
async fn a_server_without_memory_goes_on() {
    let server = Server::start();
    let mut connection = connect(&server.url()).await;
    let () = server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    // Redis accepts a script whose first write frees memory, as that of all our scripts does.
    run(&mut connection, &beat()).await;
    run(&mut connection, &vote()).await;
    server.try_command::<()>(&["SET", "x", "y"]).expect_err("there is no memory");
}

#[tokio::test]
async fn nobody_is_there() {
    let server = Server::start();
    let url = server.url();
    drop(server);
    let lost = refusal(&url).await;
    assert_eq!(lost.reason(), Reason::Refused, "{lost}");
    assert!(url.ends_with(lost.detail()), "{lost}");
    let lost = refusal("redis://nobody.invalid").await;
    // The resolver may take too long.
    assert!(matches!(lost.reason(), Reason::Unreachable | Reason::TimedOut), "{lost}");
    // The second host is tried after the first.
    let server = Server::start();
    let url = format!("{url},{}", server.address());
    run(&mut connect(&url).await, &beat()).await;
}

/// Listens, and sends each client this text repeatedly.
fn answer_with(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut command = [0; 1024];
                while client.read(&mut command).is_ok_and(|length| length > 0) {
                    if client.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("redis://ann:secret@{address}")
}

#[tokio::test]
async fn a_server_that_is_not_what_it_should_be() {
    assert_nobody_answers(&answer_with("")).await;
    for (text, reason) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", Reason::Malformed),
        ("-ERR unknown command `HELLO`, with args: `AUTH`, `ann`, `secret`\r\n", Reason::TooOld),
        ("-ERR unknown command 'HELLO', with args: 'AUTH' 'ann' 'secret'\r\n", Reason::TooOld),
        ("-NOPROTO sorry\r\n", Reason::TooOld),
        ("-LOADING Redis is loading the dataset in memory\r\n", Reason::Unavailable),
        ("-ann:secret\r\n", Reason::Failed),
    ] {
        let lost = refusal(&answer_with(text)).await;
        assert_eq!(lost.reason(), reason, "{text}: {lost}");
        assert!(!lost.to_string().contains("secret"), "{lost}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let writer = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(b"$99999999999\r\n").unwrap();
        let mut written = 0_usize;
        while let Ok(length) = client.write(&[b'x'; 8 * 1024]) {
            written += length;
        }
        written
    });
    let lost = refusal(&url).await;
    // On a busy machine, the time limit may be reached first.
    assert!(matches!(lost.reason(), Reason::Closed | Reason::TimedOut), "{lost}");
    // The rest was in the buffers of the sockets.
    let written = writer.join().unwrap();
    assert!(written < 64 * 1024 * 1024, "{written}");
}
