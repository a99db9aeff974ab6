//! The pictures of the guide are shown by rustdoc as well as on the forge.
//!
//! A page refers to a picture by name. It defines the name at its end, as a file. rustdoc copies no
//! files, so `src/guide_pictures.md` defines the same names with links that contain the pictures.
//! rustdoc reads it before each page. `UPDATE_EXPECT=1 cargo test --test pictures` rewrites it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const EMBEDDED: &str = include_str!("../src/guide_pictures.md");

/// A name in a link, and the file in `docs` that rustdoc shows for it.
const PICTURES: [(&str, &str); 6] = [
    ("page picture", "page.png"),
    ("storm crowd", "storm-crowd.svg"),
    ("storm jitter", "storm-jitter.svg"),
    ("storm presets", "storm-presets.svg"),
    ("storm queue", "storm-queue.svg"),
    ("storm stability", "storm-stability.svg"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_embedded_pictures_are_those_of_the_files() {
    let definitions = PICTURES.map(|(name, file)| {
        let picture = fs::read(root().join("docs").join(file)).unwrap();
        format!("[{name}]: <{}>\n", data_uri(file, &picture))
    });
    let expected = definitions.concat();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(root().join("src/guide_pictures.md"), expected).unwrap();
    } else {
        // Without the texts, which are long.
        let hint = "run `UPDATE_EXPECT=1 cargo test --test pictures`";
        assert!(EMBEDDED == expected, "the pictures have changed: {hint}");
    }
}

#[test]
fn each_picture_has_a_description_and_resolves_in_rustdoc_and_on_the_forge() {
    let mut pages = vec![root().join("README.md")];
    pages.extend(fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    let embedded = definitions(EMBEDDED);
    let mut shown = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let files = definitions(&text);
        for (description, name) in pictures(&text) {
            let place = format!("{}: ![{description}]", page.display());
            assert!(description.split_whitespace().count() > 3, "{place}: describe the picture");
            let name = name.unwrap_or_else(|| panic!("{place}: write a name in brackets after it"));
            assert!(embedded.contains_key(name), "{place}: `{name}` is not in `PICTURES`");
            let file = files.get(name).unwrap_or_else(|| panic!("{place}: define `{name}`"));
            assert!(page.with_file_name(file).is_file(), "{place}: there is no {file}");
            shown += 1;
        }
    }
    assert!(shown >= PICTURES.len(), "only {shown} pictures found");
}

/// Returns the descriptions of the pictures in a page, each with the name of its reference.
fn pictures(page: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    // In code, `![` is an inner attribute or the end of a macro's name.
    let prose = page.split("```").step_by(2).flat_map(|text| text.split('`').step_by(2));
    prose.flat_map(|text| text.split("![").skip(1)).filter_map(|picture| {
        let (description, rest) = picture.split_once(']')?;
        let name = rest.strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.0));
        Some((description, name))
    })
}

/// Returns the definitions of links at the end of a page.
fn definitions(page: &str) -> BTreeMap<&str, &str> {
    let lines = page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    lines.collect()
}

/// Returns a link that contains a file.
fn data_uri(file: &str, content: &[u8]) -> String {
    match file.rsplit_once('.') {
        Some((_, "png")) => format!("data:image/png;base64,{}", base64(content)),
        Some((_, "svg")) => {
            let text = std::str::from_utf8(content).unwrap();
            // Lines end between elements. What else has a meaning in URIs or Markdown is escaped.
            let escaped = text.chars().filter(|c| *c != '\n').map(|c| match c {
                '%' | '#' | '<' | '>' | '&' | '"' | '\\' => format!("%{:02X}", u32::from(c)),
                _ => c.to_string(),
            });
            format!("data:image/svg+xml,{}", escaped.collect::<String>())
        }
        _ => panic!("{file}: neither PNG nor SVG"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[test]
fn bytes_in_base64() {
    let texts = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
    assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
}
