//! The pictures.

use std::error::Error;
use std::path::Path;

use retry_utils::simulation::{Next, Random, Series};
use retry_utils::{AGGRESSIVE, CircuitState, FailureKind, Jitter, RetryConfig};
use with_plots::{
    Anchor, BLUE, Chart, Frame, GRAY, GREEN, Mark, ORANGE, PURPLE, Picture, SHADE, ticks,
};

use super::crowd::Crowd;
use super::presets::{Line, PRESETS, Protection};
use super::queue::{CAPACITY, Course, OUTAGE};

type Drawn = Result<(), Box<dyn Error>>;

const OFFERED: &str = ORANGE;
const ANSWERED: &str = BLUE;
const CLOSED: &str = "#a9c8b0";
const HALF_OPEN: &str = "#f0b43c";
const OPEN: &str = "#b03030";

const WIDTH: u16 = 840;
/// The frames of two charts side by side and two above each other.
const QUARTERS: [Frame; 4] = {
    const fn at(left: f64, top: f64) -> Frame {
        Frame { left, top, width: 335.0, height: 180.0 }
    }
    [at(56.0, 100.0), at(476.0, 100.0), at(56.0, 350.0), at(476.0, 350.0)]
};

/// Draws what arrives at the queue and what it answers, for four kinds of callers.
pub(crate) fn queues(folder: &Path, courses: &[(&str, Course); 4]) -> Drawn {
    let legend = [
        (Mark::Line, OFFERED, "attempts offered"),
        (Mark::Line, ANSWERED, "calls answered"),
        (Mark::Dashed, GRAY, "capacity"),
        (Mark::Area, SHADE, "outage"),
    ];
    let title = "An outage of ten seconds, in attempts and calls per second";
    let mut picture = Picture::new(WIDTH, 565, title, &legend);
    for (frame, (name, course)) in QUARTERS.into_iter().zip(courses) {
        let seconds = course.offered.len();
        let mut chart = picture.chart(frame, name, 0.0..seconds as f64, 0.0..600.0);
        shade(&mut chart, 600.0);
        chart.y_axis([0, 200, 400, 600].map(|count| (f64::from(count), count.to_string())));
        chart.limit(CAPACITY, GRAY);
        chart.x_axis((0..=seconds).step_by(50).map(second));
        lines(&mut chart, &course.offered, &course.answered);
        states(&mut chart, &course.states);
    }
    picture.save(folder, "storm-queue")
}

/// Draws a million clients, without and with a budget.
pub(crate) fn crowds(folder: &Path, crowds: &[(&str, Crowd); 2]) -> Drawn {
    let legend = [
        (Mark::Line, OFFERED, "attempts offered"),
        (Mark::Line, ANSWERED, "calls answered"),
        (Mark::Area, SHADE, "outage"),
    ];
    let title = "A million clients, in attempts and calls per second";
    let mut picture = Picture::new(WIDTH, 565, title, &legend);
    let most = crowds.iter().flat_map(|(_, crowd)| &crowd.offered).max().copied();
    let ticks = ticks(f64::from(most.unwrap_or_default()));
    let most = ticks.last().copied().unwrap_or_default();
    for (top, (name, crowd)) in [100.0, 350.0].into_iter().zip(crowds) {
        let seconds = crowd.offered.len();
        let frame = Frame { left: 76.0, top, width: 735.0, height: 180.0 };
        let mut chart = picture.chart(frame, name, 0.0..seconds as f64, 0.0..most);
        shade(&mut chart, most);
        chart.y_axis(ticks.iter().map(|count| (*count, thousands(*count))));
        chart.x_axis((0..=seconds).step_by(10).map(second));
        lines(&mut chart, &crowd.offered, &crowd.answered);
    }
    picture.save(folder, "storm-crowd")
}

fn second(second: usize) -> (f64, String) {
    (second as f64, format!("{second} s"))
}

