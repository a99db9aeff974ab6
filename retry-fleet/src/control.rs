//! Messages between the handles of a fleet and its loop: orders one way, the status the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use retry_runtime::fleet::now;
use tokio::sync::{mpsc, oneshot};

use crate::operator::{Command, CommandError};
use crate::status::Status;
use crate::transport::Reason;
use crate::view::FleetView;

/// The maximum number of orders in the channel to the loop. Further callers wait to send theirs.
const WAITING: usize = 64;

/// The side of the handles.
#[derive(Clone)]
pub(crate) struct Control {
    orders: mpsc::Sender<Order>,
    status: Arc<StatusCell>,
}

/// The side of the loop. Once it is dropped, orders fail and the status is `Alone`.
pub(crate) struct Orders {
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) status: Arc<StatusCell>,
}

/// A request of a handle to the loop.
pub(crate) enum Order {
    /// An operator's command for the whole fleet.
    Command {
        /// The breaker, by its local name.
        breaker: String,
        command: Command,
        /// The name of the operator.
        by: String,
        /// The duration of a force. `None` if it lasts until a reset.
        lasting: Option<Duration>,
        answer: oneshot::Sender<Result<(), CommandError>>,
    },
    /// Reads the state of the fleet.
    View { answer: Viewer },
    /// Gives the leases back, leaves the group and ends.
    Shutdown {
        /// The time limit.
        within: Duration,
        answer: oneshot::Sender<()>,
    },
}

impl Control {
    /// Returns the side of the handles of a fleet that is off.
    pub(crate) fn off() -> Self {
        let (control, orders) = control();
        drop(orders);
        control.status.alone(Reason::Off);
        control
    }
}

/// A caller that waits for a view of the fleet. It is dropped if the instance is alone.
pub(crate) type Viewer = oneshot::Sender<FleetView>;

/// Returns the two sides of a new fleet.
pub(crate) fn control() -> (Control, Orders) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let status = Arc::new(StatusCell::new());
    let control = Control { orders: sender, status: Arc::clone(&status) };
    (control, Orders { orders: receiver, status })
}

impl Control {
    pub(crate) fn status(&self) -> Status {
        self.status.read()
    }

    /// Sends a command and waits for its result.
    pub(crate) async fn command(
        &self,
        breaker: &str,
        command: Command,
        by: &str,
        lasting: Option<Duration>,
    ) -> Result<(), CommandError> {
        let (answer, answered) = oneshot::channel();
        let (breaker, by) = (breaker.to_owned(), by.to_owned());
        let order = Order::Command { breaker, command, by, lasting, answer };
        self.orders.send(order).await.map_err(|_| CommandError::Alone)?;
        // A loop that ended in between may have sent it.
        answered.await.unwrap_or(Err(CommandError::Unconfirmed))
    }

    /// Reads the state of the fleet.
    pub(crate) async fn view(&self) -> Result<FleetView, CommandError> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order::View { answer }).await.map_err(|_| CommandError::Alone)?;
        answered.await.map_err(|_| CommandError::Alone)
    }

    /// Asks the loop to end and waits until it has given the leases back.
    pub(crate) async fn shutdown(&self, within: Duration) {
        let (answer, answered) = oneshot::channel();
        if self.orders.send(Order::Shutdown { within, answer }).await.is_ok() {
            // An error means that the loop has already ended.
            let _ = answered.await;
        }
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        self.status.alone(Reason::Stopped);
    }
}

/// The status, written by the loop and read by handles.
pub(crate) struct StatusCell(Mutex<Known>);

#[derive(Clone, Copy)]
enum Known {
    Coordinated { round_trip: Duration, instances: u32 },
    Alone { since: u64, reason: Reason },
}

impl StatusCell {
    fn new() -> Self {
        Self(Mutex::new(Known::Alone { since: now(), reason: Reason::Starting }))
    }

    fn set(&self, known: Known) {
        // A panic under the lock breaks nothing: the value is always replaced as a whole.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn get(&self) -> Known {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> Status {
        match self.get() {
            Known::Coordinated { round_trip, instances } => {
                Status::Coordinated { round_trip, instances }
            }
            Known::Alone { since, reason } => {
                let since = Duration::from_nanos(now().saturating_sub(since));
                Status::Alone { since, reason }
            }
        }
    }

    pub(crate) fn coordinated(&self, round_trip: Duration, instances: u32) {
        self.set(Known::Coordinated { round_trip, instances });
    }

    /// Sets the status to alone. Keeps the time if it is already alone.
    pub(crate) fn alone(&self, reason: Reason) {
        let since = match self.get() {
            Known::Alone { since, .. } => since,
            Known::Coordinated { .. } => now(),
        };
        self.set(Known::Alone { since, reason });
    }
}
