//! Hashes, sorted sets, expiry and PUBLISH, with the behavior of Redis.
//!
//! A key disappears with its last field or member. Members are ordered by score, then bytewise.
//! Hashes and sorted sets have separate key spaces, so there are no type errors.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// A text that a script has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The channel.
    pub channel: Vec<u8>,
    /// The push.
    pub text: Vec<u8>,
}

/// The content of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) hashes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(crate) sorted: BTreeMap<Vec<u8>, Sorted>,
    /// The times at which keys expire.
    pub(crate) ends: BTreeMap<Vec<u8>, u64>,
    pub(crate) published: Vec<Published>,
}

/// A sorted set: each member with its score, twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sorted {
    scores: BTreeMap<Vec<u8>, Score>,
    members: BTreeSet<(Score, Vec<u8>)>,
}

/// A score, which is never NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The scores of a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    from: Bound<f64>,
    to: Bound<f64>,
}

impl Range {
    /// `-inf +inf`
    pub(crate) const ALL: Self = Self { from: Bound::Unbounded, to: Bound::Unbounded };
    /// `-inf (0`
    pub(crate) const NEGATIVE: Self = Self { from: Bound::Unbounded, to: Bound::Excluded(0.0) };

    /// `-inf score`
    pub(crate) fn up_to(score: u64) -> Self {
        Self { from: Bound::Unbounded, to: Bound::Included(double(score)) }
    }

    /// `0 score`
    pub(crate) fn from_zero_to(score: u64) -> Self {
        Self { from: Bound::Included(0.0), to: Bound::Included(double(score)) }
    }

    /// `score +inf`
    pub(crate) fn at_least(score: u64) -> Self {
        Self { from: Bound::Included(double(score)), to: Bound::Unbounded }
    }

    /// `(score +inf`
    pub(crate) fn above(score: u64) -> Self {
        Self { from: Bound::Excluded(double(score)), to: Bound::Unbounded }
    }

    fn begins_after(&self, score: f64) -> bool {
        match self.from {
            Bound::Included(from) => score < from,
            Bound::Excluded(from) => score <= from,
            Bound::Unbounded => false,
        }
    }

    fn ends_before(&self, score: f64) -> bool {
        match self.to {
            Bound::Included(to) => score > to,
            Bound::Excluded(to) => score >= to,
            Bound::Unbounded => false,
        }
    }
}

impl Sorted {
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) {
        self.remove(member);
        // Adding zero turns -0 into 0.
        let score = Score(score + 0.0);
        self.scores.insert(member.to_vec(), score);
        self.members.insert((score, member.to_vec()));
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        let score = self.scores.remove(member);
        score.is_some_and(|score| self.members.remove(&(score, member.to_vec())))
    }

    fn range(&self, range: Range) -> impl Iterator<Item = (&[u8], f64)> {
        // The empty member sorts first within a score.
        let from = match range.from {
            Bound::Included(from) | Bound::Excluded(from) => {
                Bound::Included((Score(from), Vec::new()))
            }
            Bound::Unbounded => Bound::Unbounded,
        };
        self.members
            .range((from, Bound::Unbounded))
            .map(|(score, member)| (member.as_slice(), score.0))
            .skip_while(move |(_, score)| range.begins_after(*score))
            .take_while(move |(_, score)| !range.ends_before(*score))
    }
}

impl Store {
    /// Removes expired keys.
    pub(crate) fn expire(&mut self, now: u64) {
        let Self { hashes, sorted, ends, .. } = self;
        ends.retain(|key, end| {
            let is_over = *end < now;
            if is_over {
                hashes.remove(key);
                sorted.remove(key);
            }
            !is_over
        });
    }

    /// `FLUSHALL`
    pub(crate) fn flush(&mut self) {
        self.hashes.clear();
        self.sorted.clear();
        self.ends.clear();
    }

    /// `HGET`
    pub(crate) fn hget(&self, key: &[u8], field: &[u8]) -> Option<&[u8]> {
        self.hashes.get(key)?.get(field).map(Vec::as_slice)
    }

