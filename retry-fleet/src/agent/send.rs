//! Chooses and builds the next request.

use super::right::APART;
use super::shared::Task;
use super::turn::{Class, Turn};
use super::{Agent, InFlight, Leaving, Pending, Sent, Step, nanos};
use crate::wire::{Ask, Beat, Command, Known, Request};

/// A request that is due.
enum Due<'a> {
    Beat,
    Command,
    Look,
    Farewell,
    Shared(&'a str, Task),
}

/// The owned form of [`Due`].
enum Chosen {
    Beat,
    Command,
    Look,
    Farewell,
    Shared(String, Task),
}

impl Agent {
    /// Returns the next step. At most one request is in flight.
    pub(crate) fn next(&mut self, now: u64) -> Step {
        if self.leaving == Leaving::Done {
            return Step::Done;
        }
        self.take_news(now);
        if self.clock.time(now).is_none() {
            // The first reply contains the server's time and the state of the fleet.
            return self.beat(now);
        }
        self.look_where_due(now);
        let turn = self.offers(now);
        let due = turn.due();
        let wait = due.into_iter().chain(self.next_look()).min();
        let Some(chosen) = turn.next(now, self.last_was_out_of_turn) else {
            return self.leaving_or(now, Step::Wait(wait.unwrap_or(now)));
        };
        let (what, out_of_turn) = (chosen.what.into_owned(), chosen.out_of_turn);
        self.last_was_out_of_turn = out_of_turn;
        self.begin(what, now).unwrap_or(Step::Wait(now))
    }

    /// Sends the last beat if nothing else has to be sent first.
    fn leaving_or(&mut self, now: u64, step: Step) -> Step {
        if self.leaving == Leaving::No {
            return step;
        }
        let beat = self.beat(now);
        self.leaving = Leaving::Done;
        beat
    }

    fn offers(&self, now: u64) -> Turn<Due<'_>> {
        let mut turn = Turn::new();
        if !self.farewells.is_empty() {
            turn.offer(Class::News, 0, Due::Farewell);
        }
        if let Some(command) = self.commands.front() {
            turn.offer(Class::News, command.since, Due::Command);
        }
        if self.leaving == Leaving::No {
            turn.offer(Class::Beat, self.beats.at, Due::Beat);
        }
        if let Some((since, _)) = self.viewers.first() {
            // The least urgent, because operators wait for requests that protect calls.
            turn.offer(Class::Beat, *since, Due::Look);
        }
        let is_coordinated = self.right.is_coordinated() && !self.observes;
        for (_, name) in self.active.values().flat_map(|of_set| of_set.iter().take(super::KEYS)) {
            let Some(shared) = self.shared.get(name) else { continue };
            let copy = self.copies.get(name);
            shared.offer(copy, is_coordinated, now, &mut |class, due, task| {
                if self.leaving == Leaving::No || is_last_word(task) {
                    turn.offer(class, due, Due::Shared(name, task));
                }
            });
        }
        turn
    }

    fn begin(&mut self, chosen: Chosen, now: u64) -> Option<Step> {
        match chosen {
            Chosen::Beat => Some(self.beat(now)),
            Chosen::Farewell => {
                let ask = self.farewells.pop_front()?;
                Some(self.send(ask, Vec::new(), Sent::Farewell, now))
            }
            Chosen::Command => {
                let command = self.commands.pop_front()?;
                let Pending { breaker, what, id, by, .. } = &command;
                let ask = Ask::Command(Command {
                    breaker: breaker.clone(),
                    what: *what,
                    id: id.clone(),
                    by: by.clone(),
                });
                let known = self.known(breaker);
                Some(self.send(ask, known, Sent::Command(command), now))
            }
            Chosen::Look => {
                let (look, viewers) = self.look(now);
                Some(self.send(Ask::Look(look), Vec::new(), Sent::Look(viewers), now))
            }
            Chosen::Shared(name, task) => {
                let shared = self.shared.get_mut(&name)?;
                let copy = self.copies.get(&name);
                let (ask, sequence) = shared.ask(task, copy, &self.identity, now)?;
                let known = self.known(&name);
                Some(self.send(ask, known, Sent::Shared { name, task, sequence }, now))
            }
        }
    }

    fn known(&self, name: &str) -> Vec<Known> {
        self.copies.known(name, self.longest(name)).into_iter().collect()
    }

    fn beat(&mut self, now: u64) -> Step {
        if self.share_listed && self.leaving == Leaving::No {
            self.share_what_is_listed(now);
        }
        self.drop_old(now);
        let open = self.active.values().flatten().map(|(_, name)| name.as_str());
        let view = super::view::view(&self.identity.version, self.right.is_coordinated(), open);
        let ask = Ask::Beat(Beat {
            instance: self.identity.instance.clone(),
            voter: self.identity.voter.clone(),
            view,
            leaving: self.leaving != Leaving::No,
            shares: self.singles.iter().chain(&self.sets).cloned().collect(),
        });
        let shared = &self.shared;
        let longest = |name: &str| shared.get(name).map(|shared| shared.local.longest_open);
        let known = self.copies.known_for_beat(longest);
        self.beats.sent = now;
        // The reply sets the next time. Without a reply the connection is lost.
        self.beats.at = now.saturating_add(nanos(APART));
        self.send(ask, known, Sent::Beat, now)
    }

    fn send(&mut self, ask: Ask, known: Vec<Known>, what: Sent, now: u64) -> Step {
        let request = Request {
            group: self.identity.group.clone(),
            sent: self.clock.time(now).unwrap_or(0),
            mark: self.beats.mark,
            known,
            ask,
        };
        self.in_flight = Some(InFlight { sent: now, script: request.script(), what });
        Step::Send(request)
    }
}

impl Due<'_> {
    fn into_owned(self) -> Chosen {
        match self {
            Self::Beat => Chosen::Beat,
            Self::Command => Chosen::Command,
            Self::Look => Chosen::Look,
            Self::Farewell => Chosen::Farewell,
            Self::Shared(name, task) => Chosen::Shared(name.to_owned(), task),
        }
    }
}

/// Returns whether an instance that leaves still sends this.
fn is_last_word(task: Task) -> bool {
    use super::leases::LeaseTask::{Late, Report};
    matches!(task, Task::Lease(Report | Late { .. }))
}
