//! A primary with a replica, and a Sentinel that watches them.

use std::fs;
use std::process::{Child, Command};

use crate::server::{Server, free_port, new_folder, run};
use crate::wait::until;

/// The name of the primary.
pub const PRIMARY: &str = "breakers";

/// Two servers and a Sentinel.
pub struct Replicated {
    pub servers: [Server; 2],
    sentinel: Sentinel,
}

struct Sentinel {
    process: Child,
    folder: std::path::PathBuf,
    port: u16,
}

impl Replicated {
    /// Starts all three and waits until the Sentinel knows the replica. The first server is the
    /// primary.
    #[must_use]
    pub fn start() -> Self {
        let primary = Server::start_with(&["--repl-diskless-sync-delay", "0"]);
        let port = primary.port().to_string();
        let of = format!("127.0.0.1 {port}");
        let replica = Server::start_with(&["--replicaof", "127.0.0.1", &port]);
        until("the replica has synchronized", || {
            let info: String = replica.command(&["INFO", "replication"]);
            info.contains("master_link_status:up")
        });
        let replicated = Self { servers: [primary, replica], sentinel: Sentinel::start(&of) };
        // With the default periods a failover takes ten seconds. Older versions cannot change them.
        for period in ["INFO-PERIOD", "PUBLISH-PERIOD"] {
            let _ = replicated.try_ask(&["SENTINEL", "DEBUG", period, "200"]);
        }
        until("the Sentinel knows the replica", || {
            let replicas: Vec<redis::Value> = replicated.ask(&["SENTINEL", "REPLICAS", PRIMARY]);
            replicas.len() == 1
        });
        replicated
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/{PRIMARY}", self.sentinel.port)
    }

    /// Returns the number of the server that the Sentinel regards as the primary.
    #[must_use]
    pub fn primary(&self) -> usize {
        let (_, port): (String, u16) = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", PRIMARY]);
        let found = self.servers.iter().position(|server| server.port() == port);
        found.expect("the primary is one of ours")
    }

    /// Exchanges the primary and the replica, and waits until it is done.
    pub fn fail_over(&self) {
        let before = self.primary();
        until("the Sentinel begins the failover", || {
            // It refuses until it has heard from the replica.
            self.try_ask(&["SENTINEL", "FAILOVER", PRIMARY]).is_ok()
        });
        until("the Sentinel names the other server", || self.primary() != before);
        until("the former primary is a replica", || {
            let info: redis::RedisResult<String> =
                self.servers[before].try_command(&["INFO", "replication"]);
            info.is_ok_and(|info| info.contains("role:slave"))
        });
    }

    fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let value = self.try_ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        redis::from_redis_value(value).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    fn try_ask(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let url = format!("redis://127.0.0.1:{}", self.sentinel.port);
        let mut connection = redis::Client::open(url)?.get_connection()?;
        let (name, arguments) = words.split_first().expect("a command has a name");
        redis::cmd(name).arg(arguments).query(&mut connection)
    }
}

impl Sentinel {
    fn start(primary: &str) -> Self {
        let folder = new_folder();
        let port = free_port();
        let settings = format!(
            "bind 127.0.0.1
port {port}
sentinel monitor {PRIMARY} {primary} 1
sentinel down-after-milliseconds {PRIMARY} 1000
sentinel failover-timeout {PRIMARY} 3000
"
        );
        let file = folder.join("sentinel.conf");
        fs::write(&file, settings).expect("the settings can be written");
        let process = run(Command::new("redis-server").arg(&file).arg("--sentinel"), &folder);
        let sentinel = Self { process, folder, port };
        until("the Sentinel answers", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        sentinel
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