fn thousands(count: f64) -> String {
    let count = count as u32;
    match (count / 1000, count % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

fn shade(chart: &mut Chart<'_>, most: f64) {
    chart.area((OUTAGE.start, 0.0), (OUTAGE.end, most), SHADE);
}

fn lines(chart: &mut Chart<'_>, offered: &[u32], answered: &[u32]) {
    for (counts, color) in [(offered, OFFERED), (answered, ANSWERED)] {
        let points = counts.iter().zip(0_u32..);
        chart.line(points.map(|(count, at)| (f64::from(at), f64::from(*count))), color);
    }
}

/// Draws the states of a breaker that opened, as a band at the bottom.
fn states(chart: &mut Chart<'_>, states: &[CircuitState]) {
    if states.iter().all(|state| *state == CircuitState::Closed) {
        return;
    }
    let mut begin = 0;
    for run in states.chunk_by(|one, next| one == next) {
        let end = begin + run.len();
        let (color, name) = match run[0] {
            CircuitState::Closed => (CLOSED, "closed"),
            CircuitState::HalfOpen => (HALF_OPEN, "half-open"),
            CircuitState::Open => (OPEN, "open"),
        };
        chart.area((begin as f64, 0.0), (end as f64, 20.0), color);
        if run.len() >= 30 {
            let middle = usize::midpoint(begin, end) as f64;
            chart.text((middle, 20.0), (0.0, -5.0), Anchor::Middle, name);
        }
        begin = end;
    }
}

/// Draws the delays of each preset, and of one preset under each jitter.
pub(crate) fn schedules(folder: &Path) -> Drawn {
    let presets = PRESETS.map(|(name, policy)| (name.to_owned(), policy));
    clouds("Delays of the presets", &presets).save(folder, "storm-presets")?;
    let jitters = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
    let jitters = jitters.map(|jitter| (format!("Jitter::{jitter:?}"), AGGRESSIVE.jitter(jitter)));
    clouds("Delays of AGGRESSIVE under each jitter", &jitters).save(folder, "storm-jitter")
}

fn clouds(title: &str, policies: &[(String, RetryConfig); 4]) -> Picture {
    let legend = [
        (Mark::Dot, ORANGE, "delays in 120 retry sequences"),
        (Mark::Line, BLUE, "delay without jitter"),
    ];
    let mut picture = Picture::new(WIDTH, 565, title, &legend);
    for (frame, (name, policy)) in QUARTERS.into_iter().zip(policies) {
        delays(&mut picture, frame, name, policy);
    }
    picture
}

/// Draws the delays of many retry sequences as a cloud, and as lines those without jitter.
fn delays(picture: &mut Picture, frame: Frame, name: &str, policy: &RetryConfig) {
    const SEQUENCES: usize = 120;
    let retries = policy.max_attempts - 1;
    let plain = policy.clone().jitter(Jitter::None);
    let most = if policy.jitter == Jitter::Decorrelated {
        policy.max_delay
    } else {
        plain.delays().max().unwrap_or_default()
    };
    let most = most.as_secs_f64();
    let across = 0.5..f64::from(retries) + 0.5;
    let mut chart = picture.chart(frame, name, across, 0.0..most * 1.04);
    chart.y_axis(ticks(most).into_iter().map(|delay| (delay, format!("{delay} s"))));
    chart.x_axis((1..=retries).map(|retry| (f64::from(retry), format!("retry {retry}"))));
    let mut random = Random::new(5);
    let mut points = Vec::new();
    for _ in 0..SEQUENCES {
        let mut series = Series::begin(None);
        while let Next::Retry(wait) = series.failed(
            policy,
            FailureKind::Connection,
            None,
            None,
            std::time::Duration::ZERO,
            &mut random,
        ) {
            let across = f64::from(series.attempt() - 1) + (random.unit() - 0.5) * 0.5;
            points.push((across, wait.as_secs_f64()));
        }
    }
    chart.dots(points, ORANGE);
    for (delay, retry) in plain.delays().zip(1_u32..) {
        let (at, delay) = (f64::from(retry), delay.as_secs_f64());
        chart.line([(at - 0.3, delay), (at + 0.3, delay)], BLUE);
    }
}

/// Draws the highest load that recovers, for each preset.
pub(crate) fn stability(folder: &Path, lines: &[Line]) -> Drawn {
    let color = |protection| match protection {
        Protection::Nothing => ORANGE,
        Protection::Budget => BLUE,
        Protection::Breaker => GREEN,
        Protection::Both => PURPLE,
    };
    let legend = [
        (Mark::Area, color(Protection::Nothing), "policy alone"),
        (Mark::Area, color(Protection::Budget), "with a budget"),
        (Mark::Area, color(Protection::Breaker), "with a breaker"),
        (Mark::Area, color(Protection::Both), "with both"),
        (Mark::Dashed, GRAY, "capacity"),
    ];
    let title = "The highest load that recovers from an outage, in calls per second";
    let mut picture = Picture::new(WIDTH, 440, title, &legend);
    let frame = Frame { left: 56.0, top: 74.0, width: 755.0, height: 330.0 };
    // Each bar is ten wide, and each group has a gap of ten.
    let groups = lines.len() / Protection::ALL.len();
    let mut chart = picture.chart(frame, "", 0.0..(groups * 50) as f64, 0.0..320.0);
    chart.y_axis((0..=300).step_by(50).map(|load| (f64::from(load), load.to_string())));
    chart.limit(CAPACITY, GRAY);
    for (at, line) in lines.iter().enumerate() {
        let left = (at / 4 * 50 + at % 4 * 10 + 5) as f64;
        // Whole calls, as printed.
        let height = line.stable.trunc();
        chart.area((left + 0.7, 0.0), (left + 9.3, height), color(line.protection));
        chart.text((left + 5.0, height), (0.0, -5.0), Anchor::Middle, &height.to_string());
    }
    let names = lines.iter().step_by(4).zip(0_u32..);
    chart.x_axis(names.map(|(line, group)| (f64::from(group * 50 + 25), line.preset.to_owned())));
    picture.save(folder, "storm-stability")
}
