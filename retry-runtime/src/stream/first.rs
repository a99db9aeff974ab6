//! What was read of a stream before it was handed out.

use std::mem;

/// What was read of a stream before it was handed out.
pub(super) enum First<I> {
    /// Nothing, or it has been passed on.
    Unread,
    Item(I),
    /// There is no item. The stream is not polled again.
    End,
}

impl<I> First<I> {
    pub(super) const fn is_unread(&self) -> bool {
        matches!(self, Self::Unread)
    }

    /// Takes the item out. The end stays.
    pub(super) fn take(&mut self) -> Option<I> {
        match mem::replace(self, Self::Unread) {
            Self::Item(item) => return Some(item),
            Self::End => *self = Self::End,
            Self::Unread => {}
        }
        None
    }
}
