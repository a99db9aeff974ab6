//! One `redis-server` on a free port of the loopback interface.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, thread};

use redis::{ConnectionLike, FromRedisValue, RedisError, RedisResult, Value};

use crate::wait::until;

const ADMIN: &str = "admin";

/// The time limit for each command. A stopped server does not answer.
const LIMIT: Duration = Duration::from_secs(15);

/// A running `redis-server` without persistence. It is killed on drop.
pub struct Server {
    process: Child,
    folder: PathBuf,
    port: u16,
    options: Vec<String>,
    has_admin: bool,
}

impl Server {
    /// Starts a server.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with further options.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        let folder = new_folder();
        // Another process may take the port before the server does.
        for _ in 0..5 {
            let port = free_port();
            let process = spawn(&folder, port, &options);
            let options = options.clone();
            let mut server =
                Self { process, folder: folder.clone(), port, options, has_admin: false };
            if server.is_ready() {
                return server;
            }
            // Keeps the folder, which the next server needs.
            server.folder.clear();
        }
        let log = log(&folder);
        let _ = fs::remove_dir_all(&folder);
        panic!("redis-server does not start:\n{log}");
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Returns a URL for a user.
    #[must_use]
    pub fn url_for(&self, user: &str, password: &str) -> String {
        format!("redis://{user}:{password}@{}", self.address())
    }

    /// Runs a command with all permissions.
    #[allow(clippy::must_use_candidate)] // Mostly it changes something.
    pub fn command<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_command(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Runs a command that may fail.
    ///
    /// # Errors
    ///
    /// Returns the server's or the client's error.
    pub fn try_command<T: FromRedisValue>(&self, words: &[&str]) -> RedisResult<T> {
        let url = if self.has_admin { self.url_for(ADMIN, ADMIN) } else { self.url() };
        let mut connection = redis::Client::open(url)?.get_connection_with_timeout(LIMIT)?;
        connection.set_read_timeout(Some(LIMIT))?;
        let (name, arguments) = words.split_first().expect("a command has a name");
        let mut command = redis::cmd(name);
        command.arg(arguments);
        let value: Value = connection.req_command(&command)?;
        redis::from_redis_value(value).map_err(RedisError::from)
    }

    /// Creates a user, or changes one.
    pub fn set_user(&self, name: &str, rules: &[impl AsRef<str>]) {
        let rules = rules.iter().map(AsRef::as_ref);
        let words: Vec<_> = ["ACL", "SETUSER", name].into_iter().chain(rules).collect();
        let () = self.command(&words);
    }

    /// Takes all permissions from the default user, and keeps them for [`Self::command`].
    pub fn close_default_user(&mut self) {
        self.set_user(ADMIN, &["on", &format!(">{ADMIN}"), "~*", "&*", "+@all"]);
        self.has_admin = true;
        self.set_user("default", &["reset"]);
    }

    /// Stops the process, as if the machine hung.
    pub fn stop(&self) {
        self.signal("STOP");
    }

    /// Continues a stopped process.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        // Through the shell, which always has a built-in `kill`.
        let kill = format!("kill -{name} {}", self.process.id());
        let status = Command::new("sh").args(["-c", &kill]).status().expect("sh can be run");
        assert!(status.success(), "{kill}");
    }

    /// Kills the process.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts the server again after [`Self::kill`], without its data and on the same port.
    pub fn restart(&mut self) {
        self.kill();
        self.has_admin = false;
        until("redis-server starts again", || {
            self.process = spawn(&self.folder, self.port, &self.options);
            self.is_ready()
        });
    }

    /// Waits until the server answers, or returns `false` if it ends.
    fn is_ready(&mut self) -> bool {
        let mut ended = false;
        until("redis-server answers", || {
            ended = self.process.try_wait().expect("the process is ours").is_some();
            ended || self.try_command::<()>(&["PING"]).is_ok()
        });
        !ended
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("redis-server on port {}:\n{}", self.port, log(&self.folder));
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns a port on which no process listens, and which is never returned again. It is below the
/// range that the system gives to clients, so no client takes it before the server does.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Relaxed, because the number only has to be unique. Processes start at different numbers.
        let number = std::process::id() * 101 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + u16::try_from(number % 20_000).expect("it is small");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Returns a new folder for the files of one server.
pub(crate) fn new_folder() -> PathBuf {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    // Relaxed, because the number only has to be unique.
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let name = format!("retry-fleet-{}-{number}", std::process::id());
    let folder = env::temp_dir().join(name);
    fs::create_dir_all(&folder).expect("a folder can be created");
    folder
}

fn spawn(folder: &Path, port: u16, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(options);
    run(&mut command, folder)
}

/// Runs a server in a folder, which gets its log.
pub(crate) fn run(command: &mut Command, folder: &Path) -> Child {
    let log = File::create(folder.join("log")).expect("a log can be created");
    let spawned = command.current_dir(folder).stdin(Stdio::null()).stdout(log).spawn();
    spawned.unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("no redis-server: on Debian, `apt-get install redis-server`"),
        _ => panic!("redis-server cannot be run: {error}"),
    })
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}
