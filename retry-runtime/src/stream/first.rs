//! The part of a stream that was read before the stream was returned.

use std::mem;

/// The part of a stream that was read before the stream was returned.
pub(super) enum First<I> {
    /// Nothing was read, or the item has been passed on.
    Unread,
    Item(I),
    /// The stream has no items. It is not polled again.
    End,
}

impl<I> First<I> {
    pub(super) const fn is_unread(&self) -> bool {
        matches!(self, Self::Unread)
    }

    /// Takes the item. `End` stays.
    pub(super) fn take(&mut self) -> Option<I> {
        match mem::replace(self, Self::Unread) {
            Self::Item(item) => return Some(item),
            Self::End => *self = Self::End,
            Self::Unread => {}
        }
        None
    }
}
