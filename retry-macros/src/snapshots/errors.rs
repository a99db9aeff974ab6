::core::compile_error! {
    "unknown key `max_attempt`; did you mean `max_attempts`?"
}
#[rustfmt::__retry_utils_reported]
async fn f(n: u32) -> Result<u32, Failed> {
    g(n).await
}
