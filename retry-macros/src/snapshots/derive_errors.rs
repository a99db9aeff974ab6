::core::compile_error! {
    "unknown kind of failure `timout`; did you mean `timeout`?"
}
::core::compile_error! {
    "unknown key `afer`; did you mean `after`?"
}
::core::compile_error! {
    "`timeout` applies to a variant, not to the enum: move it to each variant that it describes; the enum takes only `crate = \"…\"`"
}
::core::compile_error! {
    "`Unmarked` has no kind of failure: add `#[retry(<kind>)]`, or use the kind of the inner error with `#[retry(transparent)]` or `#[retry(with = path)]`; the kinds are `timeout`, `connection`, `unavailable`, `rate_limited`, `transient`, `unauthorized`, `invalid_request`, `mid_stream`, `resource_exhausted`, `bug`, `circuit_open` and `permanent`"
}
::core::compile_error! {
    "`transparent` needs one inner error, but 2 fields of `TwoMarks` are marked: keep one `#[source]` or `#[from]`"
}
#[automatically_derived]
impl<T> ::retry_utils::Retryable for Wrong<T>
where
    T: Clone,
{
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        ::retry_utils::FailureKind::Permanent
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
