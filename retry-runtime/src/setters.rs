//! Macros that declare setters as `const fn`, because traits have no `const` methods.

/// The rule that a setting breaks, with a fix.
pub(crate) type Rule = &'static str;

/// Declares the setters of every type that has the same settings, from one table.
///
/// A row of the table names the method of `Settings` that makes the change or returns the broken
/// rule, and describes when that happens. Each type has a `const fn built(&self) -> Settings` and a
/// `const fn with_settings(self, Settings) -> Self`.
macro_rules! setters {
    (@$type:ident {
        $(
            $(#[$docs:meta])*
            $setter:ident($($argument:ident: $of:ty),*) = $changed:ident $(, panics $when:literal)?;
        )*
    }) => {
        impl $type {$(
            $(#[$docs])*
            $(#[doc = concat!("\n# Panics\n\n", $when, "; in a `static` that is a compile error.")])?
            #[must_use]
            #[track_caller]
            pub const fn $setter(self, $($argument: $of),*) -> Self {
                match self.built().$changed($($argument),*) {
                    Ok(settings) => self.with_settings(settings),
                    Err(rule) => panic!("{}", rule),
                }
            }
        )*}
    };
    ($($type:ident),*: $table:tt) => {
        $($crate::setters::setters! { @$type $table })*
    };
}

/// Declares a struct of settings that override others while a program runs, with `new` and a setter
/// for each. A setting without a value stays `$as_before`.
macro_rules! overridable {
    (
        $(#[$docs:meta])*
        $name:ident, else $as_before:literal { $($(#[$field_docs:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_docs])* pub $field: Option<$type>,)*
        }

        impl $name {
            #[doc = concat!(
                "Creates an override without values: every setting stays ", $as_before, ".",
            )]
            #[must_use]
            pub const fn new() -> Self {
                Self { $($field: None,)* }
            }

            $(
                #[doc = concat!(
                    "Sets [`", stringify!($field), "`](#structfield.", stringify!($field),
                    "). Default: ", $as_before, ".",
                )]
                #[must_use]
                pub const fn $field(mut self, $field: $type) -> Self {
                    self.$field = Some($field);
                    self
                }
            )*
        }
    };
}

/// Applies the fields of an override that are set, or returns the error of the first that breaks a
/// rule. Each field has the method that makes the change, and the format of its value in the error.
macro_rules! apply_override {
    ($over:ident, $settings:expr; $($field:ident = $changed:ident, $format:literal;)*) => {{
        let mut settings = $settings;
        $(if let Some(value) = $over.$field {
            let error = |rule| ConfigError::new(stringify!($field), format!($format, value), rule);
            settings = settings.$changed(value).map_err(error)?;
        })*
        settings
    }};
}

pub(crate) use {apply_override, overridable, setters};
