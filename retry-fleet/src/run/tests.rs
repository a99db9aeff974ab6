//! Scenarios: instances of a group in one process and in virtual time. Each has a breaker of the
//! same name.

mod chaos;
mod faults;
mod group;
mod hostile;
mod keyed;
mod misuse;
mod opening;
mod operators;
mod probing;
mod quiet;
mod views;

use group::{Group, secs, wait};
