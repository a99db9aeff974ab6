#[automatically_derived]
impl ::retry_utils::Retryable for Wrapped {
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self { 0: __field, .. } => {
                let __function: fn(&(dyn Error + Send)) -> ::retry_utils::FailureKind = classify;
                __function(__field)
            }
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
