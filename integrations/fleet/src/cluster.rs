//! A cluster of three nodes without replicas.

use crate::server::{Server, free_port};
use crate::wait::until;

const SLOTS: u16 = 16_384;

/// Three nodes, each of which owns a third of the slots.
pub struct Cluster {
    pub nodes: Vec<Server>,
}

/// A slot that moves from one node to another.
pub struct Migration {
    slot: String,
    from: usize,
    to: usize,
}

impl Cluster {
    /// Starts the nodes and waits until each serves its slots.
    #[must_use]
    pub fn start() -> Self {
        let ports = [(); 3].map(|()| free_port().to_string());
        let nodes: Vec<Server> = ports.iter().map(|port| start_node(port)).collect();
        for (number, node) in (1_u16..).zip(&nodes) {
            let share = SLOTS / 3 + 1;
            let first = (number - 1) * share;
            let last = (first + share).min(SLOTS) - 1;
            let range = [first.to_string(), last.to_string()];
            let () = node.command(&["CLUSTER", "ADDSLOTSRANGE", &range[0], &range[1]]);
            let () = node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &number.to_string()]);
        }
        for (node, port) in nodes[1..].iter().zip(&ports[1..]) {
            let meet = ["CLUSTER", "MEET", "127.0.0.1", &node.port().to_string(), port];
            let () = nodes[0].command(&meet);
        }
        for node in &nodes {
            until("the cluster is complete", || {
                let info: String = node.command(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            });
        }
        Self { nodes }
    }

    /// Returns the number of the node that owns the slot of a key.
    #[must_use]
    pub fn owner_of(&self, key: &str) -> usize {
        let owner = self.nodes.iter().position(|node| {
            // The other nodes redirect.
            node.try_command::<u64>(&["EXISTS", key]).is_ok()
        });
        owner.expect("all slots have an owner")
    }

    /// Moves the slot of a key, with its content, to a node.
    pub fn migrate(&self, key: &str, to: usize) {
        let migration = self.begin_migration(key, to);
        self.end_migration(&migration);
    }

    /// Begins to move the slot of a key to a node. No key moves yet.
    #[must_use]
    pub fn begin_migration(&self, key: &str, to: usize) -> Migration {
        let from = self.owner_of(key);
        let slot = self.nodes[from].command::<u64>(&["CLUSTER", "KEYSLOT", key]).to_string();
        let id = |node: usize| -> String { self.nodes[node].command(&["CLUSTER", "MYID"]) };
        let set = ["CLUSTER", "SETSLOT", &slot];
        let () = self.nodes[to].command(&[&set[..], &["IMPORTING", &id(from)]].concat());
        let () = self.nodes[from].command(&[&set[..], &["MIGRATING", &id(to)]].concat());
        Migration { slot, from, to }
    }

    /// Moves the keys, and then the slot.
    pub fn end_migration(&self, migration: &Migration) {
        let Migration { slot, from, to } = migration;
        let [from, to] = [from, to].map(|node| &self.nodes[*node]);
        let keys: Vec<String> = from.command(&["CLUSTER", "GETKEYSINSLOT", slot, "1000"]);
        for key in &keys {
            let port = to.port().to_string();
            let () = from.command(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]);
        }
        let id: String = to.command(&["CLUSTER", "MYID"]);
        for node in [to, from] {
            let () = node.command(&["CLUSTER", "SETSLOT", slot, "NODE", &id]);
        }
    }
}

fn start_node(bus: &str) -> Server {
    // With an explicit port, because the default one is the server's plus 10,000, which may be too
    // high.
    Server::start_with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        bus,
        "--cluster-node-timeout",
        "5000",
    ])
}
