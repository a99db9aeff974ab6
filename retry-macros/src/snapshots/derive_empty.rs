#[automatically_derived]
impl ::retry_utils::Retryable for Never {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match *self {}
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
