#[automatically_derived]
impl ::retry_utils::Retryable for SlowDown {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self { .. } => ::retry_utils::FailureKind::RateLimited,
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self { wait: __field, .. } => {
                <Duration as ::retry_utils::private::Hint>::hint(__field)
            }
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
