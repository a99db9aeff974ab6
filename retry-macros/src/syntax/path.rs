//! Paths in types and bounds, in expressions, and in strings that name a module.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::{Cursor, Type, find_outside, flattened, is_free, split_outside};
use crate::tokens::{contents, is_lone_colon, is_punct, list};

/// The end of a path in a type, which says what the type is: `Result<T, E>` of `std::io::Result<T, E>`.
pub(crate) struct Path<'t> {
    pub(crate) last: &'t Ident,
    /// What stands in the angle brackets behind it.
    arguments: &'t [TokenTree],
}

/// A generic argument.
pub(crate) enum Argument {
    Type(Type),
    /// `Name = type`.
    Associated(Ident, Type),
    /// A lifetime, a constant or a bound.
    Other,
}

impl<'t> Path<'t> {
    pub(super) fn read(cursor: &mut Cursor<'t>) -> Option<Self> {
        // `<T as Trait>` in front.
        cursor.angle_bracket();
        cursor.path_separator();
        let mut path = Self { last: cursor.ident()?, arguments: &[] };
        loop {
            let separated = cursor.path_separator();
            if let Some(bracket) = cursor.angle_bracket() {
                path.arguments = &bracket[1..bracket.len() - 1];
            } else if cursor.group(Delimiter::Parenthesis).is_some() {
                // `Fn(A) -> B` ends there.
                return Some(path);
            } else if separated && let Some(last) = cursor.ident() {
                path = Self { last, arguments: &[] };
            } else {
                return Some(path);
            }
        }
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = Argument> + use<'t> {
        split_outside(self.arguments, ',').into_iter().map(Argument::of)
    }

    /// `X` of `Name<X, …>`.
    pub(crate) fn first_type(&self) -> Option<Type> {
        self.arguments().find_map(|argument| match argument {
            Argument::Type(ty) => Some(ty),
            _ => None,
        })
    }

    /// `X` of `Trait<Name = X>`.
    pub(crate) fn associated(&self, name: &str) -> Option<Type> {
        self.arguments().find_map(|argument| match argument {
            Argument::Associated(found, ty) if found == name => Some(ty),
            _ => None,
        })
    }
}

impl Argument {
    pub(super) fn of(tokens: &[TokenTree]) -> Self {
        match tokens {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
                match Self::of(&contents(group)) {
                    // With the group, which keeps it apart from what stands beside it.
                    Self::Type(_) => Self::Type(Type::new(tokens.to_vec())),
                    other => other,
                }
            }
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => Self::Other,
            [TokenTree::Literal(_), ..] => Self::Other,
            [TokenTree::Punct(punct), ..] if matches!(punct.as_char(), '\'' | '-') => Self::Other,
            [TokenTree::Ident(name), ..] => match find_outside(tokens, &names) {
                Some(at) if is_punct(tokens.get(at), '=') => {
                    Self::Associated(name.clone(), Type::new(tokens[at + 1..].to_vec()))
                }
                Some(_) => Self::Other,
                None => Self::Type(Type::new(tokens.to_vec())),
            },
            _ => Self::Type(Type::new(tokens.to_vec())),
        }
    }
}

/// Whether a token is the `=` of `Name = type`, or the `:` of `Name: Bound`.
fn names(before: &[TokenTree], token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == '=' || is_lone_colon(before.last(), punct),
        _ => false,
    }
}

/// An expression that is a path.
pub(crate) struct PathExpression {
    pub(crate) first: Option<Ident>,
    /// It has no second segment.
    pub(crate) single: bool,
    /// It begins `<T>::` or `<T as Trait>::`.
    pub(crate) qualified: bool,
}

impl PathExpression {
    /// Reads the expression, if it is nothing else than a path.
    pub(crate) fn read(tokens: &TokenStream) -> Option<Self> {
        let tokens = flattened(&list(tokens.clone()));
        let mut cursor = Cursor::new(&tokens);
        let qualified = cursor.angle_bracket().is_some();
        if !cursor.path_separator() && qualified {
            return None;
        }
        let first = cursor.ident().filter(|first| is_segment(first))?;
        let mut single = true;
        while !cursor.rest().is_empty() {
            if !cursor.path_separator() {
                return None;
            }
            if cursor.angle_bracket().is_none() {
                cursor.ident().filter(|segment| is_segment(segment))?;
                single = false;
            }
        }
        Some(Self { first: Some(first.clone()).filter(|_| !qualified), single, qualified })
    }
}

