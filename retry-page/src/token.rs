//! The secret that permits operator actions.

use std::sync::Arc;

use retry_runtime::ConfigError;
use subtle::ConstantTimeEq;

#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    pub(crate) fn new(token: String) -> Result<Self, ConfigError> {
        let rule = if token.len() < 16 {
            "must have at least 16 characters, because anyone who guesses it can stop all calls: \
             use 32 random characters"
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            "must consist of visible ASCII characters, because it is sent in a header"
        } else if token.trim_ascii() != token {
            "must not start or end with a space, because headers drop it: trim a value that was \
             read from a file"
        } else {
            return Ok(Self(token.into()));
        };
        // Without the value, because an invalid token may still be a secret.
        Err(ConfigError::new("control_token", "(not shown)", rule))
    }

    /// Compares in constant time. A wrong length returns early; the length is not secret.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        given.ct_eq(self.0.as_bytes()).into()
    }
}
