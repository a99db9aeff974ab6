#[automatically_derived]
impl ::retry_utils::Retryable for Wrapped {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        let Self { 0: __field, .. } = self;
        <io::Error as ::retry_utils::Retryable>::failure_kind(__field)
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        let Self { 0: __field, .. } = self;
        <io::Error as ::retry_utils::Retryable>::retry_after(__field)
    }
}
