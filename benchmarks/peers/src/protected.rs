//! The two shapes that most contestants have: a user's async function, and the same in place.
//!
//! Services of `tower` and the like are made beforehand, and their types have no name. There the
//! user's function borrows the service; see those modules.

/// Two contestants of one scenario: a user's async function with the library in its body, and
/// `…-bare`, which calls the library in place.
///
/// After the scenario and the name comes what `scenarios::upstream` and `scenarios::value` call the
/// protected call; what is made beforehand, with its type, if there is such a thing; and a future,
/// made of a closure that makes the future of the call.
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
