#![allow(non_snake_case)] // The spelling is the point.

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry]
async fn upper_case(mut N: u32) -> Result<u32, Failed> {
    N += 1;
    Ok(N)
}

#[async_retry]
async fn without_case(mut 回数: u32) -> Result<u32, Failed> {
    回数 += 1;
    Ok(回数)
}

#[async_retry]
async fn raw(mut r#type: u32, (A, mut B): (u32, u32)) -> Result<u32, Failed> {
    r#type += A;
    B += r#type;
    Ok(B)
}

fn main() {}
