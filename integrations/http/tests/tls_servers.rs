//! TLS with nginx, which uses OpenSSL, and with hyper and rustls: invalid certificates, and ports
//! with another protocol.

#[path = "support/attempts.rs"]
mod attempts;
#[path = "support/nginx.rs"]
mod nginx;

use std::convert::Infallible;
use std::error::Error;
use std::iter;
use std::sync::Arc;

use attempts::{Outcome, send};
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nginx::{ANSWER, Nginx};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use reqwest::Client;
use retry_utils::FailureKind;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The certificate of a server, and the authority that a client must trust.
struct Identity {
    authority: CertificateDer<'static>,
    certificate: rcgen::Certificate,
    key: KeyPair,
}

/// Issues a certificate for this name and these years with a new authority.
fn issue(authority: &str, name: &str, years: [i32; 2]) -> Identity {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, authority);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap().der().clone();
    let issuer = Issuer::new(params, authority_key);
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    [params.not_before, params.not_after] = years.map(|year| date_time_ymd(year, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Identity { authority, certificate, key }
}

const VALID: [i32; 2] = [2020, 4000];

/// Issues a valid certificate.
fn good() -> Identity {
    issue("authority", "localhost", VALID)
}

impl Identity {
    fn nginx(&self, directives: &str) -> Nginx {
        Nginx::start_tls(&self.certificate.pem(), &self.key.serialize_pem(), directives)
    }

    /// Starts hyper, which drops the first connections before their handshake. Returns the port.
    async fn hyper(&self, dropped: usize) -> u16 {
        let key = self.key.serialize_der().try_into().unwrap();
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for _ in 0..dropped {
                drop(listener.accept().await.unwrap());
            }
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                // The client reports a failed handshake.
                let Ok(connection) = acceptor.accept(connection).await else { continue };
                answer(TokioIo::new(connection)).await;
            }
        });
        port
    }
}

/// Serves a connection with hyper until it ends or fails.
async fn answer(io: impl hyper::rt::Read + hyper::rt::Write + Unpin) {
    let service = service_fn(async |_| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes()))))
    });
    drop(http1::Builder::new().serve_connection(io, service).await);
}

/// Requests the answer with a client that trusts only this authority.
async fn get(scheme: &str, port: u16, authority: &CertificateDer<'static>) -> Outcome {
    // Another test may have installed it already.
    let _ = ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_der(authority).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    send(client.get(format!("{scheme}://localhost:{port}/answer.txt"))).await
}

/// Asserts that one attempt was made, and that the error or one of its causes contains `cause`.
#[track_caller]
fn assert_permanent(outcome: &Outcome, cause: &str) {
    outcome.assert_failed(1, FailureKind::Permanent, None, "error sending request");
    let error = outcome.result.as_ref().unwrap_err();
    let chain = iter::successors(Some(error as &dyn Error), |error| (*error).source());
    let chain = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    assert!(chain.contains(cause), "{cause:?} is not in {chain:?}");
}

#[tokio::test]
async fn a_valid_certificate_is_accepted() {
    let good = good();
    let nginx = good.nginx("");
    get("https", nginx.port(), &good.authority).await.assert_ok(1, ANSWER);
    get("https", good.hyper(0).await, &good.authority).await.assert_ok(1, ANSWER);
}

#[tokio::test]
async fn an_invalid_certificate_is_not_retried() {
    for (name, years, cause) in [
        ("elsewhere.example", VALID, "not valid for name"),
        ("localhost", [2000, 2001], "expired"),
        ("localhost", [3000, 3001], "not valid yet"),
    ] {
        let wrong = issue("authority", name, years);
        let nginx = wrong.nginx("");
        assert_permanent(&get("https", nginx.port(), &wrong.authority).await, cause);
        assert_permanent(&get("https", wrong.hyper(0).await, &wrong.authority).await, cause);
    }
}

#[tokio::test]
async fn a_certificate_of_an_untrusted_authority_is_not_retried() {
    let trusted = good();
    let other = issue("another authority", "localhost", VALID);
    let nginx = other.nginx("");
    let cause = "UnknownIssuer";
    assert_permanent(&get("https", nginx.port(), &trusted.authority).await, cause);
    assert_permanent(&get("https", other.hyper(0).await, &trusted.authority).await, cause);
}

#[tokio::test]
async fn a_self_signed_certificate_is_not_retried() {
    let trusted = good();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let authority = certificate.der().clone();
    let nginx = Identity { authority, certificate, key }.nginx("");
    assert_permanent(&get("https", nginx.port(), &trusted.authority).await, "UnknownIssuer");
}

#[tokio::test]
async fn https_to_a_port_with_plain_http_is_not_retried() {
    let authority = good().authority;
    let cause = "corrupt message";
    let nginx = Nginx::start("", "");
    assert_permanent(&get("https", nginx.port(), &authority).await, cause);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            answer(TokioIo::new(listener.accept().await.unwrap().0)).await;
        }
    });
    assert_permanent(&get("https", port, &authority).await, cause);
}

#[tokio::test]
async fn http_to_a_port_with_tls_is_not_retried() {
    let good = good();
    let nginx = good.nginx("");
    let failed = get("http", nginx.port(), &good.authority).await;
    let text = "The plain HTTP request was sent to HTTPS port";
    failed.assert_failed(1, FailureKind::InvalidRequest, None, text);
    // rustls answers with an alert, which is not HTTP.
    let failed = get("http", good.hyper(0).await, &good.authority).await;
    assert_permanent(&failed, "invalid HTTP");
}

#[tokio::test]
async fn a_missing_client_certificate_is_not_retried() {
    let good = good();
    let nginx = good.nginx("ssl_client_certificate certificate.pem; ssl_verify_client on;");
    let failed = get("https", nginx.port(), &good.authority).await;
    let text = "No required SSL certificate was sent";
    failed.assert_failed(1, FailureKind::InvalidRequest, None, text);
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_a_failed_connection() {
    let good = good();
    let failed = get("https", good.hyper(3).await, &good.authority).await;
    failed.assert_failed(3, FailureKind::Connection, None, "error sending request");
    get("https", good.hyper(2).await, &good.authority).await.assert_ok(3, ANSWER);
}
