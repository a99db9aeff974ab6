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
    /// The answer to a vote.
    VoteAnswer {
        /// The vote counts, but more are needed.
        Counted = "counted",
        /// The vote has opened the breaker.
        Opened = "opened",
        /// The breaker is not closed, so the vote is not needed.
        Open = "open",
        /// The register has another epoch than the vote: the voter's copy is outdated.
        OtherEpoch = "other-epoch",
        /// The vote is withdrawn.
        Withdrawn = "withdrawn",
        /// The group has too many breakers.
        Full = "full",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// The answer to a request for a lease.
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
        /// The epoch of the lease is over, so it is not renewed.
        OtherEpoch = "other-epoch",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// The answer to an outcome.
    OutcomeAnswer {
        /// The success counts, but more are needed.
        Counted = "counted",
        /// The success has closed the breaker.
        Closed = "closed",
        /// The failure has opened the breaker again.
        Reopened = "reopened",
        /// The outcome is neutral: the lease is given back, and nothing counts.
        Freed = "freed",
        /// The lease has expired or was already given back, or its epoch is over.
        Void = "void",
        /// The request was sent too long ago.
        TooOld = "too-old",
    }
}

answers! {
    /// The answer to a command.
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
