//! TLS handshakes that fail, with both versions of reqwest.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use retry_utils::http::{CheckStatus, RequestError};
use retry_utils::{FailureKind, Retryable, STANDARD, async_retry};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Der = CertificateDer<'static>;

/// Starts a server on `localhost` with a self-signed certificate for this name. Returns both.
async fn serve_tls(name: &str, is_valid: bool) -> (Der, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if !is_valid {
        (params.not_before, params.not_after) =
            (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let private = key.serialize_der().try_into().unwrap();
    // The clients need a provider too, and every test calls this function first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut connection) = acceptor.accept(connection).await else { return };
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
                connection.write_all(answer).await.unwrap();
            });
        }
    });
    (certificate, format!("https://localhost:{port}/"))
}

async fn get_0_13(url: &str, trusted: &Der) -> Result<String, RequestError> {
    let trusted = reqwest::Certificate::from_der(trusted).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    Ok(client.get(url).send().await?.check_status().await?.text().await?)
}

async fn get_0_12(url: &str, trusted: &Der) -> Result<String, RequestError> {
    let trusted = reqwest_0_12::Certificate::from_der(trusted).unwrap();
    let client = reqwest_0_12::Client::builder().add_root_certificate(trusted).build().unwrap();
    Ok(client.get(url).send().await?.check_status().await?.text().await?)
}

async fn kinds(url: &str, trusted: &Der) -> [FailureKind; 2] {
    let errors = [get_0_13(url, trusted).await, get_0_12(url, trusted).await];
    errors.map(|result| result.unwrap_err().failure_kind())
}

#[tokio::test]
async fn a_trusted_certificate_is_accepted() {
    let (trusted, url) = serve_tls("localhost", true).await;
    assert_eq!(get_0_13(&url, &trusted).await.unwrap(), "hi");
    assert_eq!(get_0_12(&url, &trusted).await.unwrap(), "hi");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_permanent() {
    let (other, _) = serve_tls("localhost", true).await;
    let (_, url) = serve_tls("localhost", true).await;
    assert_eq!(kinds(&url, &other).await, [FailureKind::Permanent; 2]);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_permanent() {
    let (trusted, url) = serve_tls("elsewhere.example", true).await;
    assert_eq!(kinds(&url, &trusted).await, [FailureKind::Permanent; 2]);
}

#[tokio::test]
async fn an_expired_certificate_is_permanent() {
    let (trusted, url) = serve_tls("localhost", false).await;
    assert_eq!(kinds(&url, &trusted).await, [FailureKind::Permanent; 2]);
}

/// Starts a server that sends these bytes, and then waits until the client closes the connection.
async fn serve_bytes(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                connection.write_all(bytes).await.unwrap();
                let _ = tokio::io::copy(&mut connection, &mut tokio::io::sink()).await;
            });
        }
    });
    format!("https://localhost:{port}/")
}

#[tokio::test]
async fn a_port_without_tls_is_permanent() {
    let (trusted, _) = serve_tls("localhost", true).await;
    for answer in [b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(), b"SSH-2.0-OpenSSH\r\n"] {
        let url = serve_bytes(answer).await;
        assert_eq!(kinds(&url, &trusted).await, [FailureKind::Permanent; 2]);
    }
}

#[tokio::test]
async fn a_handshake_that_the_server_aborts_is_a_failed_connection() {
    let (trusted, _) = serve_tls("localhost", true).await;
    // The alerts `handshake_failure` and `internal_error` (RFC 8446, 6).
    for alert in [[21, 3, 3, 0, 2, 2, 40], [21, 3, 3, 0, 2, 2, 80]] {
        let url = serve_bytes(Vec::from(alert).leak()).await;
        assert_eq!(kinds(&url, &trusted).await, [FailureKind::Connection; 2], "{alert:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_a_failed_connection() {
    let (trusted, _) = serve_tls("localhost", true).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    assert_eq!(kinds(&url, &trusted).await, [FailureKind::Connection; 2]);
}

#[tokio::test]
async fn an_untrusted_certificate_is_not_retried() {
    #[async_retry(STANDARD, attempt = n)]
    async fn get(url: &str, trusted: &Der, attempts: &mut u32) -> Result<String, RequestError> {
        *attempts = n;
        get_0_13(url, trusted).await
    }

    let (other, _) = serve_tls("localhost", true).await;
    let (_, url) = serve_tls("localhost", true).await;
    let mut attempts = 0;
    get(&url, &other, &mut attempts).await.unwrap_err();
    assert_eq!(attempts, 1);
}
