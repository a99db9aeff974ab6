use crate::resolve::edges;
use crate::{Floor, Modules, parse, problems};

/// Parses a crate of these files. `lib.rs` has a `mod` for each file that is not in a folder.
fn modules(files: &[(&str, &str)]) -> Modules {
    let top = files.iter().filter_map(|(name, _)| name.strip_suffix(".rs"));
    let top = top.filter(|name| !name.contains('/'));
    let lib = top.fold(String::new(), |lib, name| lib + "mod " + name + ";");
    parse(&|name| match name {
        "lib.rs" => Some(lib.clone()),
        name => files.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned()),
    })
}

/// Asserts on the imports, each written as `from.rs -> to.rs: names`.
#[track_caller]
fn assert_imports(files: &[(&str, &str)], expected: &[&str]) {
    let edges = edges(&modules(files));
    let lines = edges.iter().map(|((from, to), items)| {
        let items: Vec<_> = items.iter().map(String::as_str).collect();
        format!("{from} -> {to}: {}", items.join(", "))
    });
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn a_circle_is_reported_once_with_each_of_its_imports() {
    let files = [
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f() { crate::c::g(); }"),
        ("c.rs", "use crate::a::A; pub fn g() {}"),
        ("d.rs", "use crate::a::A;"),
    ];
    let floor: [Floor; 1] = [("floor", "a b c d lib")];
    let circle =
        "files import each other:\n  a.rs -> b.rs: B\n  b.rs -> c.rs: g\n  c.rs -> a.rs: A";
    assert_eq!(problems(&modules(&files), &floor), [circle]);
}

#[test]
fn an_import_that_points_up_is_reported() {
    let files =
        [("low.rs", "use crate::high::{A, f};"), ("high.rs", "pub struct A; pub fn f() {}")];
    let floors = [("cellar", "low"), ("roof", "high lib")];
    let message = "an import points up, from cellar to roof:\n  low.rs -> high.rs: A, f";
    assert_eq!(problems(&modules(&files), &floors), [message]);
}

#[test]
fn an_import_that_points_down_is_accepted() {
    let files = [
        ("low.rs", "pub struct A;"),
        ("high.rs", "mod part; use crate::low::A;"),
        ("high/part.rs", "use crate::low::A;"),
    ];
    assert!(problems(&modules(&files), &[("cellar", "low"), ("roof", "high lib")]).is_empty());
}

#[test]
fn the_table_of_floors_lists_every_file_and_nothing_else() {
    let problems = problems(&modules(&[("a.rs", ""), ("ab.rs", "")]), &[("floor", "a c lib")]);
    assert_eq!(
        problems,
        [
            "`ab.rs` has no floor: add it to the table",
            "nothing is at `c`: remove it from the table",
        ]
    );
}

#[test]
fn re_exports_are_followed_and_are_not_imports() {
    assert_imports(
        &[
            ("a.rs", "mod inner; pub(crate) use inner::{B, C as D};"),
            ("a/inner.rs", "pub struct B; pub struct C;"),
            ("user.rs", "use crate::a::B; fn f(d: crate::a::D) {}"),
        ],
        &["user.rs -> a/inner.rs: B, C"],
    );
}

#[test]
fn globs_are_followed() {
    assert_imports(
        &[
            ("a.rs", "mod inner; pub use inner::*;"),
            ("a/inner.rs", "pub struct B; pub fn f() {}"),
            ("user.rs", "use crate::a::*; use std::fmt::*; fn g(b: B) { f(); unknown(); }"),
        ],
        &["user.rs -> a/inner.rs: B, f"],
    );
}

#[test]
fn paths_start_at_the_crate_the_module_or_its_parent() {
    assert_imports(
        &[
            ("a.rs", "mod b; mod c; pub fn f() {} use self::b::g;"),
            ("a/b.rs", "pub fn g() { super::f(); super::super::d::h(); }"),
            ("a/c.rs", "fn i() { crate::d::h(); super::b::g(); }"),
            ("d.rs", "pub fn h() {}"),
        ],
        &[
            "a.rs -> a/b.rs: g",
            "a/b.rs -> a.rs: f",
            "a/b.rs -> d.rs: h",
            "a/c.rs -> a/b.rs: g",
            "a/c.rs -> d.rs: h",
        ],
    );
}

#[test]
fn a_module_is_not_an_item_but_a_path_through_it_is() {
    assert_imports(
        &[
            ("a.rs", "pub mod b; pub fn f() {}"),
            ("a/b.rs", "pub enum B { One }"),
            ("idle.rs", "use crate::a::{self, b}; pub(in crate::idle) struct S;"),
            ("user.rs", "use crate::a::{self, b as c}; fn g() { a::f(); let _ = c::B::One; }"),
        ],
        &["user.rs -> a.rs: f", "user.rs -> a/b.rs: B"],
    );
}

#[test]
fn a_module_and_an_item_may_have_the_same_name() {
    assert_imports(
        &[
            ("a.rs", "mod check; pub use check::check;"),
            ("a/check.rs", "pub fn check() {} pub struct C;"),
            ("user.rs", "fn f() { crate::a::check(); crate::a::check::C; }"),
        ],
        &["user.rs -> a/check.rs: C, check"],
    );
}

#[test]
fn items_for_tests_are_skipped() {
    assert_imports(
        &[
            ("a.rs", "pub struct A;"),
            (
                "user.rs",
                "#[cfg(test)] use crate::a::A;
                 #[cfg(all(test, feature = \"x\"))] mod tests;
                 #[cfg(test)] fn f() { crate::a::A; }",
            ),
            ("other.rs", "#[cfg(not(test))] use crate::a::A;"),
        ],
        &["other.rs -> a.rs: A"],
    );
}

#[test]
fn inline_modules_belong_to_their_file() {
    assert_imports(
        &[
            (
                "a.rs",
                "pub mod inline {
                     pub mod deeper { pub struct A; fn f() { super::g() } }
                     fn g() {}
                 }",
            ),
            ("user.rs", "mod inline { fn f(a: super::super::a::inline::deeper::A) {} }"),
        ],
        &["user.rs -> a.rs: A"],
    );
}

