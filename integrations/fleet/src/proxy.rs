//! A proxy with faults in front of a server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The direction of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    ToServer,
    ToClient,
}

/// The fault of all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// They arrive later.
    Delay(Duration),
    /// They are lost, and so is the end of a connection, which stays half open.
    Silence,
    /// Those of one direction are lost.
    Drop(Direction),
    /// One bit is flipped in the byte at this position of each read.
    Corrupt(Direction, usize),
}

/// A listener that connects each client to a server.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    fault: Mutex<Fault>,
    connections: Mutex<Vec<TcpStream>>,
    ended: AtomicBool,
}

impl Proxy {
    /// Starts a proxy in front of the server at this port.
    #[must_use]
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::<Shared>::default();
        let proxy = Self { port, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // Relaxed, because the connection that wakes this thread follows the store.
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    shared.join(client, server);
                }
            }
        });
        proxy
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sets the fault from now on.
    pub fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Sends bytes to the client of the last connection, as if from the server. Returns whether the
    /// client has accepted them all.
    #[must_use]
    pub fn inject(&self, bytes: &[u8]) -> bool {
        // Each connection has two entries, the client's side first.
        let client = self.shared.connections().iter().rev().nth(1).map(TcpStream::try_clone);
        client.is_some_and(|client| client.is_ok_and(|mut it| it.write_all(bytes).is_ok()))
    }

    /// Closes all connections.
    pub fn cut(&self) {
        for connection in self.shared.connections().drain(..) {
            // The other side may have closed it.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Relaxed for the reason above.
        self.shared.ended.store(true, Ordering::Relaxed);
        self.cut();
        // Wakes the thread that listens.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn connections(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies bytes both ways until both sides have ended.
    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let clone = |stream: &TcpStream| stream.try_clone().expect("a socket can be cloned");
        self.connections().extend([clone(&client), clone(&server)]);
        let ways = [
            (clone(&client), clone(&server), Direction::ToServer),
            (server, client, Direction::ToClient),
        ];
        for (from, to, direction) in ways {
            let shared = Arc::clone(self);
            thread::spawn(move || shared.copy(from, to, direction));
        }
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream, direction: Direction) {
        let mut buffer = [0; 16 * 1024];
        loop {
            let length = from.read(&mut buffer).unwrap_or(0);
            let bytes = &mut buffer[..length];
            match self.fault() {
                Fault::Silence if length == 0 => return,
                Fault::Silence => continue,
                Fault::Drop(lost) if lost == direction => {
                    if length == 0 {
                        return;
                    }
                    continue;
                }
                Fault::Delay(delay) => thread::sleep(delay),
                Fault::Corrupt(way, place) if way == direction && length > 0 => {
                    bytes[place % length] ^= 4;
                }
                _ => {}
            }
            if length == 0 || to.write_all(bytes).is_err() {
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}
