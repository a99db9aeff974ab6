//! Bar charts without a background, whose gray text is readable on light and dark pages.

use std::fs;
use std::path::Path;

use plotters::prelude::{
    Circle, DrawingBackend, IntoDrawingArea, IntoFont, RGBColor, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, TextStyle};
use scenarios::contestant::{is_bare, is_ours};
use scenarios::scenario::Scenario;
use scenarios::shared::Load;
use scenarios::size::{Argument, Shape};

use crate::figures::{Entry, Figures, is_no_library};
use crate::table::figure;

/// A picture in the report.
pub(crate) struct Chart {
    /// The section that shows it.
    pub(crate) section: String,
    /// Its title, which is also its alternative text.
    pub(crate) title: String,
    /// Its file name in the folder of charts.
    pub(crate) file: String,
}

const TEXT: RGBColor = RGBColor(122, 122, 122);
const OURS: RGBColor = RGBColor(214, 110, 0);
const BY_HAND: RGBColor = RGBColor(70, 130, 180);
const PEER: RGBColor = RGBColor(150, 150, 150);

const WIDTH: i32 = 760;
const LEFT: i32 = 200;
const RIGHT: i32 = 660;
const TOP: i32 = 34;
const ROW: i32 = 20;
const BOTTOM: i32 = 30;
/// The largest bar is this many times the smallest before the scale becomes logarithmic.
const LOGARITHMIC_FROM: f64 = 30.0;

/// A name and its figure.
type Bar = (String, f64);

/// Draws all charts into a folder, and removes the old ones.
pub(crate) fn draw(figures: &Figures, folder: &Path) -> Result<Vec<Chart>, String> {
    let named = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(named)?;
    }
    fs::create_dir_all(folder).map_err(named)?;
    let mut charts = Vec::new();
    let mut add = |section: &str, kind: &str, title: String, bars: Vec<Bar>| {
        let file = format!("{section}-{kind}.svg");
        if bars.len() > 1 {
            bar_chart(&folder.join(&file), &title, bars)?;
            charts.push(Chart { section: section.to_owned(), title, file });
        }
        Ok::<_, String>(())
    };
    for scenario in Scenario::ALL {
        // Bare contestants would hide those that users have.
        let mut entries = figures.of(scenario);
        entries.retain(|entry| !is_bare(&entry.name));
        let of = |value: fn(&Entry) -> Option<f64>| {
            entries.iter().filter_map(|entry| Some((entry.name.clone(), value(entry)?))).collect()
        };
        let counts = of(|entry| entry.tokio.instructions);
        add(
            scenario.id(),
            "instructions",
            "Instructions per call, under tokio".to_owned(),
            counts,
        )?;
        let times = of(|entry| entry.tokio.nanos.map(|nanos| nanos.median));
        add(scenario.id(), "time", "Nanoseconds per call, under tokio".to_owned(), times)?;
    }
    for load in Load::ALL {
        let title = "Million calls per second with two threads: more is better".to_owned();
        add(load.id(), "two-threads", title, rates(figures, load)?)?;
    }
    add("sizes", "retry", "Bytes of a retry's future, 1 KiB borrowed".to_owned(), sizes(figures)?)?;
    Ok(charts)
}

fn rates(figures: &Figures, load: Load) -> Result<Vec<Bar>, String> {
    let two = figures.rates(load)?.into_iter().filter(|rate| rate.threads == 2);
    Ok(two.map(|rate| (rate.name, rate.millions.median)).collect())
}

/// Returns the sizes of a retry that borrows its argument, and of the plain call.
fn sizes(figures: &Figures) -> Result<Vec<Bar>, String> {
    let shapes = [Shape::Plain.id(), Shape::Retry.id()];
    let all = figures.bytes()?.into_iter().filter(|size| {
        shapes.contains(&size.shape.as_str()) && size.argument == Argument::Borrowed.id()
    });
    Ok(all.map(|size| (size.name, size.bytes)).collect())
}

