//! Replacements for the types of a fleet without the feature `fleet`. They have no values.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::Failed;
use crate::action::Action;

pub(crate) enum Watch {}

#[derive(Serialize)]
pub(crate) enum Reading {}

impl Watch {
    pub(crate) fn acts_everywhere(&self) -> bool {
        match *self {}
    }

    pub(crate) fn reading(&self) -> Reading {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(crate) async fn refresh(&self) {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as with the feature")]
    pub(crate) async fn command(
        &self,
        _breaker: &str,
        _action: Action,
        _lasting: Option<Duration>,
        _operator: &str,
    ) -> Result<(), Failed> {
        match *self {}
    }
}

impl Reading {
    pub(crate) fn row(&self, _control: bool, _search: &str, _now: Instant) -> &Self {
        match *self {}
    }
}
