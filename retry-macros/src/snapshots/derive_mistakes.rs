::core::compile_error! {
    "unknown kind of failure `timout`; did you mean `timeout`?"
}
::core::compile_error! {
    "unknown key `afer`; did you mean `after`?"
}
::core::compile_error! {
    "`timeout` stands on a variant, not on the enum: move it to each variant that it is true of; the enum itself takes only `crate = \"…\"`"
}
::core::compile_error! {
    "`Unmarked` does not say what kind of failure it is: add `#[retry(<kind>)]`, or `#[retry(transparent)]` to take the kind of the error inside; the kinds are `timeout`, `connection`, `unavailable`, `rate_limited`, `transient`, `unauthorized`, `invalid_request`, `mid_stream`, `resource_exhausted`, `bug`, `circuit_open` and `permanent`"
}
#[automatically_derived]
impl<T> ::retry_utils::Retryable for Wrong<T>
where
    T: Clone,
{
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        ::retry_utils::FailureKind::Permanent
    }
}
