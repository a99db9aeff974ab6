//! The identity of this instance.

use crate::leases::LeaseId;
use crate::votes::Quorum;

/// The identity of an instance, which every request contains.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) voter: String,
    pub(crate) version: String,
    pub(crate) quorum: Quorum,
}

impl Identity {
    /// Returns the identity of a lease of this instance.
    pub(crate) fn lease(&self, sequence: u64) -> LeaseId {
        LeaseId { instance: self.instance.clone(), sequence }
    }
}
