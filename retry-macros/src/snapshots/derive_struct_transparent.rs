#[automatically_derived]
impl ::retry_utils::Retryable for Wrapped {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::failure_kind(__field)
            }
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::retry_after(__field)
            }
        }
    }
    fn retry_hint(&self) -> ::retry_utils::RetryHint {
        match self {
            Self { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::retry_hint(__field)
            }
        }
    }
    fn __retry_utils_is_opaque(&self) -> bool {
        match self {
            Self { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::is_opaque(__field)
            }
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
