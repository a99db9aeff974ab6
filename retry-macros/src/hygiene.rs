//! Tokens of ours that no name of the user's can catch, and that catch none.

/// `quote!`, with local names of their own: `Span::mixed_site()` hides variables and labels both ways.
macro_rules! ours {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

pub(crate) use ours;
