#[automatically_derived]
impl ::retry_utils::Retryable for Refused {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self { .. } => ::retry_utils::FailureKind::Unauthorized,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