/// Whether the tokens are the path of a module or a crate.
pub(crate) fn is_module_path(tokens: &TokenStream) -> bool {
    let tokens = list(tokens.clone());
    let mut cursor = Cursor::new(&tokens);
    cursor.path_separator();
    while cursor.ident().is_some_and(is_segment) {
        if cursor.rest().is_empty() {
            return true;
        }
        if !cursor.path_separator() {
            return false;
        }
    }
    false
}

/// Whether a word may stand in a path: a name, or one of the few keywords.
fn is_segment(word: &Ident) -> bool {
    is_free(word) || ["self", "Self", "super", "crate"].iter().any(|keyword| word == keyword)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Group;
    use quote::ToTokens;

    use super::*;

    fn tokens(text: &str) -> TokenStream {
        text.parse().unwrap()
    }

    /// The last segment, and the arguments of it that are types.
    fn end(text: &str) -> String {
        let tokens: Vec<TokenTree> = tokens(text).into_iter().collect();
        let path = Path::read(&mut Cursor::new(&tokens)).unwrap();
        let types = path.arguments().map(|argument| match argument {
            Argument::Type(ty) => ty.to_token_stream().to_string().replace(' ', ""),
            Argument::Associated(name, ty) => {
                format!("{name}={}", ty.to_token_stream().to_string().replace(' ', ""))
            }
            Argument::Other => "-".to_owned(),
        });
        format!("{}: {}", path.last, types.collect::<Vec<_>>().join(" | "))
    }

    #[test]
    fn the_end_of_a_path_and_its_arguments() {
        assert_eq!(end("Result<Vec<Option<T>>, E>"), "Result: Vec<Option<T>> | E");
        assert_eq!(end("::std::io::Result<()>"), "Result: ()");
        assert_eq!(end("<T as Trait<u8>>::Output"), "Output: ");
        assert_eq!(end("<Vec<u8>>::Item<'a, u8>"), "Item: - | u8");
        assert_eq!(end("a::B::<C>::D::<E,>"), "D: E");
        assert_eq!(end("Fn(A, B) -> C<D>"), "Fn: ");
        assert_eq!(end("r#type::r#Result<T>"), "r#Result: T");
        assert_eq!(
            end("F<fn(A) -> B, dyn Fn(A) -> B + Send, C>"),
            "F: fn(A)->B | dynFn(A)->B+Send | C"
        );
    }

    #[test]
    fn arguments_that_are_no_types() {
        assert_eq!(
            end("A<'a, 3, -3, { N > 3 }, B: C, D = E<F = G>, H<'a> = I>"),
            "A: - | - | - | - | - | D=E<F=G> | H=I"
        );
        assert_eq!(end("A<b::C, [u8; { N > 3 } as usize]>"), "A: b::C | [u8;{N>3}asusize]");
    }

    #[test]
    fn fragments_of_macro_rules_are_looked_into() {
        let group = |text: &str| TokenTree::Group(Group::new(Delimiter::None, tokens(text)));
        assert!(matches!(Argument::of(&[group("'a")]), Argument::Other));
        assert!(matches!(Argument::of(&[group("Vec<u8>")]), Argument::Type(_)));
        let path = PathExpression::read(&group("a::B").into()).unwrap();
        assert!(!path.single && !path.qualified);
    }

    #[test]
    fn expressions_that_are_paths() {
        let read = |text| {
            PathExpression::read(&tokens(text)).map(|path| {
                let first = path.first.map(|first| first.to_string());
                (first.unwrap_or_default(), path.single, path.qualified)
            })
        };
        let is = |first: &str, single, qualified| Some((first.to_owned(), single, qualified));
        assert_eq!(read("STANDARD"), is("STANDARD", true, false));
        assert_eq!(read("::a::B"), is("a", false, false));
        assert_eq!(read("Self::POLICY"), is("Self", false, false));
        assert_eq!(read("a::<B, C>::D"), is("a", false, false));
        assert_eq!(read("a::<fn(B) -> C>"), is("a", true, false));
        assert_eq!(read("<T as A<B>>::C"), is("", true, true));
        assert_eq!(read("r#in::A"), is("r#in", false, false));
        for other in ["a()", "a.b", "a < b", "true", "return", "a::", "<T>", "&a", "a!()", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn paths_of_modules() {
        for path in ["retry_utils", "::retry_utils", "crate::a::b", "super::super::a", "r#in::a"] {
            assert!(is_module_path(&tokens(path)), "{path}");
        }
        for other in ["", "::", "a::", "a b", "a<b>", "a::<b>", "in", "a::in", "\"a\"", "a.b"] {
            assert!(!is_module_path(&tokens(other)), "{other}");
        }
    }
}
