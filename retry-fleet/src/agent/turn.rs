//! The order of sending: selects the next request if several are due.

use std::time::Duration;

use super::random::nanos;

/// The kinds of requests, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Outcomes, votes and commands.
    News,
    /// Renewals of leases.
    Renewal,
    /// Requests for leases.
    Ask,
    Beat,
}

impl Class {
    const COUNT: usize = 4;

    /// The time for which a due request of this kind waits for more urgent ones.
    fn patience(self) -> u64 {
        nanos(match self {
            Self::News => Duration::ZERO,
            Self::Renewal => Duration::from_millis(200),
            Self::Ask | Self::Beat => Duration::from_millis(500),
        })
    }
}

/// The earliest request of each class among those that were offered.
pub(crate) struct Turn<T> {
    first: [Option<(u64, T)>; Class::COUNT],
}

/// The choice of [`Turn::next`].
pub(crate) struct Chosen<T> {
    pub(crate) what: T,
    /// True if it was not the most urgent request, but had waited too long.
    pub(crate) out_of_turn: bool,
}

impl<T> Turn<T> {
    pub(crate) fn new() -> Self {
        Self { first: [const { None }; Class::COUNT] }
    }

    /// Offers a request that is due at this time.
    pub(crate) fn offer(&mut self, class: Class, due: u64, what: T) {
        let first = &mut self.first[class as usize];
        if first.as_ref().is_none_or(|(earliest, _)| due < *earliest) {
            *first = Some((due, what));
        }
    }

    /// Returns when the first request is due.
    pub(crate) fn due(&self) -> Option<u64> {
        self.first.iter().flatten().map(|(due, _)| *due).min()
    }

    /// Returns the request to send now, if one is due: the most urgent one. At most every second
    /// time it is the one whose patience ended first, so that none starves.
    pub(crate) fn next(self, now: u64, last_was_out_of_turn: bool) -> Option<Chosen<T>> {
        let classes = [Class::News, Class::Renewal, Class::Ask, Class::Beat];
        let mut due: Vec<_> = classes
            .into_iter()
            .zip(self.first)
            .filter_map(|(class, first)| first.map(|(due, what)| (class, due, what)))
            .filter(|(_, due, _)| *due <= now)
            .collect();
        let waiting = due.iter().enumerate().skip(1);
        let impatient = waiting
            .map(|(at, (class, due, _))| (due.saturating_add(class.patience()), at))
            .filter(|(patient_until, _)| *patient_until < now && !last_was_out_of_turn)
            .min();
        let at = impatient.map_or(0, |(_, at)| at);
        if due.is_empty() {
            return None;
        }
        Some(Chosen { what: due.swap_remove(at).2, out_of_turn: at > 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn turn(offers: &[(Class, u64)]) -> Turn<Class> {
        let mut turn = Turn::new();
        for &(class, due) in offers {
            turn.offer(class, due, class);
        }
        turn
    }

    #[test]
    fn the_most_urgent_goes_first() {
        let all = [(Class::Beat, 1), (Class::Ask, 1), (Class::News, 5), (Class::Renewal, 2)];
        let chosen = turn(&all).next(10, false).unwrap();
        assert_eq!((chosen.what, chosen.out_of_turn), (Class::News, false));
        // It is not due yet.
        assert_eq!(turn(&all).next(4, false).unwrap().what, Class::Renewal);
        assert!(turn(&all).next(0, false).is_none());
        assert_eq!(turn(&all).due(), Some(1));
    }

    #[test]
    fn in_a_storm_each_class_gets_its_turn() {
        let (mut sent, mut last) = ([0; 4], false);
        let mut waiting_since = [0_u64; 4];
        let classes = [Class::News, Class::Renewal, Class::Ask, Class::Beat];
        for step in 1..=100 {
            let now = step * SECOND;
            let offers: Vec<_> = classes.into_iter().zip(waiting_since).collect();
            let chosen = turn(&offers).next(now, last).unwrap();
            last = chosen.out_of_turn;
            sent[chosen.what as usize] += 1;
            waiting_since[chosen.what as usize] = now;
        }
        assert!(sent[0] >= 50, "{sent:?}");
        assert!(sent[1..].iter().all(|count| *count >= 15), "{sent:?}");
    }
}
