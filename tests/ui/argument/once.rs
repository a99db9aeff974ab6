use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

fn parse(text: &str) -> Result<u32, Failed> {
    text.parse().map_err(|_| Failed)
}

#[async_retry(once(number: u32 = parse(number)?))]
async fn by_question_mark(number: &str) -> Result<u32, Failed> {
    Ok(number)
}

#[async_retry(once(number: u32 = if number.is_empty() { return Err(Failed) } else { 1 }))]
async fn by_return(number: &str) -> Result<u32, Failed> {
    Ok(number)
}

#[async_retry(once(count = number.len(), number = number.len(), number = 1))]
async fn not_an_argument(number: &str) -> Result<usize, Failed> {
    Ok(number)
}

#[async_retry(once(mut number = number.to_owned()))]
async fn mutable(number: &str) -> Result<String, Failed> {
    number.push('1');
    Ok(number)
}

#[async_retry(once(number))]
async fn without_a_value(number: &str) -> Result<String, Failed> {
    Ok(number.to_owned())
}

#[async_retry(once = 1)]
async fn without_parentheses(number: &str) -> Result<String, Failed> {
    Ok(number.to_owned())
}

fn main() {}
