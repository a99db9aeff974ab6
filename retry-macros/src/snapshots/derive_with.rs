#[automatically_derived]
impl<'a, T> crate::retry::Retryable for Outer<'a, T> {
    fn failure_kind(&self) -> crate::retry::FailureKind {
        match self {
            Self::Only { 0: __field, .. } => {
                let __function: fn(&ParseIntError) -> crate::retry::FailureKind = classify;
                __function(__field)
            }
            Self::Named { source: __field, .. } => {
                let __function: fn(&driver::Error<T>) -> crate::retry::FailureKind = Self::kind_of::<
                    A,
                    B,
                >;
                __function(__field)
            }
            Self::Marked { .. } => crate::retry::FailureKind::RateLimited,
            Self::Both { cause: __field, .. } => {
                let __function: fn(&driver::Error<T>) -> crate::retry::FailureKind = <driver::Error<
                    T,
                > as Judge>::judge;
                __function(__field)
            }
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self::Named { source: __field, .. } => {
                let __function: fn(
                    &driver::Error<T>,
                ) -> ::core::option::Option<::core::time::Duration> = crate::driver::wait;
                __function(__field)
            }
            Self::Marked { 1: __field, .. } => {
                let __function: fn(
                    &driver::Limit,
                ) -> ::core::option::Option<::core::time::Duration> = wait_of;
                __function(__field)
            }
            Self::Both { wait: __field, .. } => {
                <Duration as crate::retry::private::Hint>::hint(__field)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        crate::retry::private::Judged(self).__retry_utils_error()
    }
}