    /// `HSET`
    pub(crate) fn hset(&mut self, key: &[u8], field: &[u8], value: &[u8]) {
        self.hashes.entry(key.to_vec()).or_default().insert(field.to_vec(), value.to_vec());
    }

    /// `HDEL`
    pub(crate) fn hdel(&mut self, key: &[u8], field: &[u8]) {
        let Some(hash) = self.hashes.get_mut(key) else { return };
        hash.remove(field);
        if hash.is_empty() {
            self.del(key);
        }
    }

    /// `ZADD`
    pub(crate) fn zadd(&mut self, key: &[u8], score: u64, member: &[u8]) {
        self.insert(key, double(score), member);
    }

    /// `ZADD` with a negated score.
    pub(crate) fn zadd_negative(&mut self, key: &[u8], score: u64, member: &[u8]) {
        self.insert(key, -double(score), member);
    }

    /// `ZADD NX`. Returns whether the member was added.
    pub(crate) fn zadd_new(&mut self, key: &[u8], score: u64, member: &[u8]) -> bool {
        let is_there = self.sorted.get(key).is_some_and(|set| set.scores.contains_key(member));
        if !is_there {
            self.zadd(key, score, member);
        }
        !is_there
    }

    fn insert(&mut self, key: &[u8], score: f64, member: &[u8]) {
        self.sorted.entry(key.to_vec()).or_default().insert(member, score);
    }

    /// `ZREM` of one member. Returns whether it was there.
    pub(crate) fn zrem(&mut self, key: &[u8], member: &[u8]) -> bool {
        let Some(set) = self.sorted.get_mut(key) else { return false };
        let was_there = set.remove(member);
        if set.scores.is_empty() {
            self.del(key);
        }
        was_there
    }

    /// `ZREMRANGEBYSCORE`
    pub(crate) fn zremrangebyscore(&mut self, key: &[u8], range: Range) {
        for (member, _) in self.zrangebyscore(key, range, 0, usize::MAX) {
            self.zrem(key, &member);
        }
    }

    /// `ZRANGEBYSCORE … WITHSCORES LIMIT offset limit`
    pub(crate) fn zrangebyscore(
        &self,
        key: &[u8],
        range: Range,
        offset: usize,
        limit: usize,
    ) -> Vec<(Vec<u8>, f64)> {
        let Some(set) = self.sorted.get(key) else { return Vec::new() };
        let found = set.range(range).skip(offset).take(limit);
        found.map(|(member, score)| (member.to_vec(), score)).collect()
    }

    /// `ZCARD`
    pub(crate) fn zcard(&self, key: &[u8]) -> usize {
        self.sorted.get(key).map_or(0, |set| set.scores.len())
    }

    /// `ZCOUNT`
    pub(crate) fn zcount(&self, key: &[u8], range: Range) -> u64 {
        let count = self.sorted.get(key).map_or(0, |set| set.range(range).count());
        count.try_into().unwrap_or(u64::MAX)
    }

    /// `DEL`
    pub(crate) fn del(&mut self, key: &[u8]) {
        self.hashes.remove(key);
        self.sorted.remove(key);
        self.ends.remove(key);
    }

    /// `PEXPIRE`, with the absolute time of expiry.
    pub(crate) fn pexpire(&mut self, key: &[u8], end: u64) {
        if self.hashes.contains_key(key) || self.sorted.contains_key(key) {
            self.ends.insert(key.to_vec(), end);
        }
    }

    /// `PUBLISH`
    pub(crate) fn publish(&mut self, channel: &[u8], text: &[u8]) {
        self.published.push(Published { channel: channel.to_vec(), text: text.to_vec() });
    }
}

/// Returns a number of the wire as a score. It is below 2^53, so the conversion is exact.
#[expect(clippy::cast_precision_loss, reason = "numbers of the wire are below 2^53")]
fn double(number: u64) -> f64 {
    number as f64
}

/// Returns a score as a number of the wire, rounded up to the next whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(crate) fn whole(score: f64) -> u64 {
    (score.ceil() as u64).min(crate::limits::MOST)
}
