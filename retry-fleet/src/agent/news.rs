//! Reads the inbox, ties breakers, and tracks which of them are in trouble.

use retry_runtime::fleet::{AlreadyTied, Tied, listed, tie, tie_all};
use retry_runtime::observe::fleet as report;

use super::shared::Moment;
use super::{Agent, FAREWELLS, KEYS, Shared, nanos};
use crate::agent::right::SHORT_BEAT;
use crate::setup;
use crate::wire::key_name;

impl Agent {
    /// Ties the breakers that the application shares.
    pub(super) fn share(&mut self, shared: &setup::Shared, now: u64) {
        match shared {
            setup::Shared::Breaker(breaker) => {
                let name = key_name(breaker.name());
                let is_known = self.by_own_name.contains_key(breaker.name());
                if breaker.name().is_empty() || is_known {
                    return;
                }
                match tie(breaker.clone(), &self.source) {
                    Ok(tied) => {
                        self.singles.push(name.clone());
                        self.add(tied, &name, name.clone(), now);
                    }
                    Err(AlreadyTied) => self.refuse(breaker.name()),
                }
            }
            setup::Shared::Keyed(set) => {
                if set.name().is_empty() || !self.sets.insert(key_name(set.name())) {
                    return;
                }
                // Before the breakers are tied, because each looks up its set.
                self.names.add_set(set.name());
                self.inbox.use_names(&self.names);
                // Its breakers arrive in the inbox.
                if let Err(AlreadyTied) = tie_all(set, &self.source) {
                    self.refuse(set.name());
                }
            }
        }
    }

    fn refuse(&mut self, name: &str) {
        self.refused.get_or_insert_with(|| name.to_owned());
    }

    /// Shares what the registry lists now, and drops breakers that only the agent kept alive.
    pub(super) fn share_what_is_listed(&mut self, now: u64) {
        let mut singles = std::mem::take(&mut self.singles);
        singles.retain(|name| {
            let is_gone = self.shared.get(name).is_some_and(Shared::is_last);
            if is_gone {
                let own_name = self.shared[name].own_name().to_owned();
                self.forget(&own_name, now);
            }
            !is_gone
        });
        self.singles = singles;
        let (breakers, sets) = listed();
        for breaker in breakers {
            self.share(&setup::Shared::Breaker(breaker), now);
        }
        for set in sets {
            self.share(&setup::Shared::Keyed(set), now);
        }
    }

    fn add(&mut self, tied: Tied, name: &str, set: String, now: u64) {
        self.by_own_name.insert(tied.name().to_owned(), name.to_owned());
        let mut shared = Shared::new(tied, name.to_owned(), set, self.observes, now);
        if let Some(copy) = self.copies.get(name) {
            shared.show(copy);
            shared.obey(copy);
        }
        if self.right.is_coordinated() {
            shared.coordinate(self.right.until());
        } else {
            // It may have started with the right to coordinate.
            shared.be_alone();
        }
        self.shared.insert(name.to_owned(), shared);
        self.update(name, now);
    }

    /// Looks at every breaker with news.
    pub(super) fn take_news(&mut self, now: u64) {
        let news = self.inbox.take_news();
        for own_name in news.evicted {
            self.forget(&own_name, now);
        }
        for (own_name, tied) in news.made {
            if self.is_single(&own_name) {
                // A single breaker already has this key's name, so the key acts alone.
                continue;
            }
            // The former breaker of this name has lost its place.
            self.forget(&own_name, now);
            let name = self.names.of_key(&own_name);
            let set = self.names.set_of(&own_name).unwrap_or(&own_name);
            let set = key_name(set);
            self.add(tied, &name, set, now);
        }
        for own_name in news.woken {
            if let Some(name) = self.by_own_name.get(&own_name).cloned() {
                self.update(&name, now);
            }
        }
    }

    fn is_single(&self, own_name: &str) -> bool {
        let shared = self.by_own_name.get(own_name).and_then(|name| self.shared.get(name));
        shared.is_some_and(|shared| shared.set == shared.name)
    }

    /// Forgets the breaker of a key that lost its place.
    fn forget(&mut self, own_name: &str, now: u64) {
        let Some(name) = self.by_own_name.remove(own_name) else { return };
        let Some(shared) = self.shared.remove(&name) else { return };
        self.set_rank(&name, &shared.set, shared.rank, None);
        self.farewells.extend(shared.farewell(&self.identity, now));
        while self.farewells.len() > FAREWELLS {
            self.farewells.pop_front();
        }
    }

