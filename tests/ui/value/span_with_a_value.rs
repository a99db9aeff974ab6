use retry_utils::async_retry;

#[async_retry(span = true)]
async fn fetch() -> std::io::Result<()> {
    Ok(())
}

fn main() {}
