#[automatically_derived]
impl ::retry_utils::Retryable for Refused {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self { .. } => ::retry_utils::FailureKind::Unauthorized,
        }
    }
}
