use std::sync::Arc;

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

struct Token;

impl Token {
    fn redeem(self) -> usize {
        1
    }
}

fn run(make: impl FnOnce() -> usize) -> usize {
    make()
}

struct Client;

impl Client {
    #[async_retry]
    async fn into_task(self: Arc<Self>) -> Result<usize, Failed> {
        tokio::spawn(async move { drop(self) });
        Ok(1)
    }
}

#[async_retry]
async fn passed_on(body: Vec<u8>) -> Result<usize, Failed> {
    let lengths = [body].map(|body: Vec<u8>| body.len());
    Ok(lengths[0])
}

#[async_retry]
async fn iterated(names: Vec<String>, limit: Option<String>) -> Result<usize, Failed> {
    let mut total = 0;
    for name in names {
        total += name.len();
    }
    drop(limit);
    Ok(total)
}

#[async_retry]
async fn converted(to: impl Into<String>) -> Result<usize, Failed> {
    let to: String = to.into();
    Ok(to.len())
}

#[async_retry]
async fn called<F>(make: F) -> Result<usize, Failed>
where
    F: FnOnce() -> usize + Send,
{
    Ok(run(make))
}

#[async_retry]
async fn converted_by_a_parameter<T: Into<String>>(to: T) -> Result<usize, Failed> {
    let to = to.into();
    Ok(to.len())
}

#[async_retry(clone(to))]
async fn cloned_and_generic<T: Into<String>>(to: T) -> Result<usize, Failed> {
    let to: String = to.into();
    Ok(to.len())
}

#[async_retry]
async fn lent_after_the_move(name: String) -> Result<usize, Failed> {
    Ok((&name.into_bytes()).len())
}

#[async_retry]
async fn behind_an_operator(ok: bool, list: Vec<u32>) -> Result<bool, Failed> {
    Ok(ok && list.into_iter().any(|number| number > 1))
}

#[async_retry]
async fn awaited<F: Future<Output = usize>>(job: F) -> Result<usize, Failed> {
    Ok(job.await)
}

// A move that only the compiler finds is reported at the argument, too.
#[async_retry]
async fn redeemed(token: Token) -> Result<usize, Failed> {
    Ok(token.redeem())
}

fn main() {}
