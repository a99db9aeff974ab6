//! Writes a history as a readable file.

use std::fs;

use crate::clock::seconds;
use crate::history::History;

const VARIABLE: &str = "FLEET_CHAOS_TRACE";

pub fn is_wanted() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Writes the file, if it is requested. Times are in seconds since the start of the run.
pub fn write(history: &History) {
    let Some(path) = std::env::var_os(VARIABLE) else { return };
    let mut lines = Vec::new();
    for served in &history.served {
        let took = served.to - served.from;
        let call = served.call.line();
        lines.push((served.call.asked, format!("call {} took {took} us", call.trim_end())));
    }
    for fault in &history.faults {
        lines.push((fault.from, format!("fault {} begins", fault.what)));
        lines.push((fault.to, format!("fault {} ends", fault.what)));
    }
    for (number, instance) in history.instances.iter().enumerate() {
        for report in &instance.reports {
            lines.push((report.at(), format!("instance {number}: {}", report.line().trim_end())));
        }
        lines.extend(instance.killed.iter().map(|at| (*at, format!("instance {number} killed"))));
    }
    lines.extend(history.at_redis.iter().map(|(at, what)| (*at, format!("Redis: {what:?}"))));
    lines.extend(history.lines.iter().map(|(at, line)| (*at, format!("Redis: {line}"))));
    lines.sort();
    let since = |at: u64| seconds(at.saturating_sub(history.began));
    let text = lines.iter().map(|(at, line)| format!("{:10.4} {line}\n", since(*at)));
    fs::write(path, text.collect::<String>()).expect("the trace can be written");
}
