//! Failed connections, including TLS handshakes.

use std::error::Error;
use std::io;

use super::FailureKind;
use super::find::chain;

/// Returns the kind of a failure to connect: `Permanent` if the server's certificate is not
/// accepted or the server does not use TLS, otherwise `Connection`.
pub(super) fn connect_kind(error: &(dyn Error + 'static)) -> FailureKind {
    if fails_again(error) { FailureKind::Permanent } else { FailureKind::Connection }
}

/// Returns whether the same handshake would fail again, judging by the errors of the TLS libraries.
/// Neither library is a dependency of this crate, so their types cannot be named.
fn fails_again(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|error| match error.downcast_ref::<io::Error>() {
        // `source` skips the error inside an `io::Error`.
        Some(io) => io.get_ref().is_some_and(|inner| is_of_rustls(io, inner) || fails_again(inner)),
        None => is_of_openssl(&error.to_string()),
    })
}

/// Returns whether rustls rejected what it read. tokio-rustls reports all such errors as
/// `InvalidData`, and nothing else is read before a connection is made. An alert is excluded: the
/// server sent it, perhaps because it is starting.
fn is_of_rustls(error: &io::Error, inner: &dyn Error) -> bool {
    let is_alert = || inner.to_string().starts_with("received fatal alert");
    error.kind() == io::ErrorKind::InvalidData && !is_alert()
}

/// Recognizes the reasons of OpenSSL, which native-tls uses except on Windows and macOS. There the
/// text comes from the system, in the user's language, and cannot be matched.
fn is_of_openssl(text: &str) -> bool {
    text.contains(":certificate verify failed:") || text.contains(":wrong version number:")
}
