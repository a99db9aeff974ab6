//! Annotates one library and follows the compiler's advice until it compiles.

use std::collections::BTreeMap;

use crate::Result;
use crate::advice::{Trial, reason};
use crate::annotate::{Keys, Known, Variant, insertions};
use crate::blame::blame;
use crate::cargo::{Cargo, Diagnostic};
use crate::find::Function;
use crate::source::{Edits, Source};

/// A limit, in case the advice is circular.
const MAX_CHECKS: usize = 40;

/// The result of one function.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The path and place of the function, for the report.
    pub function: String,
    /// The keys that the function needed, or the reason why the attribute was removed.
    pub result: std::result::Result<Keys, String>,
}

/// The results of all functions of a library.
pub struct Measured {
    pub outcomes: Vec<Outcome>,
    /// Warnings that the library has only with the attributes.
    pub warnings: Vec<String>,
    /// The number of compiler runs.
    pub checks: usize,
}

/// A library that compiles without our attributes.
pub struct Baseline {
    pub source: Source,
    features: &'static str,
    warnings: BTreeMap<Warning, usize>,
    /// The number of functions inside macros that accept no attribute.
    pub refused: usize,
}

type Warning = (String, String, usize);

/// The prefix of the lint that marks a function. The lint does not exist, so the compiler reports
/// it for each function that it compiles.
const MARK: &str = "corpus_function_";

impl Baseline {
    /// Checks the unchanged library. Keeps only the functions that the compiler sees with these
    /// features, and drops those inside macros that accept no attribute.
    pub fn check(mut source: Source, features: &'static str, cargo: &Cargo) -> Result<Self> {
        let mut refused = vec![None; source.functions.len()];
        for _ in 0..MAX_CHECKS {
            let edits = source.write(|index, function| {
                let mark = format!("#[warn(unknown_lints, {MARK}{index})] ");
                let marked = refused[index].is_none().then_some((function.attribute_at, mark));
                marked.into_iter().collect()
            })?;
            let messages = cargo.check(&source.folder, features)?;
            let errors: Vec<&Diagnostic> =
                messages.iter().filter(|message| message.is_error()).collect();
            let Some(error) = errors.first() else {
                let compiled: Vec<usize> = messages.iter().filter_map(marked).collect();
                let warnings = count(messages.iter().filter(|message| marked(message).is_none()));
                let mut all = 0..source.functions.len();
                source
                    .functions
                    .retain(|_| all.next().is_some_and(|index| compiled.contains(&index)));
                let refused = refused.iter().flatten().count();
                return Ok(Self { source, features, warnings, refused });
            };
            let blamed = by_function(&errors, &source.functions, &edits, &refused);
            if blamed.is_empty() {
                let folder = source.folder.display();
                return Err(format!(
                    "{folder} does not compile without the attributes: {}",
                    error.message
                ));
            }
            for index in blamed.into_keys() {
                refused[index] = Some(String::new());
            }
        }
        Err(format!("{}: {MAX_CHECKS} checks were not enough", source.folder.display()))
    }

    /// Annotates every function, and removes the attribute if no advice helps.
    pub fn measure(&self, variant: Variant, known: Known, cargo: &Cargo) -> Result<Measured> {
        let functions = &self.source.functions;
        let mut trials: Vec<Trial> = vec![Trial::default(); functions.len()];
        let mut removed: Vec<Option<String>> = vec![None; functions.len()];
        for checks in 1..=MAX_CHECKS {
            let edits = self.source.write(|index, function| match removed[index] {
                Some(_) => Vec::new(),
                None => insertions(function, variant, &trials[index].keys, known),
            })?;
            let messages = cargo.check(&self.source.folder, self.features)?;
            let errors: Vec<&Diagnostic> =
                messages.iter().filter(|message| message.is_error()).collect();
            if errors.is_empty() {
                return Ok(Measured {
                    outcomes: outcomes(functions, trials, removed),
                    warnings: self.new_warnings(&messages),
                    checks,
                });
            }
            let blamed = by_function(&errors, functions, &edits, &removed);
            if blamed.is_empty() {
                return Err(self.unattributed(&errors));
            }
            let mut given_up = Vec::new();
            for (index, errors) in blamed {
                let function = &functions[index];
                let reason = treat(&mut trials[index], &errors, function, &edits, known);
                given_up.extend(reason.map(|reason| (index, reason)));
            }
            // A bound may cause errors in other functions, so these are tried again without the
            // bound.
            let is_bounded = |index: usize| !trials[index].keys.bounds.is_empty();
            let only_bounded = given_up.iter().any(|(index, _)| is_bounded(*index));
            for (index, reason) in given_up {
                if !only_bounded || is_bounded(index) {
                    removed[index] = Some(reason);
                }
            }
        }
        Err(format!("{}: {MAX_CHECKS} checks were not enough", self.source.folder.display()))
    }

