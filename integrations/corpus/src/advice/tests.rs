use super::*;

fn error(code: &str, message: &str) -> Diagnostic {
    let json = serde_json::json!({
        "message": message, "code": { "code": code }, "level": "error", "spans": [], "children": [],
    });
    serde_json::from_value(json).expect("the JSON is a message")
}

fn function() -> Function {
    let text = "async fn f(&self, a: String, r#type: u8, b: impl Into<String>) -> Result<(), ()> { Ok(()) }";
    let file = syn::parse_file(text).expect("the test's source parses");
    crate::find::functions("src/lib.rs", text, &file, &[]).remove(0)
}

#[test]
fn a_moved_argument_is_cloned_and_a_receiver_is_not() {
    let (function, edits) = (function(), Edits::new());
    let mut trial = Trial::default();
    assert!(trial.follow(&error("E0382", "use of moved value: `a.b`"), &function, &edits, false));
    assert_eq!(trial.keys.clone, ["a"]);
    assert!(trial.follow(&error("E0382", "use of moved value: `type`"), &function, &edits, false));
    assert_eq!(trial.keys.clone, ["a", "r#type"]);
    // The second time, all advice has been tried.
    assert!(!trial.follow(&error("E0382", "use of moved value: `a`"), &function, &edits, false));
    assert!(!trial.follow(&error("E0382", "use of moved value: `self`"), &function, &edits, false));
}

#[test]
fn keys_in_a_message_are_tried_one_by_one() {
    let (function, edits) = (function(), Edits::new());
    let mutable = error("", "`a` is mutable: say `clone(a)`, or `shared(a)`, or `clone(…)`");
    let mut trial = Trial::default();
    assert!(trial.follow(&mutable, &function, &edits, false));
    assert_eq!((trial.keys.clone.len(), trial.keys.shared.len()), (1, 0));
    assert!(trial.follow(&mutable, &function, &edits, false));
    assert_eq!((trial.keys.clone.len(), trial.keys.shared.len()), (0, 1));
}

#[test]
fn arguments_that_convert_use_once_if_the_macro_supports_it() {
    let (function, edits) = (function(), Edits::new());
    let mut trial = Trial::default();
    assert!(trial.follow(&error("E0382", "use of moved value: `b`"), &function, &edits, true));
    assert_eq!(trial.keys.once, ["b"]);
    assert!(trial.without_once());
    assert_eq!((trial.keys.once.len(), trial.keys.bounds.as_slice()), (0, &["b".to_owned()][..]));
}

#[test]
fn a_reason_has_no_names_but_self() {
    let class = reason(&error("E0382", "use of moved value: `request`\nmore"));
    assert_eq!(class, "E0382 use of moved value: `_`");
    let class = reason(&error("E0382", "use of moved value: `self.config`"));
    assert_eq!(class, "E0382 use of moved value: `self`");
}
