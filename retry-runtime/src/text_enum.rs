//! Enums whose variants have fixed texts.

/// Declares an enum with the text of each variant, which `as_str` returns and `Display` writes.
macro_rules! text_enum {
    (
        $(#[$docs:meta])*
        $vis:vis enum $name:ident {
            $($(#[$variant_docs:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$variant_docs])* $variant,)*
        }

        impl $name {
            /// Every variant, in the order of declaration.
            #[allow(dead_code, reason = "not every enum is parsed")]
            pub(crate) const LIST: [Self; [$($text),*].len()] = [$(Self::$variant),*];

            /// Returns the text of this variant in logs, metrics and settings:
            #[doc = concat!($("\n- `", $text, "`"),*)]
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use text_enum;
