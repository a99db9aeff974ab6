//! The model between checking and expanding: a checked attribute, and its function.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Type};

use crate::args::Binding;
use crate::item::{Bound, Function};
use crate::stack::Slots;
use crate::tokens::names;

/// The place of a layer in a function.
pub(crate) struct Site {
    pub(crate) function: Function,
    pub(crate) runtime: TokenStream,
    /// The type of one call's outcome.
    pub(crate) outcome: Type,
    /// `self`, or the name that `#[async_trait]` gives it.
    pub(crate) receiver: Option<Ident>,
    pub(crate) place: Place,
    /// The user's statements, which attributes above may have changed.
    pub(crate) statements: TokenStream,
    /// Bindings that `#[async_trait]` has put before the statements.
    pub(crate) hoisted: Vec<Bound>,
    /// A layer around this one has the key `stream`.
    pub(crate) is_within_stream: bool,
}

/// The place of a layer in the body.
pub(crate) enum Place {
    /// Around the statements, for the first attribute. Holds the statements that stay before them.
    Around(TokenStream),
    /// In the slots that an attribute above has left.
    In(Slots),
}

impl Site {
    /// Returns whether the user's statements name an argument, or `self` by its name there.
    pub(crate) fn names(&self, argument: &Ident) -> bool {
        names(&self.statements, self.in_body(argument))
    }

    /// Returns an argument's name, with `self` spelled as in the body.
    pub(crate) fn in_body<'n>(&'n self, name: &'n Ident) -> &'n Ident {
        self.receiver.as_ref().filter(|_| name == "self").unwrap_or(name)
    }
}

/// A checked `#[async_retry(…)]`; the fields have the names of the keys.
#[allow(clippy::struct_field_names)] // Two keys begin like the struct.
pub(crate) struct Retry {
    /// `None`: the standard policy.
    pub(crate) policy: Option<Subject>,
    pub(crate) overrides: Vec<(Ident, Expr)>,
    pub(crate) budget: Option<Subject>,
    pub(crate) attempt_timeout: Option<Expr>,
    pub(crate) total_timeout: Option<Expr>,
    pub(crate) retry_if: Option<Expr>,
    pub(crate) retry_if_ok: Option<Expr>,
    pub(crate) retry_after: Option<Expr>,
    pub(crate) retry_after_ok: Option<Expr>,
    pub(crate) on_retry: Option<Expr>,
    pub(crate) before_retry: Option<Hook>,
    pub(crate) stop_on: Option<Expr>,
    pub(crate) attempt: Option<Ident>,
    pub(crate) name: Option<Expr>,
    pub(crate) span: bool,
    pub(crate) stream: bool,
    /// The arguments to clone for each attempt, with the `mut` that they were declared with.
    pub(crate) clone: Vec<Bound>,
    pub(crate) shared: Vec<Ident>,
    pub(crate) once: Vec<Binding>,
}

impl Retry {
    /// Returns whether `clone`, `shared` or `once` lists the argument.
    pub(crate) fn lists(&self, name: &Ident) -> bool {
        self.clones(name) || self.shared.contains(name) || self.rebinds(name)
    }

    pub(crate) fn clones(&self, name: &Ident) -> bool {
        self.clone.iter().any(|cloned| cloned.name == *name)
    }
    pub(crate) fn rebinds(&self, name: &Ident) -> bool {
        self.once.iter().any(|binding| binding.name == *name)
    }
}

/// The hook of `before_retry`.
pub(crate) struct Hook {
    pub(crate) expression: Expr,
    pub(crate) kind: HookKind,
}

/// The syntax of a hook. A helper tells a closure the type of its parameter, and each kind of
/// closure needs another helper.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    /// `async |error| …`.
    AsyncClosure,
    /// `|error| …`.
    Closure,
    /// A path, or anything else that can be called.
    Callable,
}

/// A checked `#[circuit_breaker(…)]`.
#[allow(clippy::struct_excessive_bools)] // They are independent.
pub(crate) struct Breaker {
    pub(crate) target: Target,
    pub(crate) failure_if: Option<Expr>,
    pub(crate) failure_if_ok: Option<Expr>,
    pub(crate) fallback: Option<Expr>,
    pub(crate) diverges: bool,
    /// The key of a breaker in a set: an expression that borrows as `str`.
    pub(crate) key: Option<Expr>,
    pub(crate) stream: bool,
    /// An expression that is evaluated after the body names an argument that the body may have
    /// moved.
    pub(crate) outlives_body: bool,
    /// The breaker is borrowed from `self` during the call.
    pub(crate) borrows_self: bool,
}

pub(crate) enum Target {
    /// The breaker of this name in the registry.
    Named(LitStr),
    Is(Subject),
}

/// The policy, the breaker or the budget of an attribute.
pub(crate) struct Subject {
    pub(crate) expression: Expr,
    pub(crate) kind: SubjectKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubjectKind {
    /// A path to a `const` or a `static`.
    Constant,
    /// A path through `Self` or a type parameter, which no item inside the function can name.
    Associated,
    /// Anything else, evaluated where it is needed.
    Evaluated,
}

impl Subject {
    pub(crate) fn is_evaluated(&self) -> bool {
        self.kind == SubjectKind::Evaluated
    }
}
