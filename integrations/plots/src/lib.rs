//! Charts as small SVG files, and as PNG files of the same look.
//!
//! The SVG files are embedded into the guide and have to be small. Coordinates have few digits, and
//! all points of a line or a cloud are one path. Text is left to the viewer's font; the margins fit
//! the widest of the usual ones.

// All numbers are far from any limit.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

mod chart;
mod path;
mod picture;

pub use chart::{Chart, Frame, ticks};
pub use picture::{Anchor, Mark, Picture};

/// Distinct for readers who confuse red and green.
pub const ORANGE: &str = "#d55e00";
/// See [`ORANGE`].
pub const BLUE: &str = "#0072b2";
/// See [`ORANGE`].
pub const GREEN: &str = "#009e73";
/// See [`ORANGE`].
pub const PURPLE: &str = "#aa5a91";
/// For areas behind lines.
pub const SHADE: &str = "#efe6d2";
/// For limits.
pub const GRAY: &str = "#666";
