//! An nginx process with its own configuration, on a free port of the loopback interface.
#![allow(dead_code, unreachable_pub)] // Each test file includes this module and uses its own part.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The content of `/answer.txt`.
pub const ANSWER: &str = "an answer";

/// Returns the content of `/sorry.html`, which is longer than the kept part of a failed response.
pub fn sorry() -> String {
    format!("<html>\n<h1>Sorry</h1>\n{}</html>\n", "<!-- padding -->\n".repeat(200))
}

/// A running nginx, which is killed when this is dropped.
pub struct Nginx {
    process: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Nginx {
    /// Starts nginx with these directives of the `http` block and of the `server` block.
    pub fn start(http: &str, server: &str) -> Self {
        Self::launch(&[], "", http, server)
    }

    /// Starts nginx as a TLS server with this certificate and key, both as PEM, and these
    /// directives.
    pub fn start_tls(certificate: &str, key: &str, server: &str) -> Self {
        let files = [("certificate.pem", certificate), ("key.pem", key)];
        let settings = "ssl_certificate certificate.pem; ssl_certificate_key key.pem;";
        Self::launch(&files, "ssl", settings, server)
    }

    fn launch(files: &[(&str, &str)], protocol: &str, http: &str, server: &str) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("nginx-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("answer.txt"), ANSWER).unwrap();
        fs::write(folder.join("sorry.html"), sorry()).unwrap();
        for (name, content) in files {
            fs::write(folder.join(name), content).unwrap();
        }
        // Another process may take the port first.
        for _ in 0..3 {
            let address = free_address();
            let configuration = configuration(&format!("{address} {protocol}"), http, server);
            fs::write(folder.join("nginx.conf"), configuration).unwrap();
            let mut nginx = Self { process: spawn(&folder), folder: folder.clone(), address };
            match nginx.wait_until_ready() {
                Ok(()) => return nginx,
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("nginx does not start:\n{log}"),
            }
        }
        panic!("nginx found no free port");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits until nginx listens, or returns its log if it does not.
    fn wait_until_ready(&mut self) -> Result<(), String> {
        let log = self.folder.join("error.log");
        let start = Instant::now();
        // nginx writes this file once it listens.
        while !self.folder.join("nginx.pid").exists() {
            let has_ended = self.process.try_wait().unwrap().is_some();
            if has_ended || start.elapsed() > Duration::from_secs(20) {
                return Err(fs::read_to_string(log).unwrap());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Returns the configuration. Paths are relative to the folder. nginx runs as a single process of
/// the current user and not as a daemon, so nothing is left when it is killed.
fn configuration(address: &str, http: &str, server: &str) -> String {
    format!(
        "daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {http}
    server {{
        listen {address};
        root .;
        {server}
    }}
}}
"
    )
}

fn spawn(folder: &Path) -> Child {
    // On Debian, nginx is only in the `PATH` of root.
    for program in ["nginx", "/usr/sbin/nginx"] {
        let log = File::create(folder.join("error.log")).unwrap();
        let spawned = Command::new(program)
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        match spawned {
            Ok(process) => return process,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => panic!("cannot run {program}: {error}"),
        }
    }
    panic!("nginx is not installed: on Debian, run `apt-get install nginx`");
}
