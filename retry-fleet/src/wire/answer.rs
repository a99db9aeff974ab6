//! Answers of the scripts that serve one breaker.

/// Defines an enum with its text on the wire.
macro_rules! answers {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* #[doc = concat!("On the wire `", $text, "`.")] $variant,)* }

        impl $name {
            /// Returns the text on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub(super) fn parse(text: &[u8]) -> Option<Self> {
                [$(Self::$variant,)*].into_iter().find(|value| value.as_str().as_bytes() == text)
            }
        }
    };
}

answers! {
    /// What became of a vote.
    VoteAnswer {
        /// It counts, and there are not enough yet.
        Counted = "counted",
        /// It has opened the breaker.
        Opened = "opened",
        /// The breaker is not closed: the vote is not needed.
        Open = "open",
        /// The register has another epoch than the vote: the voter knows an old one.
        OtherEpoch = "other-epoch",
        /// It is withdrawn.
        Withdrawn = "withdrawn",
        /// The group has too many breakers.
        Full = "full",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// Whether a lease is granted.
    LeaseAnswer {
        /// Granted or renewed for 6 s, in the epoch of the reply's register.
        Granted = "granted",
        /// All places are taken.
        Refused = "refused",
        /// The open phase has not ended.
        Waiting = "waiting",
        /// The breaker is closed.
        Closed = "closed",
        /// There is no register that counts.
        None = "none",
        /// The lease to be renewed is of an epoch that is over.
        OtherEpoch = "other-epoch",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// What became of an outcome.
    OutcomeAnswer {
        /// The success counts, and there are not enough yet.
        Counted = "counted",
        /// The success has closed the breaker.
        Closed = "closed",
        /// The failure has opened the breaker again.
        Reopened = "reopened",
        /// Nothing counts, and the lease is given back.
        Freed = "freed",
        /// The lease has expired, was given back already or is of an epoch that is over.
        Void = "void",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// What became of a command.
    CommandAnswer {
        /// It is applied.
        Done = "done",
        /// The stored record is already that of this command.
        Repeated = "repeated",
        /// The group has too many breakers.
        Full = "full",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}
