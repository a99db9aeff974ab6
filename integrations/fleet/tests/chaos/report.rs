//! The reports of an instance to the parent: lines of text on its standard output and, for calls,
//! on its connection to the dependency.

use std::str::SplitWhitespace;

use crate::settings::{self, Shared};

/// The start of each line of an instance. The test harness writes other lines.
const MARK: &str = "@";

/// A line of an instance. Times are those of [`now`](crate::clock::now).
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// It no longer acts with the fleet.
    Lost { at: u64 },
    /// It acts with the fleet.
    Found { at: u64 },
    /// Its ticker did not run.
    Stalled { from: u64, to: u64 },
    /// Its breaker is in this state.
    State { at: u64, breaker: &'static Shared, state: String },
    /// Alone, its breaker behaved differently from one without a fleet.
    Differs { at: u64, breaker: &'static Shared, how: String },
    /// An admission took too long.
    Slow { at: u64, breaker: &'static Shared, processor_nanos: u64, wall_micros: u64 },
    /// The counts since its start.
    Counts(Counts),
}

/// The counts of one instance for all its breakers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The calls that were compared with a breaker without a fleet.
    pub compared: u64,
    pub admissions: u64,
    /// The slowest admission, in nanoseconds of the thread's processor time.
    pub slowest: u64,
    /// The same for a breaker without a fleet, which shows the noise of the machine.
    pub slowest_control: u64,
    /// The trips on its own evidence.
    pub trips: u64,
}

/// The way in which a call was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By a closed breaker.
    Closed,
    /// As a probe.
    Probe,
    /// The state changed during the admission.
    Unclear,
}

/// A request of an instance to the dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub instance: usize,
    pub breaker: &'static Shared,
    /// The time at which the instance called its breaker.
    pub asked: u64,
    pub by: By,
}

impl Report {
    /// Returns the time or start of the event. Counts have no time.
    pub fn at(&self) -> u64 {
        match *self {
            Self::Lost { at }
            | Self::Found { at }
            | Self::Stalled { from: at, .. }
            | Self::State { at, .. }
            | Self::Differs { at, .. }
            | Self::Slow { at, .. } => at,
            Self::Counts(_) => 0,
        }
    }

    pub fn line(&self) -> String {
        let line = match self {
            Self::Lost { at } => format!("lost {at}"),
            Self::Found { at } => format!("found {at}"),
            Self::Stalled { from, to } => format!("stalled {from} {to}"),
            Self::State { at, breaker, state } => format!("state {at} {} {state}", breaker.name),
            Self::Differs { at, breaker, how } => format!("differs {at} {} {how}", breaker.name),
            Self::Slow { at, breaker, processor_nanos, wall_micros } => {
                format!("slow {at} {} {processor_nanos} {wall_micros}", breaker.name)
            }
            Self::Counts(Counts { compared, admissions, slowest, slowest_control, trips }) => {
                format!("counts {compared} {admissions} {slowest} {slowest_control} {trips}")
            }
        };
        format!("{MARK} {line}\n")
    }

    /// Reads a line. Returns `None` for a line of the test harness.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(MARK)?.split_whitespace();
        Some(match words.next()? {
            "lost" => Self::Lost { at: number(&mut words)? },
            "found" => Self::Found { at: number(&mut words)? },
            "stalled" => Self::Stalled { from: number(&mut words)?, to: number(&mut words)? },
            "state" => Self::State {
                at: number(&mut words)?,
                breaker: breaker(&mut words)?,
                state: rest(words),
            },
            "differs" => Self::Differs {
                at: number(&mut words)?,
                breaker: breaker(&mut words)?,
                how: rest(words),
            },
            "slow" => Self::Slow {
                at: number(&mut words)?,
                breaker: breaker(&mut words)?,
                processor_nanos: number(&mut words)?,
                wall_micros: number(&mut words)?,
            },
            "counts" => Self::Counts(Counts {
                compared: number(&mut words)?,
                admissions: number(&mut words)?,
                slowest: number(&mut words)?,
                slowest_control: number(&mut words)?,
                trips: number(&mut words)?,
            }),
            _ => return None,
        })
    }
}

impl Call {
    pub fn line(&self) -> String {
        let by = match self.by {
            By::Closed => "closed",
            By::Probe => "probe",
            By::Unclear => "unclear",
        };
        format!("{} {} {} {by}\n", self.instance, self.breaker.name, self.asked)
    }

    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self {
            instance: words.next()?.parse().ok()?,
            breaker: breaker(&mut words)?,
            asked: number(&mut words)?,
            by: match words.next()? {
                "closed" => By::Closed,
                "probe" => By::Probe,
                "unclear" => By::Unclear,
                _ => return None,
            },
        })
    }
}

fn number(words: &mut SplitWhitespace<'_>) -> Option<u64> {
    words.next()?.parse().ok()
}

fn breaker(words: &mut SplitWhitespace<'_>) -> Option<&'static Shared> {
    settings::of_name(words.next()?)
}

fn rest(words: SplitWhitespace<'_>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{BUSY, RARE};

    #[test]
    fn what_was_written_is_read() {
        let counts =
            Counts { compared: 1, admissions: 2, slowest: 3, slowest_control: 4, trips: 5 };
        let reports = [
            Report::Lost { at: 7 },
            Report::Found { at: 8 },
            Report::Stalled { from: 1, to: 2 },
            Report::State { at: 3, breaker: &BUSY, state: "HALF_OPEN".to_owned() },
            Report::Differs { at: 4, breaker: &RARE, how: "it rejects".to_owned() },
            Report::Slow { at: 5, breaker: &BUSY, processor_nanos: 6, wall_micros: 7 },
            Report::Counts(counts),
        ];
        for report in reports {
            assert_eq!(Report::parse(report.line().trim_end()), Some(report));
        }
        assert_eq!(Report::parse("running 1 test"), None);
        for by in [By::Closed, By::Probe, By::Unclear] {
            let call = Call { instance: 3, breaker: &BUSY, asked: 9, by };
            assert_eq!(Call::parse(&call.line()), Some(call));
        }
    }
}
