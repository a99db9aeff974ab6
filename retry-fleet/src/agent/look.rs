//! The view for operators: requests it from the server, and converts it to public types.

use std::collections::HashSet;
use std::time::Duration;

use retry_runtime::{CircuitState, Mode};

use super::view::read;
use super::{Agent, Leaving};
use crate::control::Viewer;
use crate::limits::LOOKED;
use crate::record::{Force, Record, SetMode};
use crate::register::{Register, State};
use crate::view::{FleetBreaker, FleetInstance, FleetView};
use crate::wire::{Look, LookReply, LookedBreaker, LookedInstance};

impl Agent {
    /// Takes an order for a view. The next look answers all waiting orders.
    pub(crate) fn order_view(&mut self, answer: Viewer, now: u64) {
        if self.clock.time(now).is_some() && self.leaving == Leaving::No {
            self.viewers.push((now, answer));
        }
    }

    /// Returns the next look, with the callers that wait for it.
    pub(super) fn look(&mut self, now: u64) -> (Look, Vec<Viewer>) {
        let viewers = self.viewers.drain(..).map(|(_, viewer)| viewer).collect();
        let active = self.active_names();
        let mut named = HashSet::new();
        let breakers = active
            .iter()
            .chain(self.copies.in_trouble(now))
            .chain(&self.singles)
            .filter(|name| named.insert(name.as_str()))
            .take(LOOKED)
            .cloned()
            .collect();
        (Look { breakers }, viewers)
    }

    /// Answers the callers that wait for a view.
    pub(super) fn looked(&self, reply: LookReply, viewers: Vec<Viewer>) {
        let time = reply.time;
        let breakers = reply.breakers.into_iter().map(|looked| self.breaker(looked, time));
        let view = FleetView {
            status: self.status.read(),
            group: self.identity.group.clone(),
            instance: self.identity.instance.clone(),
            quorum: self.identity.quorum.voters(),
            alive: reply.alive,
            breakers: breakers.collect(),
            instances: reply.instances.into_iter().map(|looked| self.instance(looked)).collect(),
        };
        for viewer in viewers {
            // Fails if the caller has given up.
            let _ = viewer.send(view.clone());
        }
    }

    fn breaker(&self, looked: LookedBreaker, time: u64) -> FleetBreaker {
        let LookedBreaker { breaker, standing, record, voters, probing } = looked;
        let register = standing.map_or(Register::closed(0), |standing| standing.register);
        let left = standing.map_or(Duration::ZERO, |standing| standing.left);
        let forced = record.as_ref().and_then(|record| forced(record, time));
        let end = record.as_ref().map_or(0, |record| record.until);
        let is_lasting = forced.is_some() && end != 0;
        FleetBreaker {
            left: self.longest(&breaker).map_or(left, |longest| left.min(longest)),
            name: self.own_name(breaker),
            state: match register.state {
                State::Closed => CircuitState::Closed,
                State::HalfOpen => CircuitState::HalfOpen,
                State::Open => CircuitState::Open,
            },
            failed: register.failed,
            ok: register.ok,
            epoch: register.epoch,
            voters,
            probing,
            forced,
            forced_left: is_lasting.then(|| Duration::from_millis(end.saturating_sub(time))),
            mode: record.as_ref().and_then(mode),
            by: record.map(|record| String::from_utf8_lossy(&record.by).into_owned()),
        }
    }

    fn instance(&self, looked: LookedInstance) -> FleetInstance {
        let said = read(&looked.view);
        FleetInstance {
            name: looked.instance,
            version: said.version,
            coordinated: said.coordinated,
            open: said.open,
            open_breakers: said.names.into_iter().map(|name| self.own_name(name)).collect(),
            last_beat: Duration::from_millis(looked.silent),
        }
    }

    /// Returns the name that this process has for a breaker, or the one on the wire.
    fn own_name(&self, name: String) -> String {
        self.shared.get(&name).map_or(name, |shared| shared.own_name().to_owned())
    }
}

fn forced(record: &Record, time: u64) -> Option<CircuitState> {
    match record.force(time) {
        Force::None => None,
        Force::Open => Some(CircuitState::Open),
        Force::Closed => Some(CircuitState::Closed),
    }
}

fn mode(record: &Record) -> Option<Mode> {
    match record.mode {
        SetMode::None => None,
        SetMode::Enforce => Some(Mode::Enforce),
        SetMode::Observe => Some(Mode::Observe),
        SetMode::Off => Some(Mode::Off),
    }
}
