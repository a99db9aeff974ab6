//! Expressions that would leave the retry loop.

use retry_utils::async_retry;

async fn stop() {}

#[async_retry(stop_on = { break Ok(77); stop() })]
async fn breaks() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(stop_on = if true { continue } else { stop() })]
async fn continues() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(stop_on = { return Ok(78); stop() })]
async fn returns() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(stop_on = { std::io::Result::Ok(())?; stop() })]
async fn fails() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(stop_on = { stop().await; stop() })]
async fn waits() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(before_retry = { break Ok(77); |_| stop() })]
async fn breaks_before_the_hook() -> std::io::Result<u32> {
    Ok(7)
}

#[async_retry(
    stop_on = async { stop().await; loop { break } },
    before_retry = async |_| { let Some(()) = Some(()) else { return }; stop().await }
)]
async fn stays() -> std::io::Result<u32> {
    Ok(7)
}

fn main() {
    let _ = (breaks, continues, returns, fails, waits, breaks_before_the_hook, stays);
}
