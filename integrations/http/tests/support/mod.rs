//! A server on the loopback interface with scripted answers, one connection after the other.
#![allow(dead_code, unreachable_pub)] // Each test file includes this module and uses its own part.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The answer on one connection after the head of a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(String),
    /// Closes the connection without a byte.
    Close,
    /// Sends these bytes and resets the connection.
    Reset(&'static str),
    /// Sends these bytes and keeps the connection open until the client closes it.
    Hang(String),
}

impl Answer {
    /// Returns a response of this status with these header lines and this body.
    pub fn response(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!(
            "HTTP/1.1 {status} Some Reason\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }
}

/// Serves the answers in turn, and repeats the last one.
pub async fn serve(answers: Vec<Answer>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut answers = answers.into_iter().peekable();
        let mut last = answers.peek().cloned().unwrap();
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            last = answers.next().unwrap_or(last);
            answer(connection, last.clone()).await;
        }
    });
    format!("http://{address}/")
}

async fn answer(mut connection: TcpStream, answer: Answer) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    match answer {
        Answer::Bytes(bytes) => connection.write_all(bytes.as_bytes()).await.unwrap(),
        Answer::Close => {}
        Answer::Reset(bytes) => {
            connection.write_all(bytes.as_bytes()).await.unwrap();
            connection.set_zero_linger().unwrap();
        }
        Answer::Hang(bytes) => drop(tokio::spawn(async move {
            connection.write_all(bytes.as_bytes()).await.unwrap();
            // Waits until the client closes the connection.
            let _ = tokio::io::copy(&mut connection, &mut tokio::io::sink()).await;
        })),
    }
}

/// Returns an address without a listener.
pub async fn refused() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