    /// Looks at the active breakers that are due.
    pub(super) fn look_where_due(&mut self, now: u64) {
        if self.next_look().is_none_or(|look_at| look_at > now) {
            return;
        }
        for name in self.active_names() {
            if self.shared.get(&name).is_some_and(|shared| shared.look_at <= now) {
                self.update(&name, now);
            }
        }
    }

    /// Looks at a breaker, and notes whether it is active.
    pub(super) fn update(&mut self, name: &str, now: u64) {
        let Some(shared) = self.shared.get_mut(name) else { return };
        let copy = self.copies.get(name);
        let (spread, random) = (self.beats.spread(), &mut self.random);
        shared.look(copy, Moment { now, spread, random });
        let rank = shared.is_active(copy).then(|| shared.open_since(copy));
        let former = std::mem::replace(&mut shared.rank, rank);
        if former == rank {
            return;
        }
        let set = shared.set.clone();
        let was_quiet = self.active.is_empty();
        self.set_rank(name, &set, former, rank);
        if was_quiet && !self.active.is_empty() {
            self.trouble_begins(now);
        }
        if former.is_none() {
            self.coordinate_one(name, &set, now);
        }
    }

    /// Coordinates a breaker that has come into trouble. The breaker of a key was not coordinated
    /// before.
    fn coordinate_one(&mut self, name: &str, set: &str, now: u64) {
        let of_set = self.active.get(set);
        let is_shared = of_set.is_some_and(|it| it.iter().take(KEYS).any(|(_, it)| it == name));
        if !is_shared || !self.right.is_coordinated() {
            return;
        }
        if let Some(shared) = self.shared.get_mut(name) {
            shared.coordinate(self.right.until());
            let (spread, random) = (self.beats.spread(), &mut self.random);
            shared.look(self.copies.get(name), Moment { now, spread, random });
        }
    }

    fn set_rank(&mut self, name: &str, set: &str, former: Option<u64>, rank: Option<u64>) {
        let of_set = self.active.entry(set.to_owned()).or_default();
        if let Some(former) = former {
            of_set.remove(&(former, name.to_owned()));
        }
        if let Some(rank) = rank {
            of_set.insert((rank, name.to_owned()));
        }
        if of_set.len() > KEYS {
            report::too_many_keys(set);
        }
        if of_set.is_empty() {
            self.active.remove(set);
        }
    }

    /// Shortens the right to coordinate and schedules a beat soon, at a random time to spread load.
    fn trouble_begins(&mut self, now: u64) {
        if self.right.is_coordinated() {
            self.right.shorten(now);
            self.coordinate_all();
            let soon = now.saturating_add(self.random.up_to(SHORT_BEAT));
            self.beats.at = self.beats.at.min(soon);
        }
    }

    /// Gives each breaker the current right to coordinate.
    pub(super) fn coordinate_all(&mut self) {
        let until = self.right.until();
        self.inbox.coordinate(if self.observes { 0 } else { until });
        let active = self.active.values().flat_map(|of_set| of_set.iter().take(KEYS));
        for name in active.map(|(_, name)| name).chain(&self.singles) {
            if let Some(shared) = self.shared.get_mut(name) {
                shared.coordinate(until);
            }
        }
    }

    /// Returns the names of the active breakers that are shared now. In each set, those that have
    /// been open for the longest come first.
    pub(super) fn active_names(&self) -> Vec<String> {
        let shared = self.active.values().flat_map(|of_set| of_set.iter().take(KEYS));
        shared.map(|(_, name)| name.clone()).collect()
    }

    /// Returns the time at which the next active breaker must be looked at.
    pub(super) fn next_look(&self) -> Option<u64> {
        let shared = self.active.values().flat_map(|of_set| of_set.iter().take(KEYS));
        shared.filter_map(|(_, name)| self.shared.get(name)).map(|shared| shared.look_at).min()
    }

    /// Draws the time to the next beat.
    pub(super) fn draw_beat(&mut self) -> u64 {
        let quiet = self.active.is_empty();
        let interval =
            if quiet { self.beats.interval } else { self.beats.interval.min(SHORT_BEAT) };
        self.random.about(interval).max(nanos(SHORT_BEAT) / 2)
    }
}
