//! The pictures, each as SVG and as PNG.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use retry_utils::simulation::{Next, Random, Series};
use retry_utils::{AGGRESSIVE, CircuitState, FailureKind, Jitter, RetryConfig};

use super::crowd::Crowd;
use super::presets::{Beside, Line, PRESETS};
use super::queue::{CAPACITY, Course, OUTAGE};

type Drawn = Result<(), Box<dyn Error>>;
type Area<B> = DrawingArea<B, Shift>;

const FONT: &str = "sans-serif";
const SIZE: (u32, u32) = (1000, 640);

const OFFERED: RGBColor = RGBColor(202, 80, 16);
const ANSWERED: RGBColor = RGBColor(16, 110, 70);
const LIMIT: RGBColor = RGBColor(110, 110, 120);
const SHADE: RGBColor = RGBColor(235, 225, 205);

/// A font that comes with the program, so that the pictures need none of the system's.
pub(crate) fn with_font() -> Drawn {
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the font cannot be read".into())
}

/// Draws by both backends into `folder/name.svg` and `folder/name.png`.
macro_rules! picture {
    ($folder:expr, $name:literal, $draw:expr) => {{
        let svg = $folder.join(concat!($name, ".svg"));
        let area = SVGBackend::new(&svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        $draw(&area)?;
        area.present()?;
        drop(area);
        let png = $folder.join(concat!($name, ".png"));
        let area = BitMapBackend::new(&png, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        $draw(&area)?;
        area.present()?;
    }};
}

/// What comes to the queue and what is answered, for four kinds of callers.
pub(crate) fn queues(folder: &Path, courses: &[(&str, Course); 4]) -> Drawn {
    fn draw<B: DrawingBackend>(area: &Area<B>, courses: &[(&str, Course); 4]) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let title = "An outage of ten seconds: attempts offered and calls answered, per second";
        let area = area.titled(title, (FONT, 22))?;
        for (part, (name, course)) in area.split_evenly((2, 2)).iter().zip(courses) {
            over_time(part, name, &course.offered, &course.answered, 700, Some(&course.states))?;
        }
        Ok(())
    }
    picture!(folder, "storm-queue", |area| draw(area, courses));
    Ok(())
}

/// A million clients, without and with a budget.
pub(crate) fn crowds(folder: &Path, crowds: &[(&str, Crowd); 2]) -> Drawn {
    fn draw<B: DrawingBackend>(area: &Area<B>, crowds: &[(&str, Crowd); 2]) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let title = "A million clients: attempts offered and calls answered, per second";
        let area = area.titled(title, (FONT, 22))?;
        let most = crowds.iter().flat_map(|(_, crowd)| &crowd.offered).max().copied();
        let most = most.unwrap_or_default() / 20 * 21;
        for (part, (name, crowd)) in area.split_evenly((2, 1)).iter().zip(crowds) {
            over_time(part, name, &crowd.offered, &crowd.answered, most, None)?;
        }
        Ok(())
    }
    picture!(folder, "storm-crowd", |area| draw(area, crowds));
    Ok(())
}

/// One course: the outage shaded, what the server can do as a line, and the breaker's states as a band at the bottom.
fn over_time<B: DrawingBackend>(
    area: &Area<B>,
    name: &str,
    offered: &[u32],
    answered: &[u32],
    most: u32,
    states: Option<&[CircuitState]>,
) -> Drawn
where
    B::ErrorType: 'static,
{
    let seconds = offered.len();
    let mut chart = ChartBuilder::on(area)
        .caption(name, (FONT, 17))
        .margin(10)
        .x_label_area_size(26)
        .y_label_area_size(58)
        .build_cartesian_2d(0..seconds, 0..most)?;
    let (begin, end) = (OUTAGE.start as usize, OUTAGE.end as usize);
    chart.draw_series([Rectangle::new([(begin, 0), (end, most)], SHADE.filled())])?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(7)
        .y_labels(6)
        .x_label_formatter(&|second| format!("{second} s"))
        .label_style((FONT, 13))
        .draw()?;
    let line = |counts: &[u32]| counts.iter().copied().enumerate().collect::<Vec<_>>();
    if states.is_some() {
        let capacity = CAPACITY as u32;
        let points = [(0, capacity), (seconds, capacity)];
        chart.draw_series(DashedLineSeries::new(points, 4, 4, LIMIT.stroke_width(1)))?;
    }
    chart
        .draw_series(LineSeries::new(line(offered), OFFERED.stroke_width(2)))?
        .label("offered")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], OFFERED.stroke_width(2)));
    chart
        .draw_series(LineSeries::new(line(answered), ANSWERED.stroke_width(2)))?
        .label("answered")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], ANSWERED.stroke_width(2)));
    if let Some(states) =
        states.filter(|states| states.iter().any(|it| *it != CircuitState::Closed))
    {
        let height = most / 28;
        chart.draw_series(states.iter().enumerate().map(|(second, state)| {
            let colour = match state {
                CircuitState::Closed => RGBColor(120, 180, 140),
                CircuitState::HalfOpen => RGBColor(240, 180, 60),
                CircuitState::Open => RGBColor(190, 50, 50),
            };
            Rectangle::new([(second, 0), (second + 1, height)], colour.filled())
        }))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 13))
        .draw()?;
    Ok(())
}

