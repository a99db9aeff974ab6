//! The loop of an instance: drives its agent over a transport.

use crate::control::Orders;
use crate::setup::Setup;
use crate::transport::Transport;

/// Runs an instance of a group until it is shut down.
pub(crate) async fn run<T: Transport>(setup: Setup, transport: T, orders: Orders) {
    let _ = (setup, transport, orders);
    todo!()
}
