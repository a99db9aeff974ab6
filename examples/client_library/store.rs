//! A store with scripted answers. Each connection gets the next one.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The requests that the store received, one line each.
#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts a store. Returns its address, the requests that it receives, and its task. The store goes
/// down after its last answer.
pub async fn start(
    answers: impl IntoIterator<Item = &'static str>,
) -> io::Result<(String, Requests, JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let requests = Requests::default();
    let (log, answers) = (requests.clone(), answers.into_iter().collect::<Vec<_>>());
    let task = tokio::spawn(async move {
        for answer in answers {
            let mut stream = BufReader::new(listener.accept().await?.0);
            let mut request = String::new();
            stream.read_line(&mut request).await?;
            log.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            stream.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    });
    Ok((address, requests, task))
}