/// The delays of a policy as a cloud of many series, beside what they are without jitter.
fn delays<B: DrawingBackend>(area: &Area<B>, name: &str, policy: &RetryConfig, most: f64) -> Drawn
where
    B::ErrorType: 'static,
{
    const SERIES: usize = 120;
    let retries = policy.max_attempts - 1;
    let mut chart = ChartBuilder::on(area)
        .caption(name, (FONT, 17))
        .margin(10)
        .x_label_area_size(26)
        .y_label_area_size(50)
        .build_cartesian_2d(0.5..f64::from(retries) + 0.5, 0.0..most)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(retries as usize + 1)
        .y_labels(6)
        .x_label_formatter(&|retry| format!("retry {retry:.0}"))
        .y_label_formatter(&|delay| format!("{} s", (delay * 10.0).round() / 10.0))
        .label_style((FONT, 13))
        .draw()?;
    let mut random = Random::new(5);
    let mut points = Vec::new();
    for _ in 0..SERIES {
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
    chart.draw_series(
        points.into_iter().map(|point| Circle::new(point, 2, OFFERED.mix(0.25).filled())),
    )?;
    let plain = policy.clone().jitter(Jitter::None);
    chart.draw_series(plain.delays().zip(1_u32..).flat_map(|(delay, retry)| {
        let (at, delay) = (f64::from(retry), delay.as_secs_f64());
        [PathElement::new([(at - 0.3, delay), (at + 0.3, delay)], ANSWERED.stroke_width(2))]
    }))?;
    Ok(())
}

/// The delays of each preset, and of one preset under each jitter.
pub(crate) fn schedules(folder: &Path) -> Drawn {
    fn draw<B: DrawingBackend>(
        area: &Area<B>,
        title: &str,
        policies: &[(String, RetryConfig)],
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let area = area.titled(title, (FONT, 22))?;
        for (part, (name, policy)) in area.split_evenly((2, 2)).iter().zip(policies) {
            let plain = policy.clone().jitter(Jitter::None).delays().max().unwrap_or_default();
            let most = if policy.jitter == Jitter::Decorrelated { policy.max_delay } else { plain };
            delays(part, name, policy, most.as_secs_f64() * 1.08)?;
        }
        Ok(())
    }
    let presets = PRESETS.map(|(name, policy)| (name.to_owned(), policy));
    let title = "The delays of the presets: 120 series each; the lines are without jitter";
    picture!(folder, "storm-presets", |area| draw(area, title, &presets));
    let jitters = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
    let jitters = jitters.map(|jitter| (format!("{jitter:?}"), AGGRESSIVE.jitter(jitter)));
    let title = "The delays of AGGRESSIVE under each jitter: 120 series each";
    picture!(folder, "storm-jitter", |area| draw(area, title, &jitters));
    Ok(())
}

/// Up to which load the queue recovers, under each preset.
pub(crate) fn stability(folder: &Path, lines: &[Line]) -> Drawn {
    fn draw<B: DrawingBackend>(area: &Area<B>, lines: &[Line]) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let title =
            "The highest load that recovers from an outage, of a capacity of 300 calls per second";
        let mut chart = ChartBuilder::on(area)
            .caption(title, (FONT, 22))
            .margin(14)
            .x_label_area_size(58)
            .y_label_area_size(58)
            .build_cartesian_2d(0..lines.len() * 10, 0_u32..320)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .disable_x_axis()
            .y_labels(8)
            .label_style((FONT, 13))
            .draw()?;
        let colour = |beside| match beside {
            Beside::Nothing => OFFERED,
            Beside::Budget => RGBColor(60, 120, 180),
            Beside::Breaker => ANSWERED,
            Beside::Both => RGBColor(110, 80, 150),
        };
        for (at, line) in lines.iter().enumerate() {
            let (left, height) = (at * 10 + 1, line.stable as u32);
            let bar = [(left, 0), (left + 8, height)];
            chart.draw_series([Rectangle::new(bar, colour(line.beside).filled())])?;
            let label = |text: String, y: u32| Text::new(text, (left, y), (FONT, 13));
            chart.draw_series([
                label(format!("{height}"), height + 12),
                label(line.beside.name().to_owned(), 16),
            ])?;
            if line.beside == Beside::Nothing {
                let place = chart.plotting_area().map_coordinate(&(left, 0));
                let place = (place.0, place.1 + 14);
                area.draw(&Text::new(line.preset, place, (FONT, 17)))?;
            }
        }
        Ok(())
    }
    picture!(folder, "storm-stability", |area| draw(area, lines));
    Ok(())
}
