//! Finds the change that an error message suggests.

use crate::annotate::Keys;
use crate::cargo::Diagnostic;
use crate::find::{Argument, Function};
use crate::source::Edits;

/// A change for one argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Fix {
    Clone(String),
    Shared(String),
    Once(String),
    /// `+ Clone` on the argument's generic types.
    Bound(String),
}

/// The changes tried for one function so far.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    pub keys: Keys,
    tried: Vec<Fix>,
    /// The arguments for which a message offered `shared(…)`.
    offered: Vec<String>,
    /// The class of the error about an argument that is not `Clone`.
    refusal: Option<String>,
}

impl Trial {
    /// Follows the advice of one error. Returns false if there is none, or all of it was tried
    /// before.
    pub fn follow(
        &mut self,
        error: &Diagnostic,
        function: &Function,
        edits: &Edits,
        once: bool,
    ) -> bool {
        let advised = advised(error, function);
        self.offered.extend(advised.iter().filter_map(|fix| match fix {
            Fix::Shared(name) => Some(name.clone()),
            _ => None,
        }));
        let moved = moved(error, function).map(|argument| self.for_moved(argument, once));
        let refused = refused(error, &self.keys, edits);
        if refused.is_some() {
            self.refusal = Some(reason(error));
        }
        let refused = refused
            .and_then(|name| function.arguments.iter().find(|it| it.name == name))
            .map(|argument| self.for_refused_clone(argument, once));
        let candidates = advised.into_iter().chain(moved.into_iter().chain(refused).flatten());
        // One change per argument at a time, because the next error may suggest another.
        let mut by_argument: Vec<Fix> = Vec::new();
        for fix in candidates.filter(|fix| !self.tried.contains(fix)) {
            if !by_argument.iter().any(|chosen| chosen.argument() == fix.argument()) {
                by_argument.push(fix);
            }
        }
        for fix in &by_argument {
            self.apply(fix.clone());
        }
        !by_argument.is_empty()
    }

    /// Replaces each `once(…)` by a bound, for bodies that need the generic type.
    pub fn without_once(&mut self) -> bool {
        let once = std::mem::take(&mut self.keys.once);
        for name in &once {
            self.apply(Fix::Bound(name.clone()));
        }
        !once.is_empty()
    }

    /// Returns the reason to remove the attribute, after an error without advice.
    pub fn reason(&self, error: &Diagnostic) -> String {
        if !self.keys.bounds.is_empty() {
            return "`+ Clone` breaks the library's own callers or traits".to_owned();
        }
        // An argument that is not `Clone` was shared instead, and then moved.
        let refusal = self.refusal.clone().filter(|_| error.code() == "E0382");
        refusal.unwrap_or_else(|| reason(error))
    }

    /// Returns the fixes for an argument that the body consumes.
    fn for_moved(&self, argument: &Argument, once: bool) -> Vec<Fix> {
        let name = || argument.name.clone();
        if self.keys.shared.contains(&argument.name) {
            // The argument was shared because its type is not `Clone`.
            let is_generic = !argument.clone_bounds.is_empty();
            return is_generic.then(|| Fix::Bound(name())).into_iter().collect();
        }
        let mut fixes = vec![Fix::Clone(name())];
        if once && argument.into.is_some() {
            fixes.insert(0, Fix::Once(name()));
        }
        fixes
    }

    /// Returns the fixes for an argument in `clone(…)` whose type is not `Clone`.
    fn for_refused_clone(&self, argument: &Argument, once: bool) -> Vec<Fix> {
        let name = || argument.name.clone();
        let mut fixes = Vec::new();
        if self.offered.contains(&argument.name) {
            fixes.push(Fix::Shared(name()));
        }
        if once && argument.into.is_some() {
            fixes.push(Fix::Once(name()));
        }
        if !argument.clone_bounds.is_empty() {
            fixes.push(Fix::Bound(name()));
        }
        fixes
    }

