#[automatically_derived]
impl ::retry_utils::Retryable for Plain {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self::Unit { .. } => ::retry_utils::FailureKind::Timeout,
            Self::Tuple { .. } => ::retry_utils::FailureKind::InvalidRequest,
            Self::Named { .. } => ::retry_utils::FailureKind::MidStream,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
