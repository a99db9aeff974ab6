#[automatically_derived]
impl<'a, T: ?Sized + Debug, E, const N: usize> ::retry_utils::Retryable
for Generic<'a, T, E, N>
where
    E: Clone,
    Box<E>: ::retry_utils::Retryable,
{
    fn failure_kind(&self) -> ::retry_utils::FailureKind {
        match self {
            Self::Unbounded { .. } => ::retry_utils::FailureKind::Bug,
            Self::Inner { 0: __field, .. } => {
                <Box<E> as ::retry_utils::private::Classified>::failure_kind(__field)
            }
            Self::Concrete { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::failure_kind(__field)
            }
            Self::Recursive { 0: __field, .. } => {
                <Box<
                    Generic<'a, T, E, N>,
                > as ::retry_utils::private::Classified>::failure_kind(__field)
            }
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self::Inner { 0: __field, .. } => {
                <Box<E> as ::retry_utils::private::Classified>::retry_after(__field)
            }
            Self::Concrete { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::retry_after(__field)
            }
            Self::Recursive { 0: __field, .. } => {
                <Box<
                    Generic<'a, T, E, N>,
                > as ::retry_utils::private::Classified>::retry_after(__field)
            }
            _ => ::core::option::Option::None,
        }
    }
    fn retry_hint(&self) -> ::retry_utils::RetryHint {
        match self {
            Self::Inner { 0: __field, .. } => {
                <Box<E> as ::retry_utils::private::Classified>::retry_hint(__field)
            }
            Self::Concrete { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::retry_hint(__field)
            }
            Self::Recursive { 0: __field, .. } => {
                <Box<
                    Generic<'a, T, E, N>,
                > as ::retry_utils::private::Classified>::retry_hint(__field)
            }
            _ => ::core::convert::Into::into(::retry_utils::Retryable::retry_after(self)),
        }
    }
    fn __retry_utils_is_opaque(&self) -> bool {
        match self {
            Self::Inner { 0: __field, .. } => {
                <Box<E> as ::retry_utils::private::Classified>::is_opaque(__field)
            }
            Self::Concrete { 0: __field, .. } => {
                <io::Error as ::retry_utils::private::Classified>::is_opaque(__field)
            }
            Self::Recursive { 0: __field, .. } => {
                <Box<
                    Generic<'a, T, E, N>,
                > as ::retry_utils::private::Classified>::is_opaque(__field)
            }
            _ => false,
        }
    }
    fn as_error(&self) -> ::core::option::Option<&dyn ::core::error::Error> {
        ::retry_utils::private::Judged(self).__retry_utils_error()
    }
}
