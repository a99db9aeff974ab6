//! Inserts attributes into source text, and maps byte offsets back to the original.

use std::ops::Range;

use crate::find::Function;

/// The attribute that is put on the functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    Retry,
    Breaker,
}

impl Variant {
    pub const ALL: [Self; 2] = [Self::Retry, Self::Breaker];

    pub fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Breaker => "breaker",
        }
    }
}

/// Syntax that only some versions of the macros accept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The key `once(…)`.
    pub once: bool,
    /// A `fallback` that diverges without naming the return type.
    pub diverging_fallback: bool,
}

/// The changes that one function gets besides the bare attribute, as names of arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keys {
    pub clone: Vec<String>,
    pub shared: Vec<String>,
    pub once: Vec<String>,
    /// Arguments whose generic types get `+ Clone`. Not a key of the attribute.
    pub bounds: Vec<String>,
}

/// A byte offset of the original, and the text to insert there.
pub type Insertion = (usize, String);

/// Returns the insertions that annotate `function`.
pub fn insertions(
    function: &Function,
    variant: Variant,
    keys: &Keys,
    known: Known,
) -> Vec<Insertion> {
    let attribute = match variant {
        Variant::Retry => retry(function, keys),
        Variant::Breaker => {
            // The output of a future is inferred, so an async fallback may diverge in any version.
            // No error counts as a failure, so the breaker stays closed in the library's own tests.
            let body = if known.diverging_fallback { "todo!()" } else { "async { todo!() }" };
            format!("circuit_breaker(\"corpus\", failure_if = |_| false, fallback = |_| {body})")
        }
    };
    let mut made = vec![(function.attribute_at, format!("#[::retry_utils::{attribute}] "))];
    let bounded = function.arguments.iter().filter(|it| keys.bounds.contains(&it.name));
    for (at, bound) in bounded.flat_map(|argument| &argument.clone_bounds) {
        let insertion = (*at, (*bound).to_owned());
        if !made.contains(&insertion) {
            made.push(insertion);
        }
    }
    made
}

fn retry(function: &Function, keys: &Keys) -> String {
    let mut attribute = "async_retry(retry_if = |_| false".to_owned();
    let once = function.arguments.iter().filter(|argument| keys.once.contains(&argument.name));
    let once: Vec<String> = once
        .filter_map(|argument| {
            let (name, ty) = (&argument.name, argument.into.as_ref()?);
            Some(format!("{name}: {ty} = {name}.into()"))
        })
        .collect();
    for (key, values) in [("once", &once), ("clone", &keys.clone), ("shared", &keys.shared)] {
        if !values.is_empty() {
            attribute.extend([", ", key, "(", &values.join(", "), ")"]);
        }
    }
    attribute + ")"
}

/// A source text with insertions.
#[derive(Debug)]
pub struct Edited {
    pub text: String,
    /// The inserted ranges of `text`, in order.
    inserted: Vec<Range<usize>>,
}

impl Edited {
    /// Inserts all of `insertions` into `original`.
    pub fn new(original: &str, mut insertions: Vec<Insertion>) -> Self {
        insertions.sort_by_key(|(at, _)| *at);
        let mut edited = Self { text: String::new(), inserted: Vec::new() };
        let mut copied = 0;
        for (at, inserted) in insertions {
            edited.text += original.get(copied..at).unwrap_or_default();
            let start = edited.text.len();
            edited.text += &inserted;
            edited.inserted.push(start..edited.text.len());
            copied = at;
        }
        edited.text += original.get(copied..).unwrap_or_default();
        edited
    }

    /// Maps an offset of this text to the original.
    pub fn original(&self, at: usize) -> usize {
        let before = self.inserted.iter().take_while(|range| range.start <= at);
        before.fold(at, |left, range| left - (range.end.min(at) - range.start))
    }

    /// Whether `at` is in inserted text.
    pub fn is_inserted(&self, at: usize) -> bool {
        self.inserted.iter().any(|range| range.contains(&at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_an_edited_text_are_mapped_to_the_original() {
        let edited = Edited::new("abcd", vec![(3, "--".to_owned()), (1, "+".to_owned())]);
        assert_eq!(edited.text, "a+bc--d");
        let original: Vec<usize> = (0..7).map(|at| edited.original(at)).collect();
        assert_eq!(original, [0, 1, 1, 2, 3, 3, 3]);
        assert!(edited.is_inserted(1) && !edited.is_inserted(2) && edited.is_inserted(5));
    }
}
