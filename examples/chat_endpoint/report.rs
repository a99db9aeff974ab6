//! The table of phases at the end.

use std::time::{Duration, Instant};

use retry_utils::CircuitState;

use crate::driver::Reply;
use crate::journal::Notes;

pub(crate) struct Phase {
    title: &'static str,
    began: Instant,
    took: Option<Duration>,
    upstream_calls: u32,
    retries: usize,
    /// The outcomes for the client, and how often in a row.
    outcomes: Vec<(String, u32)>,
    /// The states that the breaker entered.
    pub(crate) entered: Vec<CircuitState>,
    /// The expectations that failed.
    pub(crate) complaints: Vec<String>,
}

impl Phase {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title,
            began: Instant::now(),
            took: None,
            upstream_calls: 0,
            retries: 0,
            outcomes: Vec::new(),
            entered: Vec::new(),
            complaints: Vec::new(),
        }
    }

    pub(crate) fn end(&mut self) {
        self.took.get_or_insert(self.began.elapsed());
    }

    pub(crate) fn add(&mut self, reply: &Reply, notes: &Notes) {
        self.upstream_calls += reply.upstream_calls;
        self.retries += reply.retries.len();
        self.entered.extend(&notes.entered);
        let outcome = reply.outcome();
        match self.outcomes.last_mut() {
            Some((last, times)) if *last == outcome => *times += 1,
            _ => self.outcomes.push((outcome, 1)),
        }
    }

    fn row(&self, number: usize) -> Row {
        let times = |(outcome, times): &(String, u32)| match times {
            1 => outcome.clone(),
            _ => format!("{times} x {outcome}"),
        };
        let states = |state: &CircuitState| state.as_str();
        [
            number.to_string(),
            self.title.to_owned(),
            self.upstream_calls.to_string(),
            self.retries.to_string(),
            self.outcomes.iter().map(times).collect::<Vec<_>>().join(", "),
            self.entered.iter().map(states).collect::<Vec<_>>().join(", "),
            format!("{:.1} s", self.took.unwrap_or_default().as_secs_f64()),
            if self.complaints.is_empty() { "ok" } else { "FAILED" }.to_owned(),
        ]
    }
}

type Row = [String; 8];

const HEADINGS: [&str; 8] = [
    "",
    "phase",
    "upstream calls",
    "retries",
    "client received",
    "breaker entered",
    "time",
    "result",
];

/// Prints the table. Returns whether every phase went as it should.
pub(crate) fn summary(phases: &[Phase]) -> bool {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(phases.iter().enumerate().map(|(index, phase)| phase.row(index + 1)));
    println!();
    for row in &rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
            let is_number = matches!(column, 0 | 2 | 3 | 6);
            if is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    println!();
    let failed: Vec<_> = phases.iter().filter(|phase| !phase.complaints.is_empty()).collect();
    for phase in &failed {
        for complaint in &phase.complaints {
            println!("FAILED in \"{}\": {complaint}", phase.title);
        }
    }
    let took: Duration = phases.iter().filter_map(|phase| phase.took).sum();
    println!(
        "{} of {} phases went as they should, in {:.1} s.",
        phases.len() - failed.len(),
        phases.len(),
        took.as_secs_f64()
    );
    failed.is_empty()
}
