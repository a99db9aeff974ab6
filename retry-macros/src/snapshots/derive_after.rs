#[automatically_derived]
impl ::retry_utils::Retryable for Limited {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self::Named { .. } => ::retry_utils::FailureKind::RateLimited,
            Self::Tuple { .. } => ::retry_utils::FailureKind::Unavailable,
            Self::Other { .. } => ::retry_utils::FailureKind::Bug,
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self::Named { wait: __field, .. } => {
                <Option<Duration> as ::retry_utils::private::Hint>::hint(__field)
            }
            Self::Tuple { 1: __field, .. } => {
                <Duration as ::retry_utils::private::Hint>::hint(__field)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
