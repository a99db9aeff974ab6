#[automatically_derived]
impl<E> crate::reexports::retry::Retryable for Renamed<E>
where
    E: crate::reexports::retry::Retryable,
{
    fn failure_kind(&self) -> crate::reexports::retry::FailureKind {
        match self {
            Self::r#Type { .. } => crate::reexports::retry::FailureKind::Timeout,
            Self::Raw { .. } => crate::reexports::retry::FailureKind::Unavailable,
            Self::Inner { 0: __field, .. } => {
                <E as crate::reexports::retry::private::Classified>::failure_kind(
                    __field,
                )
            }
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self::Raw { r#in: __field, .. } => {
                <Duration as crate::reexports::retry::private::Hint>::hint(__field)
            }
            Self::Inner { 0: __field, .. } => {
                <E as crate::reexports::retry::private::Classified>::retry_after(__field)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn retry_hint(&self) -> crate::reexports::retry::RetryHint {
        match self {
            Self::Inner { 0: __field, .. } => {
                <E as crate::reexports::retry::private::Classified>::retry_hint(__field)
            }
            _ => {
                ::core::convert::Into::into(
                    crate::reexports::retry::Retryable::retry_after(self),
                )
            }
        }
    }
    fn __retry_utils_is_opaque(&self) -> bool {
        match self {
            Self::Inner { 0: __field, .. } => {
                <E as crate::reexports::retry::private::Classified>::is_opaque(__field)
            }
            _ => false,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        crate::reexports::retry::private::Judged(self).__retry_utils_error()
    }
}
