//! Finds the syntax that the macros of the tested facade accept.

use std::path::Path;

use crate::Result;
use crate::annotate::Known;
use crate::cargo::{Cargo, Diagnostic};
use crate::fetch::{create, write};

/// A program with one function per line, so the line of an error is that of a refused function.
const PROGRAM: &str = "\
#[retry_utils::async_retry(retry_if = |_| false)] pub async fn bare() -> Result<(), std::fmt::Error> { Ok(()) }
#[retry_utils::async_retry(retry_if = |_| false, once(x: String = x.into()))] pub async fn once(x: impl Into<String>) -> Result<(), std::fmt::Error> { drop::<&str>(&x); Ok(()) }
#[retry_utils::circuit_breaker(\"probe\", failure_if = |_| true, fallback = |_| ::core::todo!())] pub async fn fallback() -> Result<u8, std::fmt::Error> { Ok(1) }
";

/// Compiles a small program against `facade`.
pub fn probe(facade: &Path, folder: &Path, cargo: &Cargo) -> Result<Known> {
    create(&folder.join("src"))?;
    write(&folder.join("src/lib.rs"), PROGRAM)?;
    let manifest = format!(
        "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [dependencies.retry-utils]\npath = {:?}\ndefault-features = false\nfeatures = [\"tokio\"]\n",
        facade.display().to_string()
    );
    write(&folder.join("Cargo.toml"), &manifest)?;
    let messages = cargo.check(folder, "")?;
    let refused = |line| messages.iter().find(|message| is_error_in(message, line));
    if let Some(error) = refused(1) {
        return Err(format!("{}: the probe does not compile: {}", facade.display(), error.message));
    }
    // An unknown key hides type errors, so the fallback is checked again without the key.
    let once = refused(2).is_none();
    let mut diverging_fallback = refused(3).is_none();
    if !once && diverging_fallback {
        let program: Vec<&str> = PROGRAM.lines().filter(|line| !line.contains("once(")).collect();
        write(&folder.join("src/lib.rs"), &program.join("\n"))?;
        diverging_fallback = !cargo.check(folder, "")?.iter().any(Diagnostic::is_error);
    }
    Ok(Known { once, diverging_fallback })
}

fn is_error_in(message: &Diagnostic, line: usize) -> bool {
    message.is_error() && message.spans.iter().any(|span| span.line_start == line)
}
