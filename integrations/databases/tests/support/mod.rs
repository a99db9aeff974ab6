//! Servers on the loopback interface with the part of a protocol that is needed to send an error.
#![allow(dead_code, unreachable_pub)] // Each test file includes this module and uses its own part.

use std::net::SocketAddr;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions, Executor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The answer on one connection.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// The login succeeds, and each query gets this error: the code, and the number if the protocol
    /// has one.
    ToQuery(&'static str, u16),
    /// The login fails with this error.
    ToLogin(&'static str, u16),
    /// The login succeeds, and the connection ends at the first query.
    Close,
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Returns an address without a listener.
pub async fn refused() -> SocketAddr {
    listen().await.1
}

/// Starts a server with `PostgreSQL`'s protocol, version 3.
pub async fn postgres(answer: Answer) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // Fails when the client has closed the connection.
            let _ = speak_postgres(connection, answer).await;
        }
    });
    address
}

/// Returns the options for a server of [`postgres`].
pub fn to_postgres(address: SocketAddr) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(address.port())
        .username("somebody")
        .database("somewhere")
        .ssl_mode(PgSslMode::Disable)
}

/// Returns the error of a login and a query.
pub async fn ask_postgres(answer: Answer) -> sqlx::Error {
    let address = postgres(answer).await;
    let asked: Result<PgConnection, _> = to_postgres(address).connect().await;
    match asked {
        Ok(mut connection) => connection.execute("SELECT 1").await.unwrap_err(),
        Err(error) => error,
    }
}

async fn speak_postgres(mut connection: TcpStream, answer: Answer) -> std::io::Result<()> {
    // The first message has no type. It consists of length, version and parameters.
    let length = connection.read_i32().await?;
    read(&mut connection, length - 4).await?;
    if let Answer::ToLogin(code, _) = answer {
        return connection.write_all(&postgres_error("FATAL", code)).await;
    }
    let mut welcome = message(b'R', &0_i32.to_be_bytes());
    welcome.extend(message(b'Z', b"I"));
    connection.write_all(&welcome).await?;
    loop {
        let kind = connection.read_u8().await?;
        let length = connection.read_i32().await?;
        read(&mut connection, length - 4).await?;
        match (kind, answer) {
            // Query, or Parse of the extended protocol. After an error, everything until Sync is
            // skipped.
            (b'Q' | b'P', Answer::ToQuery(code, _)) => {
                connection.write_all(&postgres_error("ERROR", code)).await?;
                if kind == b'Q' {
                    connection.write_all(&message(b'Z', b"I")).await?;
                }
            }
            (b'S', Answer::ToQuery(..)) => connection.write_all(&message(b'Z', b"I")).await?,
            (b'Q' | b'P', _) => return Ok(()),
            _ => {}
        }
    }
}

fn postgres_error(severity: &str, code: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    for (field, text) in [(b'S', severity), (b'V', severity), (b'C', code), (b'M', "as scripted")] {
        fields.push(field);
        fields.extend(text.as_bytes());
        fields.push(0);
    }
    fields.push(0);
    message(b'E', &fields)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).unwrap();
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

async fn read(connection: &mut TcpStream, length: i32) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; usize::try_from(length).unwrap()];
    connection.read_exact(&mut body).await?;
    Ok(body)
}

/// Starts a server with `MySQL`'s protocol, version 10.
pub async fn mysql(answer: Answer) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let _ = speak_mysql(connection, answer).await;
        }
    });
    address
}

async fn speak_mysql(mut connection: TcpStream, answer: Answer) -> std::io::Result<()> {
    if let Answer::ToLogin(code, number) = answer {
        return connection.write_all(&packet(0, &mysql_error(code, number))).await;
    }
    // PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, CONNECT_WITH_DB; no TLS.
    let capabilities: u32 = 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x0000_0008;
    let [low_0, low_1, high_0, high_1] = capabilities.to_le_bytes();
    let mut greeting = vec![10];
    greeting.extend(b"8.0.0\0");
    greeting.extend(1_u32.to_le_bytes());
    greeting.extend(b"12345678\0");
    greeting.extend([low_0, low_1, 45, 2, 0, high_0, high_1, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"123456789012\0");
    greeting.extend(b"mysql_native_password\0");
    connection.write_all(&packet(0, &greeting)).await?;
    let sequence = read_packet(&mut connection).await?.0;
    connection.write_all(&packet(sequence + 1, &OK)).await?;
    loop {
        let (sequence, body) = read_packet(&mut connection).await?;
        let is_setting = body.windows(3).any(|part| part.eq_ignore_ascii_case(b"set"));
        match (body.first(), answer) {
            // The client sends its settings as a query after the login.
            (Some(3), _) if is_setting => connection.write_all(&packet(sequence + 1, &OK)).await?,
            (Some(3 | 22), Answer::ToQuery(code, number)) => {
                connection.write_all(&packet(sequence + 1, &mysql_error(code, number))).await?;
            }
            // A query that gets no answer, or the end of the session.
            (Some(1 | 3 | 22), _) => return Ok(()),
            _ => connection.write_all(&packet(sequence + 1, &OK)).await?,
        }
    }
}

/// No rows, no id, autocommit, no warnings.
const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];

fn mysql_error(code: &str, number: u16) -> Vec<u8> {
    let mut body = vec![0xFF];
    body.extend(number.to_le_bytes());
    body.push(b'#');
    body.extend(code.as_bytes());
    body.extend(b"as scripted");
    body
}

fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
    let [zero, one, two, _] = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&[zero, one, two, sequence][..], body].concat()
}

async fn read_packet(connection: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 4];
    connection.read_exact(&mut head).await?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
    let mut body = vec![0; usize::try_from(length).unwrap()];
    connection.read_exact(&mut body).await?;
    Ok((head[3], body))
}

/// Starts a server with Redis's protocol. It answers the commands after `CLIENT` with these lines
/// in turn, and repeats the last one. An empty line ends the connection.
pub async fn redis(lines: &'static [&'static str]) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let mut lines = lines;
        while let Ok((connection, _)) = listener.accept().await {
            let _ = speak_redis(connection, &mut lines).await;
        }
    });
    address
}

async fn speak_redis(
    mut connection: TcpStream,
    lines: &mut &'static [&'static str],
) -> std::io::Result<()> {
    loop {
        // An array of strings, each after its length.
        let parts: usize = read_line(&mut connection).await?[1..].parse().unwrap();
        let mut command = Vec::new();
        for _ in 0..parts {
            read_line(&mut connection).await?;
            command.push(read_line(&mut connection).await?);
        }
        let answer = if command[0] == "CLIENT" { Some("+OK") } else { next(lines) };
        let Some(answer) = answer.filter(|line| !line.is_empty()) else { return Ok(()) };
        connection.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// Returns the next line, and repeats the last one.
fn next(lines: &mut &'static [&'static str]) -> Option<&'static str> {
    match **lines {
        [line] => Some(line),
        [line, ref later @ ..] => {
            *lines = later;
            Some(line)
        }
        [] => None,
    }
}

async fn read_line(connection: &mut TcpStream) -> std::io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(connection.read_u8().await?);
    }
    line.truncate(line.len() - 2);
    Ok(String::from_utf8(line).unwrap())
}