#[test]
fn macros_count_by_path_and_by_use() {
    assert_imports(
        &[
            (
                "a.rs",
                "macro_rules! m { () => {} } macro_rules! n { () => {} } pub(crate) use {m, n};",
            ),
            ("user.rs", "use crate::a::m; m!(); crate::a::n!();"),
        ],
        &["user.rs -> a.rs: m, n"],
    );
}

#[test]
fn only_paths_are_read_in_the_tokens_of_a_macro() {
    assert_imports(
        &[
            ("a.rs", "made! { pub struct Made; } pub struct A; pub struct B;"),
            ("user.rs", "use crate::a; m! { [$crate::a::A] a::B::new() A: B }"),
            ("other.rs", "use crate::a::Made;"),
        ],
        &["other.rs -> a.rs: Made", "user.rs -> a.rs: A, B"],
    );
}

#[test]
fn names_from_other_crates_belong_to_the_file_that_re_exports_them() {
    assert_imports(
        &[
            ("clock.rs", "pub use tokio::time::Instant; use std::mem; fn f() { mem::take(); }"),
            ("user.rs", "use crate::clock::Instant; use tokio::time::Sleep;"),
        ],
        &["user.rs -> clock.rs: tokio::time::Instant"],
    );
}

#[test]
fn attributes_and_doc_links_are_not_read() {
    assert_imports(
        &[
            ("a.rs", "pub struct A;"),
            ("user.rs", "/// See [`A`](crate::a::A).\n#[derive(crate::a::A)] struct S;"),
        ],
        &[],
    );
}
