//! The original and the rewritten source files of one library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::annotate::{Edited, Insertion};
use crate::fetch::{read, write};
use crate::find::{Function, functions, result_aliases};

/// The source files of one library.
pub struct Source {
    pub folder: PathBuf,
    /// The original texts, by path below `folder`.
    texts: BTreeMap<String, String>,
    pub functions: Vec<Function>,
    /// Files that syn cannot parse.
    pub unparsed: Vec<String>,
}

/// The rewritten files, by path.
pub type Edits = BTreeMap<String, Edited>;

impl Source {
    /// Reads all files below `src`.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut texts = BTreeMap::new();
        collect(folder, Path::new("src"), &mut texts)?;
        let mut parsed = Vec::new();
        let mut unparsed = Vec::new();
        for (name, text) in &texts {
            // syn skips a byte order mark and a shebang, so its offsets would be wrong.
            let is_plain = !text.starts_with('\u{feff}') && !text.starts_with("#!/");
            match syn::parse_file(text) {
                Ok(file) if is_plain => parsed.push((name, text, file)),
                _ => unparsed.push(name.clone()),
            }
        }
        let aliases: Vec<String> =
            parsed.iter().flat_map(|(_, _, file)| result_aliases(file)).collect();
        let found =
            parsed.iter().flat_map(|(name, text, file)| functions(name, text, file, &aliases));
        let found = found.collect();
        Ok(Self { folder: folder.to_path_buf(), texts, functions: found, unparsed })
    }

    /// Rewrites all files, with the insertions for each function.
    pub fn write(
        &self,
        mut insertions: impl FnMut(usize, &Function) -> Vec<Insertion>,
    ) -> Result<Edits> {
        let mut by_file: BTreeMap<&str, Vec<Insertion>> = BTreeMap::new();
        for (index, function) in self.functions.iter().enumerate() {
            by_file.entry(&function.file).or_default().extend(insertions(index, function));
        }
        let mut edits = Edits::new();
        for (file, text) in &self.texts {
            let insertions = by_file.remove(file.as_str()).unwrap_or_default();
            let edited = Edited::new(text, insertions);
            write(&self.folder.join(file), &edited.text)?;
            edits.insert(file.clone(), edited);
        }
        Ok(edits)
    }
}

fn collect(root: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) -> Result<()> {
    let path = root.join(folder);
    let entries = fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("{}: {error}", path.display()))?;
        let below = folder.join(entry.file_name());
        if entry.path().is_dir() {
            collect(root, &below, texts)?;
        } else if below.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&entry.path())?;
            texts.insert(below.to_string_lossy().into_owned(), text);
        }
    }
    Ok(())
}
