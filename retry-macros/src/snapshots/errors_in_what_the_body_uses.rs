::core::compile_error! {
    "unknown key `colour`: the keys of `#[async_retry]` are `max_attempts`, `base_delay`, `max_delay`, `exponential_base`, `backoff`, `jitter`, `retry_on`, `max_retry_after`, `mode`, `budget`, `attempt_timeout`, `total_timeout`, `retry_if`, `retry_if_ok`, `retry_after`, `retry_after_ok`, `on_retry`, `before_retry`, `stop_on`, `stream`, `attempt`, `name`, `span`, `clone`, `shared`, `once` and `crate`"
}
::core::compile_error! {
    "`attempt = n` would shadow the argument `n`: choose another name"
}
#[allow(unused)]
#[rustfmt::__retry_utils_reported]
async fn f(n: u32) -> Result<u32, Failed> {
    ::core::unreachable!()
}
