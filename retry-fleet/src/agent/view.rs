//! The view that an instance sends with each beat: a short JSON text about itself.

mod read;

use std::fmt::Write;

use crate::limits::VIEW;
pub(crate) use read::read;

/// The maximum number of characters of the application's version.
const VERSION: usize = 64;
/// The text after the last name.
const END: &str = "]}";

/// Returns `{"version":"…","coordinated":true,"open":3,"names":["…"]}`. It has as many names of
/// breakers that are not closed as fit.
pub(crate) fn view<'a>(
    version: &str,
    is_coordinated: bool,
    open: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let mut view = String::from("{\"version\":\"");
    push_escaped(&mut view, version, VERSION);
    // Writing to a string cannot fail.
    let count = open.clone().count();
    let _ = write!(view, "\",\"coordinated\":{is_coordinated},\"open\":{count},\"names\":[");
    let mut is_first = true;
    for name in open {
        let before = view.len();
        view.push_str(if is_first { "\"" } else { ",\"" });
        push_escaped(&mut view, name, VIEW);
        view.push('"');
        if view.len() + END.len() > VIEW {
            view.truncate(before);
            break;
        }
        is_first = false;
    }
    view + END
}

/// Appends a text for JSON. Characters outside printable ASCII are left out.
fn push_escaped(view: &mut String, text: &str, most: usize) {
    for character in text.chars().filter(|character| matches!(character, ' '..='~')).take(most) {
        if matches!(character, '"' | '\\') {
            view.push('\\');
        }
        view.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_and_whole() {
        assert_eq!(
            view("1.2", true, ["a\"b", "c"].into_iter()),
            r#"{"version":"1.2","coordinated":true,"open":2,"names":["a\"b","c"]}"#
        );
        let long = "\\".repeat(64);
        let names = vec![&*long; 300];
        let all = view(&long, false, names.into_iter());
        assert!(all.len() <= VIEW && all.ends_with("]}"), "{all}");
        assert!(all.contains("\"open\":300"));
    }
}
