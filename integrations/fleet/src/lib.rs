//! Starts Redis in several forms, for tests and measurements. Nothing remains when they end.
//!
//! | file | content |
//! |---|---|
//! | `server` | one `redis-server` on a free port |
//! | `cluster` | three nodes that share the slots |
//! | `sentinel` | a primary, a replica and a Sentinel |
//! | `permissions` | the guide's ACL |
//! | `proxy` | a proxy with faults in front of a server |
//! | `wait` | waits for a condition |
//!
//! All functions panic on failure, because a test cannot handle it.
#![allow(clippy::missing_panics_doc)] // Each function may, and the reason is what it does.

mod cluster;
mod permissions;
mod proxy;
mod sentinel;
mod server;
mod wait;

pub use cluster::{Cluster, Migration};
pub use permissions::{COMMANDS, rules};
pub use proxy::{Direction, Fault, Proxy};
pub use sentinel::{PRIMARY, Replicated};
pub use server::{Server, free_port};
pub use wait::{PATIENCE, until};
