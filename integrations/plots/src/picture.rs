//! A picture with a title and a legend.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::path::short;

pub(crate) const TEXT: &str = "#222";
/// Pixels of the PNG per unit of the SVG.
const SCALE: u16 = 2;

/// The look of an entry of a legend.
#[derive(Debug, Clone, Copy)]
pub enum Mark {
    Line,
    Dashed,
    Dot,
    Area,
}

/// The part of a text that is at its position.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture on a white background, which is readable on light and dark pages.
#[derive(Debug)]
pub struct Picture {
    width: u16,
    height: u16,
    pub(crate) body: String,
}

impl Picture {
    /// Creates a picture with a title and a legend at the top.
    #[must_use]
    pub fn new(
        width: u16,
        height: u16,
        title: &str,
        legend: &[(Mark, &'static str, &str)],
    ) -> Self {
        let mut picture = Self { width, height, body: String::new() };
        let center = f64::from(width) / 2.0;
        picture.text((center, 28.0), Anchor::Middle, 18, title);
        // No font is measured here: widths are those of a wide one.
        let width = |text: &str| 56.0 + 7.5 * text.chars().count() as f64;
        let all: f64 = legend.iter().map(|(_, _, text)| width(text)).sum();
        let mut left = center - all / 2.0 + 12.0;
        for &(mark, color, text) in legend {
            picture.mark(mark, color, left);
            picture.text((left + 28.0, 54.0), Anchor::Start, 13, text);
            left += width(text);
        }
        picture
    }

    fn mark(&mut self, mark: Mark, color: &str, left: f64) {
        let x = short(left);
        let _ = match mark {
            Mark::Line => {
                write!(self.body, "<path d='M{x} 50h22' stroke='{color}' stroke-width='2'/>")
            }
            Mark::Dashed => {
                write!(self.body, "<path d='M{x} 50h22' stroke='{color}' stroke-dasharray='4'/>")
            }
            Mark::Dot => {
                write!(
                    self.body,
                    "<circle cx='{}' cy='50' r='3' fill='{color}'/>",
                    short(left + 14.0)
                )
            }
            Mark::Area => {
                write!(self.body, "<path d='M{x} 44h22v12h-22z' fill='{color}'/>")
            }
        };
        self.body.push('\n');
    }

    /// Puts text on a line through `at`.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, size: u8, text: &str) {
        let (x, y) = (short(at.0), short(at.1));
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor='middle'",
            Anchor::End => " text-anchor='end'",
        };
        let size = if size == 13 { String::new() } else { format!(" font-size='{size}'") };
        let _ = writeln!(self.body, "<text x='{x}' y='{y}'{anchor}{size}>{text}</text>");
    }

    /// Returns the picture as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' \
             viewBox='0 0 {width} {height}' font-family='sans-serif' font-size='13' \
             fill='{TEXT}'>\n\
             <style>text{{stroke:#fff;stroke-width:3px;paint-order:stroke}}</style>\n\
             <path d='M0 0h{width}v{height}H0z' fill='#fff'/>\n{body}</svg>\n"
        )
    }

    /// Returns the picture as PNG, twice as large for dense screens.
    ///
    /// # Errors
    ///
    /// If something is outside of the picture, or the PNG cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut options = Options::default();
        let fonts = options.fontdb_mut();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        let tree = Tree::from_str(&self.svg(), &options)?;
        // The background fills the picture, so that anything larger sticks out.
        let drawn = tree.root().abs_bounding_box();
        if drawn.width() > tree.size().width() || drawn.height() > tree.size().height() {
            return Err("the picture is cut off: shorten its texts or enlarge its margins".into());
        }
        let size = (u32::from(self.width * SCALE), u32::from(self.height * SCALE));
        let mut pixels = Pixmap::new(size.0, size.1).ok_or("a picture without area")?;
        let scale = f32::from(SCALE);
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        Ok(pixels.encode_png()?)
    }

    /// Writes `name.svg` and `name.png` into a folder.
    ///
    /// # Errors
    ///
    /// As [`png`](Self::png), and if a file cannot be written.
    pub fn save(&self, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
        fs::write(folder.join(format!("{name}.svg")), self.svg())?;
        fs::write(folder.join(format!("{name}.png")), self.png()?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Picture;

    #[test]
    fn text_outside_of_the_picture_is_refused() {
        assert!(Picture::new(300, 100, "a short title", &[]).png().is_ok());
        assert!(Picture::new(300, 100, &"a long title ".repeat(5), &[]).png().is_err());
    }
}