/// Lengths as shares of the longest.
struct Scale {
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Scale {
    fn of(bars: &[Bar]) -> Self {
        let most = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
        let least = bars.iter().map(|bar| bar.1).filter(|v| *v > 0.0).fold(most, f64::min);
        Self { least, most, logarithmic: most > LOGARITHMIC_FROM * least }
    }

    /// Returns a share from 0 to 1. On a logarithmic scale, the smallest bar still has a length.
    fn share(&self, value: f64) -> f64 {
        if self.most <= 0.0 {
            return 0.0;
        }
        if !self.logarithmic {
            return value / self.most;
        }
        let origin = self.least / 2.0;
        ((value.max(origin) / origin).ln() / (self.most / origin).ln()).clamp(0.0, 1.0)
    }
}

fn bar_chart(file: &Path, title: &str, mut bars: Vec<Bar>) -> Result<(), String> {
    bars.sort_by(|one, other| one.1.total_cmp(&other.1));
    let scale = Scale::of(&bars);
    let rows = i32::try_from(bars.len()).unwrap_or(i32::MAX / (2 * ROW));
    let height = TOP + rows * ROW + BOTTOM;
    let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
    let area = SVGBackend::new(file, size).into_drawing_area();
    let failed = |error: &dyn std::error::Error| format!("{}: {error}", file.display());
    let put = |text: &str, at: (i32, i32), style: TextStyle<'_>| {
        area.draw(&Text::new(text.to_owned(), at, style)).map_err(|error| failed(&error))
    };
    let note = if scale.logarithmic { " (logarithmic)" } else { "" };
    put(&format!("{title}{note}"), (LEFT, TOP / 2), text(18.0, HPos::Left))?;
    for (row, (name, value)) in (0..).zip(&bars) {
        let (top, middle) = (TOP + row * ROW, TOP + row * ROW + ROW / 2);
        #[allow(clippy::cast_possible_truncation, reason = "a share of a few hundred pixels")]
        let end = LEFT + (f64::from(RIGHT - LEFT) * scale.share(*value)).round() as i32;
        let bar = Rectangle::new([(LEFT, top + 3), (end, top + ROW - 3)], color(name).filled());
        area.draw(&bar).map_err(|error| failed(&error))?;
        put(name, (LEFT - 8, middle), text(16.0, HPos::Right))?;
        put(&figure(*value), (end + 6, middle), text(16.0, HPos::Left))?;
    }
    legend(&area, height - BOTTOM / 2).map_err(|error| failed(&error))?;
    area.present().map_err(|error| failed(&error))
}

fn legend<B: DrawingBackend>(
    area: &plotters::drawing::DrawingArea<B, plotters::coord::Shift>,
    at: i32,
) -> Result<(), plotters::drawing::DrawingAreaErrorKind<B::ErrorType>> {
    let kinds = [("retry-utils", OURS), ("no library", BY_HAND), ("other libraries", PEER)];
    for (place, (kind, color)) in (0..).zip(kinds) {
        let left = LEFT + place * 140;
        area.draw(&Circle::new((left + 5, at), 5, color.filled()))?;
        area.draw(&Text::new(kind, (left + 16, at), text(15.0, HPos::Left)))?;
    }
    Ok(())
}

fn text(points: f64, side: HPos) -> TextStyle<'static> {
    ("sans-serif", points).into_font().color(&TEXT).pos(Pos::new(side, VPos::Center))
}

fn color(name: &str) -> RGBColor {
    if is_ours(name) {
        OURS
    } else if is_no_library(name) {
        BY_HAND
    } else {
        PEER
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn close_figures_have_a_linear_scale() {
        let scale = Scale::of(&[("a".to_owned(), 1.0), ("b".to_owned(), 4.0)]);
        assert!(!scale.logarithmic);
        assert!((scale.share(1.0) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn far_figures_have_a_logarithmic_scale() {
        let scale = Scale::of(&[("a".to_owned(), 1.0), ("b".to_owned(), 1000.0)]);
        assert!(scale.logarithmic);
        assert!(scale.share(1.0) > 0.0 && (scale.share(1000.0) - 1.0).abs() < 1e-9);
    }
}
