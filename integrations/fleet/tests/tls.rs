//! The transport over TLS.

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use retry_fleet::Reason;
use support::*;
use with_fleet::{Server, free_port};

/// The variable with the port, in the process that trusts the certificate.
const PORT: &str = "WITH_FLEET_TLS_PORT";

/// Writes the certificate of an authority, and one that it has signed for `localhost` with its key.
fn write_certificates() -> (PathBuf, [String; 3]) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();

    let folder = env::temp_dir().join(format!("retry-fleet-tls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let files = [
        ("authority.pem", authority.pem()),
        ("server.pem", server.pem()),
        ("key.pem", key.serialize_pem()),
    ];
    let paths = files.map(|(name, content)| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    });
    (folder, paths)
}

#[tokio::test]
async fn a_server_with_tls() {
    if let Ok(port) = env::var(PORT) {
        return with_trust(&port).await;
    }
    let (folder, [authority, certificate, key]) = write_certificates();
    let port = free_port().to_string();
    let server = Server::start_with(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ]);

    // The system does not trust the authority.
    let lost = refusal(&format!("rediss://localhost:{port}")).await;
    assert_eq!(lost.reason(), Reason::Tls, "{lost}");
    // The two sides speak different protocols.
    assert_nobody_answers(&format!("rediss://localhost:{}", server.port())).await;
    let lost = refusal(&format!("redis://localhost:{port}")).await;
    assert!(matches!(lost.reason(), Reason::Malformed | Reason::Closed), "{lost}");

    // In a separate process, because the variable must be set before the first connection.
    let trusting = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_server_with_tls", "--nocapture"])
        .env("SSL_CERT_FILE", &authority)
        .env(PORT, &port)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&trusting.stdout);
    assert!(trusting.status.success() && text.contains("1 passed"), "{trusting:?}");
    fs::remove_dir_all(folder).unwrap();
}

/// The part of the test that runs in the process that trusts the authority.
async fn with_trust(port: &str) {
    let mut connection = connect(&format!("rediss://localhost:{port}")).await;
    run(&mut connection, &beat()).await;
    run(&mut connection, &vote()).await;
    pushed(&mut connection).await.unwrap();
    // The certificate is not for this name.
    let lost = refusal(&format!("rediss://127.0.0.1:{port}")).await;
    assert_eq!(lost.reason(), Reason::Tls, "{lost}");
}