    /// Returns the number of warnings that the library has without attributes.
    pub fn warnings(&self) -> usize {
        self.warnings.values().sum()
    }

    fn new_warnings(&self, messages: &[Diagnostic]) -> Vec<String> {
        let now = count(messages.iter());
        let new = now.iter().filter(|(warning, number)| {
            **number > self.warnings.get(*warning).copied().unwrap_or_default()
        });
        new.map(|((message, file, line), _)| format!("{message} ({file}:{line})")).collect()
    }

    fn unattributed(&self, errors: &[&Diagnostic]) -> String {
        let shown = errors.iter().take(3).map(|error| {
            let place = error.spans.iter().find(|span| span.is_primary);
            let place = place.map(|span| format!(" ({}:{})", span.file_name, span.line_start));
            format!("\n  {}{}", reason(error), place.unwrap_or_default())
        });
        let shown: String = shown.collect();
        let folder = self.source.folder.display();
        format!("{folder}: {} errors are not about an annotated function:{shown}", errors.len())
    }
}

/// Returns the index of the function that is marked in a message of the baseline.
fn marked(message: &Diagnostic) -> Option<usize> {
    let (_, rest) = message.message.split_once(MARK)?;
    rest.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

fn count<'m>(messages: impl Iterator<Item = &'m Diagnostic>) -> BTreeMap<Warning, usize> {
    let mut warnings = BTreeMap::new();
    for message in messages.filter(|message| message.level == "warning") {
        let Some(span) = message.spans.iter().find(|span| span.is_primary) else { continue };
        let text = format!("{}: {}", message.code(), message.message);
        *warnings.entry((text, span.file_name.clone(), span.line_start)).or_default() += 1;
    }
    warnings
}

fn by_function<'e>(
    errors: &[&'e Diagnostic],
    functions: &[Function],
    edits: &Edits,
    removed: &[Option<String>],
) -> BTreeMap<usize, Vec<&'e Diagnostic>> {
    let mut blamed: BTreeMap<usize, Vec<&Diagnostic>> = BTreeMap::new();
    for error in errors {
        if let Some(index) = blame(error, functions, edits, |index| removed[index].is_none()) {
            blamed.entry(index).or_default().push(error);
        }
    }
    blamed
}

/// Follows the advice in the errors of a function. If none is left, returns the reason to remove
/// the attribute.
fn treat(
    trial: &mut Trial,
    errors: &[&Diagnostic],
    function: &Function,
    edits: &Edits,
    known: Known,
) -> Option<String> {
    let mut followed = false;
    for error in errors {
        followed |= trial.follow(error, function, edits, known.once);
    }
    if followed || trial.without_once() {
        return None;
    }
    errors.first().map(|error| trial.reason(error))
}

fn outcomes(
    functions: &[Function],
    trials: Vec<Trial>,
    removed: Vec<Option<String>>,
) -> Vec<Outcome> {
    let treated = functions.iter().zip(trials).zip(removed);
    let outcomes = treated.map(|((function, trial), removed)| Outcome {
        function: format!("{} ({}:{})", function.path, function.file, function.line),
        result: removed.map_or(Ok(trial.keys), Err),
    });
    outcomes.collect()
}
