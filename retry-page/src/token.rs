//! The secret that permits an operator to intervene.

use std::sync::Arc;

use retry_runtime::ConfigError;
use subtle::ConstantTimeEq;

#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    pub(crate) fn new(token: String) -> Result<Self, ConfigError> {
        let rule = if token.len() < 16 {
            "must have at least 16 characters, such as 32 random ones: whoever guesses it can stop \
             every call"
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            "must be of visible ASCII characters, since it is sent in a header"
        } else if token.trim_ascii() != token {
            "must not begin or end with a space, which a header loses: trim what was read from a \
             file"
        } else {
            return Ok(Self(token.into()));
        };
        // Without the value: a token that is refused may still be a secret.
        Err(ConfigError::new("control_token", "(not shown)", rule))
    }

    /// Compares in constant time, except that a wrong length, which is no secret, ends it at once.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        given.ct_eq(self.0.as_bytes()).into()
    }
}
