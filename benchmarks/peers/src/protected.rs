//! The two forms of most contestants: a user's async function, and a bare call.
//!
//! The services of `tower`, `tower-resilience` and `seatbelt` do not fit. Their types cannot be
//! named, so no `static` can hold them.

/// Two contestants of one scenario: a user's async function that calls the library, and `…-bare`.
///
/// The arguments are the scenario, the name, the protected call (the name of a function in both
/// `upstream` and `value`), optionally a value that is built before the calls, with its type, and a
/// closure from the protected call to the future of the library.
macro_rules! protected {
    ($scenario:ident, $name:literal, fails_twice, $($rest:tt)+) => {
        $crate::protected::both!(
            $scenario,
            $name,
            { static STATE: ::scenarios::Flaky = ::scenarios::Flaky::new(); },
            fails_twice(&STATE),
            $($rest)+
        )
    };
    ($scenario:ident, $name:literal, $call:ident, $($rest:tt)+) => {
        $crate::protected::both!($scenario, $name, {}, $call(), $($rest)+)
    };
}

/// See [`protected!`].
macro_rules! both {
    (
        $scenario:ident, $name:literal, { $($items:tt)* }, $call:ident($($state:expr)?),
        $make_call:ident => $future:expr $(,)?
    ) => {
        $crate::protected::both!(
            $scenario, $name, { $($items)* }, $call($($state)?), _made: () = (), $make_call => $future
        )
    };
    (
        $scenario:ident, $name:literal, { $($items:tt)* }, $call:ident($($state:expr)?),
        $made:ident: $type:ty = $make:expr, $make_call:ident => $future:expr $(,)?
    ) => {
        [
            ::scenarios::asked!(
                $scenario,
                $name,
                {
                    $($items)*
                    static MADE: ::std::sync::LazyLock<$type> =
                        ::std::sync::LazyLock::new(|| $make);
                    async fn ask(
                        prompt: &str,
                    ) -> ::std::result::Result<::scenarios::Answer, $crate::common::LlmError> {
                        let $made = &*MADE;
                        let $make_call =
                            || upstream::$call::<$crate::common::LlmError>($($state,)? prompt);
                        $future.await.map_err($crate::common::LlmError::from)
                    }
                },
                { ::std::sync::LazyLock::force(&MADE); },
                ask
            ),
            ::scenarios::bare!(
                $scenario,
                concat!($name, "-bare"),
                {
                    $($items)*
                    let $made = &$make;
                    let $make_call = || async {
                        ::scenarios::value::$call::<$crate::common::LlmError>($($state)?)
                    };
                },
                async |_| $future.await
            ),
        ]
    };
}

pub(crate) use {both, protected};
