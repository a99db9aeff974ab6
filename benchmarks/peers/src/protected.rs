//! The shape that most contestants have: an async function, something made beforehand that protects it, and the call.

/// A [`contestant!`](scenarios::contestant): its scenario (after `waiting` if every call waits for a timer), its name, what
/// the protected function does and what it is called, what is made beforehand, and the call as a closure.
///
/// The function is `answer`, which succeeds, `refused`, which fails, `flaky`, which fails twice and then succeeds, or
/// `greet`, which succeeds and borrows an argument, bound already. `error = …` is for those who want a type of their own.
macro_rules! protected {
    ($($scenario:ident)+, $name:expr, flaky as $call:ident, $made:pat = $make:expr, $run:expr $(, error = $error:ty)?) => {
        ::scenarios::contestant!(
            $($scenario)+,
            $name,
            {
                static STATE: ::scenarios::Flaky = ::scenarios::Flaky::new();
                $crate::protected::function!($call() -> flaky(&STATE) $(, $error)?);
                let $made = $make;
            },
            $run
        )
    };
    ($($scenario:ident)+, $name:expr, greet as $call:ident, $made:pat = $make:expr, $run:expr $(, error = $error:ty)?) => {
        ::scenarios::contestant!(
            $($scenario)+,
            $name,
            {
                $crate::protected::function!(greeted(name: &str) -> greet(name) $(, $error)?);
                let name = String::from("Ada");
                let $call = || greeted(&name);
                let $made = $make;
            },
            $run
        )
    };
    ($($scenario:ident)+, $name:expr, $body:ident as $call:ident, $made:pat = $make:expr, $run:expr $(, error = $error:ty)?) => {
        ::scenarios::contestant!(
            $($scenario)+,
            $name,
            {
                $crate::protected::function!($call() -> $body() $(, $error)?);
                let $made = $make;
            },
            $run
        )
    };
}

/// The protected function, with the error of this crate or one that is made of it.
macro_rules! function {
    ($call:ident($($argument:ident: $type:ty)?) -> $body:ident($($value:expr)?)) => {
        async fn $call($($argument: $type)?) -> Result<u64, $crate::Failed> {
            ::scenarios::$body($($value)?)
        }
    };
    ($call:ident($($argument:ident: $type:ty)?) -> $body:ident($($value:expr)?), $error:ty) => {
        async fn $call($($argument: $type)?) -> Result<u64, $error> {
            ::scenarios::$body::<$crate::Failed>($($value)?).map_err(<$error>::from)
        }
    };
}

pub(crate) use {function, protected};
