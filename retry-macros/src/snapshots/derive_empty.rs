#[automatically_derived]
impl ::retry_utils::Retryable for Never {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match *self {}
    }
}
