//! TLS by one of two libraries. With both features it is rustls.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::transport::{Lost, Reason};

/// A stream of either library.
pub(super) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytes for S {}

/// True if this build can use TLS.
pub(super) const AVAILABLE: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

#[cfg(feature = "rustls")]
pub(super) async fn wrap(tcp: TcpStream, host: &str) -> Result<Box<dyn Bytes>, Lost> {
    use std::sync::Arc;

    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    // Unreadable certificates are left out. A server that needs one of them is rejected.
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Explicit, because rustls panics if the program's features leave the choice open.
    let settings = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
    let stream = TlsConnector::from(Arc::new(settings)).connect(name, tcp).await;
    Ok(Box::new(stream.map_err(|error| failed(&error))?))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(super) async fn wrap(tcp: TcpStream, host: &str) -> Result<Box<dyn Bytes>, Lost> {
    use tokio_native_tls::TlsConnector;
    use tokio_native_tls::native_tls;

    let connector = native_tls::TlsConnector::new().map_err(|error| failed(&error))?;
    let stream = TlsConnector::from(connector).connect(host, tcp).await;
    Ok(Box::new(stream.map_err(|error| failed(&error))?))
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
#[expect(clippy::unused_async, reason = "the others wait for the server")]
pub(super) async fn wrap(_: TcpStream, _: &str) -> Result<Box<dyn Bytes>, Lost> {
    Err(Lost::new(Reason::Tls, "the feature `fleet-rustls` or `fleet-native-tls` is needed"))
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn failed(error: &impl std::fmt::Display) -> Lost {
    Lost::new(Reason::Tls, &error.to_string())
}
