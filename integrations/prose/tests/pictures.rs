//! The pictures of the guide are shown by rustdoc as well as on the forge.
//!
//! A page refers to a picture by name. It defines the name at its end, as a file. rustdoc copies no
//! files, so `src/guide_pictures.md` defines the same names with links that contain the pictures.
//! rustdoc reads it before each page. `UPDATE_EXPECT=1 cargo test -p prose --test pictures`
//! rewrites it.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prose::{files, markdown};

const EMBEDDED: &str = include_str!("../../../src/guide_pictures.md");

/// A name in a link, and the file in `docs` that rustdoc shows for it.
const PICTURES: [(&str, &str); 6] = [
    ("page picture", "page.png"),
    ("storm crowd", "storm-crowd.svg"),
    ("storm jitter", "storm-jitter.svg"),
    ("storm presets", "storm-presets.svg"),
    ("storm queue", "storm-queue.svg"),
    ("storm stability", "storm-stability.svg"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
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
        let hint = "run `UPDATE_EXPECT=1 cargo test -p prose --test pictures`";
        assert!(EMBEDDED == expected, "the pictures have changed: {hint}");
    }
}

#[test]
fn each_picture_has_a_description_and_resolves_in_rustdoc_and_on_the_forge() {
    let mut shown = 0;
    for page in files::all(&root()).into_iter().filter(|page| files::is_guide(page)) {
        let text = fs::read_to_string(&page).unwrap();
        // As rustdoc sees the page.
        let embedded = markdown::parse(&format!("{EMBEDDED}\n{text}"));
        for (picture, embedded) in markdown::parse(&text).pictures.iter().zip(&embedded.pictures) {
            let description = &picture.alternative;
            let place = format!("{}: ![{description}]", page.display());
            assert!(description.split_whitespace().count() > 3, "{place}: describe the picture");
            let file = picture.link.destination.as_ref();
            let file = file.unwrap_or_else(|name| panic!("{place}: define `{name}`"));
            assert!(page.with_file_name(file).is_file(), "{place}: there is no {file}");
            let uri = embedded.link.destination.as_ref().unwrap();
            assert!(uri.starts_with("data:"), "{place}: its name is not in `PICTURES`");
            shown += 1;
        }
    }
    assert!(shown >= PICTURES.len(), "only {shown} pictures found");
}

/// Returns a link that contains a file.
fn data_uri(file: &str, content: &[u8]) -> String {
    match file.rsplit_once('.') {
        Some((_, "png")) => format!("data:image/png;base64,{}", STANDARD.encode(content)),
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
