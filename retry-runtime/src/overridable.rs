//! Settings that replace others while a program runs.

/// Declares a struct of optional settings, with `new` and a setter for each field.
macro_rules! overridable {
    (
        $(#[$docs:meta])*
        $name:ident { $($(#[$field_docs:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_docs])* pub $field: Option<$type>,)*
        }

        impl $name {
            /// Creates an override that changes nothing.
            #[must_use]
            #[inline]
            pub const fn new() -> Self {
                Self { $($field: None,)* }
            }

            $(
                #[doc = concat!(
                    "Sets [`", stringify!($field), "`](#structfield.", stringify!($field),
                    "). Default: no change.",
                )]
                #[must_use]
                #[inline]
                pub const fn $field(mut self, $field: $type) -> Self {
                    self.$field = Some($field);
                    self
                }
            )*
        }
    };
}

pub(crate) use overridable;
