//! Circuit breakers of retry-utils that many processes share.
//!
//! Breakers of the same name act together in all processes of a group. A few failures in two of
//! them protect every process, and the whole fleet probes an outage with `half_open_max_calls`
//! calls. The processes meet in Redis or Valkey. A call never waits for the server and never fails
//! because of it. Without the server, each breaker acts alone.
//!
//! ```
//! # mod retry_utils { pub use retry_fleet as fleet; pub use retry_runtime::*; }
//! use retry_utils::fleet::{By, Fleet, Quorum};
//! use retry_utils::CircuitBreaker;
//!
//! static LLM_API: CircuitBreaker = CircuitBreaker::new("llm-api");
//!
//! // In production: `Fleet::redis("redis://redis.internal")?`.
//! let fleet = Fleet::in_memory()
//!     .group("prod/checkout")
//!     .quorum(Quorum::instances(2))
//!     .share(&LLM_API)
//!     .start()?;
//! println!("{}", fleet.status());
//!
//! // Later, by an operator:
//! # async fn command(fleet: Fleet) -> Result<(), retry_utils::fleet::CommandError> {
//! fleet.force_open("llm-api", By::name("ann")).await?;
//! # Ok(())
//! # }
//! # Ok::<(), retry_utils::ConfigError>(())
//! ```
//!
//! Most users depend on the crate `retry-utils` with its feature `fleet`, which re-exports this
//! crate as `retry_utils::fleet`. The chapter "Fleets" of its guide explains when to use a fleet,
//! the quorum, what happens without Redis, and what Redis stores.
//!
//! | feature | content | default |
//! |---|---|---|
//! | `redis` | `Fleet::redis`; without it, groups meet in memory only | off |
//! | `rustls`, `native-tls` | TLS for the connection to Redis | off |
//! | `metrics` | the metrics of a fleet, for an exporter of the crate `metrics` | off |

// docs.rs shows next to each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod agent;
mod builder;
mod control;
mod env;
mod fleet;
mod instance;
mod operator;
mod run;
mod server;
mod setup;
mod status;
mod view;

// Not public API: the modules below change without notice. They are reachable for the tests that
// compare the scripts of Redis with `memory`.
#[doc(hidden)]
pub mod leases;
#[doc(hidden)]
pub mod limits;
#[cfg(feature = "redis")]
#[doc(hidden)]
pub mod link;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod record;
#[doc(hidden)]
pub mod register;
#[cfg(feature = "redis")]
#[doc(hidden)]
pub mod scripts;
mod text;
#[doc(hidden)]
pub mod transport;
#[doc(hidden)]
pub mod votes;
#[doc(hidden)]
pub mod wire;

pub use builder::FleetBuilder;
pub use fleet::Fleet;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use link::Credentials;
pub use operator::{By, CommandError};
pub use status::Status;
pub use transport::{Lost, Reason};
pub use view::{FleetBreaker, FleetInstance, FleetView};
pub use votes::Quorum;
