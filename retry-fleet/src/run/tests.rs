//! Scenarios: instances of a group in one process and in virtual time, each with its own breaker of
//! the same name.

mod chaos;
mod faults;
mod group;
mod keyed;
mod opening;
mod operators;
mod probing;
mod quiet;
mod views;

use group::{Group, secs, wait};