    fn apply(&mut self, fix: Fix) {
        self.tried.push(fix.clone());
        let keys = &mut self.keys;
        match fix {
            Fix::Clone(name) => {
                keys.shared.retain(|shared| *shared != name);
                keys.clone.push(name);
            }
            Fix::Shared(name) => {
                keys.clone.retain(|cloned| *cloned != name);
                keys.shared.push(name);
            }
            Fix::Once(name) => keys.once.push(name),
            Fix::Bound(name) => {
                keys.shared.retain(|shared| *shared != name);
                if !keys.clone.contains(&name) {
                    keys.clone.push(name.clone());
                }
                keys.bounds.push(name);
            }
        }
    }
}

impl Fix {
    fn argument(&self) -> &str {
        match self {
            Self::Clone(name) | Self::Shared(name) | Self::Once(name) | Self::Bound(name) => name,
        }
    }
}

/// Returns the keys in the message, such as `` `clone(prompt)` ``.
fn advised(error: &Diagnostic, function: &Function) -> Vec<Fix> {
    let parts = error.texts().into_iter().flat_map(quoted);
    let fixes = parts.filter_map(|code| {
        let (key, rest) = code.split_once('(')?;
        let name = rest.strip_suffix(')')?;
        function.arguments.iter().find(|argument| argument.name == name)?;
        match key {
            "clone" => Some(Fix::Clone(name.to_owned())),
            "shared" => Some(Fix::Shared(name.to_owned())),
            _ => None,
        }
    });
    let fixes: Vec<Fix> = fixes.collect();
    // "`x` is generic and not `Clone`: add `+ Clone` to its bounds". The message may also offer
    // `once(…)`.
    let generic = quoted(&error.message).next().filter(|_| error.message.contains("`+ Clone`"));
    let generic = generic.and_then(|name| function.arguments.iter().find(|it| it.name == name));
    let Some(argument) = generic else { return fixes };
    let once = argument.into.as_ref().map(|_| Fix::Once(argument.name.clone()));
    once.into_iter().chain([Fix::Bound(argument.name.clone())]).chain(fixes).collect()
}

/// Returns the argument that is moved, according to the message.
fn moved<'f>(error: &Diagnostic, function: &'f Function) -> Option<&'f Argument> {
    if error.code() != "E0382" {
        return None;
    }
    let place = quoted(&error.message).next()?;
    // For `*a.b`, `a` is cloned.
    let name = place.trim_start_matches(['*', '(']);
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    let name = &name[..name.find(|it| !is_name(it)).unwrap_or(name.len())];
    // The compiler omits `r#`. The receiver cannot be rebound.
    let mut arguments = function.arguments.iter().filter(|argument| argument.name != "self");
    arguments.find(|argument| argument.name.trim_start_matches("r#") == name)
}

/// Returns the name in `clone(…)` at which an error about a type points.
fn refused(error: &Diagnostic, keys: &Keys, edits: &Edits) -> Option<String> {
    if error.code() != "E0277" {
        return None;
    }
    error.spans.iter().filter(|span| span.is_primary).find_map(|span| {
        let edited = edits.get(&span.file_name)?;
        let name = edited.text.get(span.byte_start..span.byte_end)?;
        let is_ours = edited.is_inserted(span.byte_start);
        (is_ours && keys.clone.iter().any(|cloned| cloned == name)).then(|| name.to_owned())
    })
}

/// Returns the parts of a message between backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// Returns the class of an error: its code and its first line, without names other than `self`.
pub fn reason(error: &Diagnostic) -> String {
    let line = error.message.lines().next().unwrap_or_default();
    let parts = line.split('`').enumerate();
    let parts = parts.map(|(at, part)| match part.split('.').next() {
        _ if at % 2 == 0 => part,
        // `#[async_trait]` renames the receiver.
        Some("self" | "__self") => "self",
        _ => "_",
    });
    let parts: Vec<&str> = parts.collect();
    let message = parts.join("`");
    match error.code() {
        "" => message,
        code => format!("{code} {message}"),
    }
}

#[cfg(test)]
mod tests;
