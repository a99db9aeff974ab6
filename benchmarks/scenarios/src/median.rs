//! Medians and quartiles.

/// The median and the quartiles of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the figures is below.
    pub lower: f64,
    /// Half of the figures is below.
    pub median: f64,
    /// A quarter of the figures is above.
    pub upper: f64,
}

impl Spread {
    /// Computes them for figures in any order. All are zero if there are no figures.
    #[must_use]
    pub fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |quarter: usize| {
            let last = figures.len().saturating_sub(1);
            figures.get((last * quarter + 2) / 4).copied().unwrap_or(0.0)
        };
        Self { lower: at(1), median: at(2), upper: at(3) }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn quartiles_of_five_are_the_second_third_and_fourth() {
        let spread = Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(spread, Spread { lower: 2.0, median: 3.0, upper: 4.0 });
    }

    #[test]
    fn nothing_has_a_spread_of_zero() {
        assert_eq!(Spread::of(Vec::new()), Spread { lower: 0.0, median: 0.0, upper: 0.0 });
    }
}
