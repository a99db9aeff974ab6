//! Connections that could not be made, and TLS handshakes among them.

use std::error::Error;
use std::io;
use std::iter;

use super::FailureKind;

/// Returns the kind of a failure to connect: `Permanent` if the other side's certificate is not
/// accepted or it does not speak TLS, and else `Connection`.
pub(super) fn connect_kind(error: &(dyn Error + 'static)) -> FailureKind {
    if fails_again(error) { FailureKind::Permanent } else { FailureKind::Connection }
}

/// Returns whether the same handshake would fail again, by the errors of the libraries that make
/// handshakes. Neither is a dependency of this crate, so their types cannot be named.
fn fails_again(error: &(dyn Error + 'static)) -> bool {
    let mut chain = iter::successors(Some(error), |error| (*error).source());
    chain.any(|error| match error.downcast_ref::<io::Error>() {
        // What an `io::Error` carries is not its source.
        Some(io) => io.get_ref().is_some_and(|inner| is_of_rustls(io, inner) || fails_again(inner)),
        None => is_of_openssl(&error.to_string()),
    })
}

/// rustls rejects what it has read: tokio-rustls makes `InvalidData` of all such errors, and nothing
/// else is read before a connection is made. An alert is no such error: the other side has sent it,
/// perhaps because it is starting.
fn is_of_rustls(error: &io::Error, inner: &dyn Error) -> bool {
    let is_alert = || inner.to_string().starts_with("received fatal alert");
    error.kind() == io::ErrorKind::InvalidData && !is_alert()
}

/// The reasons of OpenSSL, which native-tls uses except on Windows and macOS. There the text is that
/// of the system, in the user's language, and tells nothing.
fn is_of_openssl(text: &str) -> bool {
    text.contains(":certificate verify failed:") || text.contains(":wrong version number:")
}
