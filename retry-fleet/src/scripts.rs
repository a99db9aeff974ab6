//! The scripts that run in Redis. `memory` has the same steps in Rust.

use std::sync::LazyLock;

use sha1_smol::Sha1;

use crate::wire::Script;

/// The text of a script, and the digest by which Redis knows it.
pub struct Source {
    /// The text.
    pub text: &'static str,
    /// Its SHA-1 in hexadecimal digits.
    pub digest: String,
}

/// Joins the shared functions with one script, because scripts cannot import.
macro_rules! source {
    ($file:literal) => {
        LazyLock::new(|| {
            Source::new(concat!(include_str!("scripts/common.lua"), include_str!($file)))
        })
    };
}

impl Source {
    fn new(text: &'static str) -> Self {
        Self { text, digest: Sha1::from(text).digest().to_string() }
    }

    /// Returns the source of a script.
    #[must_use]
    pub fn of(script: Script) -> &'static Self {
        static BEAT: LazyLock<Source> = source!("scripts/beat.lua");
        static VOTE: LazyLock<Source> = source!("scripts/vote.lua");
        static LEASE: LazyLock<Source> = source!("scripts/lease.lua");
        static OUTCOME: LazyLock<Source> = source!("scripts/outcome.lua");
        static COMMAND: LazyLock<Source> = source!("scripts/command.lua");
        static LOOK: LazyLock<Source> = source!("scripts/look.lua");
        match script {
            Script::Beat => &BEAT,
            Script::Vote => &VOTE,
            Script::Lease => &LEASE,
            Script::Outcome => &OUTCOME,
            Script::Command => &COMMAND,
            Script::Look => &LOOK,
        }
    }
}
