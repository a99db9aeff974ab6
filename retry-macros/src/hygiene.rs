//! Tokens of ours that no name of the user's can catch, and that catch none.

/// `quote!`, with local names of their own: `Span::mixed_site()` hides variables and labels both ways.
macro_rules! ours {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

/// The same at a place of the user's, where the compiler then reports what is wrong with it.
macro_rules! ours_at {
    ($span:expr=> $($tokens:tt)*) => {{
        let span = ::proc_macro2::Span::mixed_site().located_at($span);
        ::quote::quote_spanned!(span=> $($tokens)*)
    }};
}

pub(crate) use {ours, ours_at};
