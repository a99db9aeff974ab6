//! Support for `#[async_retry(…, stream)]` in generated code.

use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use super::streams::{ByNothing, Fits, Never};
use crate::stream::{CountByKind, Guarded, Uncounted};

/// The type of a stream. Its method boxes a stream that cannot be moved after it was polled.
///
/// The method of this type applies to a stream that is `Unpin`. For all others, method resolution
/// continues with `Boxing`.
pub struct Moves<S>(PhantomData<fn() -> S>);

impl<S> Moves<S> {
    /// Creates the type of this stream.
    #[must_use]
    pub const fn of<C, I>(_: &Guarded<S, C, I>) -> Self {
        Self(PhantomData)
    }
}

impl<S: Unpin> Moves<S> {
    /// Returns the stream unchanged.
    #[allow(clippy::unused_self, reason = "its type decides which method this is")]
    pub fn __retry_utils_movable<C, I>(&self, stream: Guarded<S, C, I>) -> Guarded<S, C, I> {
        stream
    }
}

impl<S> Deref for Moves<S> {
    type Target = Boxing;

    fn deref(&self) -> &Boxing {
        &Boxing
    }
}

/// Boxes streams.
pub struct Boxing;

impl Boxing {
    /// Boxes the stream.
    #[allow(clippy::unused_self, reason = "its type decides which method this is")]
    pub fn __retry_utils_movable<S, C, I>(
        &self,
        stream: Guarded<S, C, I>,
    ) -> Guarded<Pin<Box<S>>, C, I> {
        stream.boxed()
    }
}

/// A stream whose type is named in the signature, so it cannot be boxed here.
///
/// For `M` see `ByNothing`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Unpin`, so it cannot be moved after its first item was read",
    label = "not `Unpin`",
    note = "return `Ok(Box::pin(stream))` as `Guarded<Pin<Box<…>>>`, or change the return type to `impl Stream<Item = Result<…>>`"
)]
pub trait Movable<M>: Sized {
    /// The stream.
    type Stream;

    /// Returns the stream unchanged.
    fn movable<C, I>(stream: Guarded<Self, C, I>) -> Guarded<Self::Stream, C, I>;
}

#[diagnostic::do_not_recommend]
impl<S: Unpin> Movable<Fits> for S {
    type Stream = S;

    fn movable<C, I>(stream: Guarded<S, C, I>) -> Guarded<S, C, I> {
        stream
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never> Movable<ByNothing> for S {
    type Stream = S;

    fn movable<C, I>(stream: Guarded<S, C, I>) -> Guarded<S, C, I> {
        stream
    }
}

/// The error of an item as the error of the function.
#[diagnostic::on_unimplemented(
    message = "the error of the items is `{Self}`, but the error of the function is `{E}`",
    label = "an error in the first item becomes the error of the function",
    note = "with `stream`, both must have the same type: convert the errors of the items in the body, as in `stream.map_err(MyError::from)`"
)]
pub trait ItemError<E> {
    /// Returns the error.
    fn of_call(self) -> E;
}

#[diagnostic::do_not_recommend]
impl<E> ItemError<E> for E {
    fn of_call(self) -> E {
        self
    }
}

/// A stream that is returned as `Guarded<S>`.
///
/// For `M` see `ByNothing`.
pub trait Named<M> {
    /// The returned type.
    type Named;

    /// Returns the stream as that type.
    fn named(self) -> Self::Named;
}

impl<S, I> Named<Fits> for Guarded<S, Uncounted, I> {
    type Named = Guarded<S, CountByKind, I>;

    fn named(self) -> Self::Named {
        self.counted(None, CountByKind)
    }
}

impl<S, I> Named<Fits> for Guarded<S, CountByKind, I> {
    type Named = Self;

    fn named(self) -> Self {
        self
    }
}

impl<S: Never, C, I> Named<ByNothing> for Guarded<S, C, I> {
    type Named = Self;

    fn named(self) -> Self {
        self
    }
}
