//! Hygienic versions of `quote!`.

/// `quote!` at `Span::mixed_site()`: user code and our code do not see each other's variables.
macro_rules! ours {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

/// The same at a place in user code, where the compiler then reports errors.
macro_rules! ours_at {
    ($span:expr=> $($tokens:tt)*) => {{
        let span = ::proc_macro2::Span::mixed_site().located_at($span);
        ::quote::quote_spanned!(span=> $($tokens)*)
    }};
}

pub(crate) use {ours, ours_at};
