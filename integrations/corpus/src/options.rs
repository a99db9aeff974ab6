//! The command line.

use std::path::PathBuf;

use crate::Result;
use crate::annotate::Variant;

pub const USAGE: &str = "\
usage: cargo run -p corpus -- [options]

  --crate NAME      one library instead of all
  --variant NAME    `retry` or `breaker` instead of both
  --facade PATH     the checkout of retry-utils to test, instead of this one
  --markdown        tables as Markdown, for `benchmarks/RESULTS.md`
  --clippy          also compare the warnings of clippy
  --keep            keep the annotated sources, to run the library's own tests in them
  --work PATH       the folder for downloads and builds, instead of `integrations/target/corpus`
  --jobs N          the number of parallel jobs of cargo";

/// The options on the command line.
#[derive(Debug, Default, PartialEq)]
pub struct Options {
    pub library: Option<String>,
    pub variant: Option<Variant>,
    pub facade: Option<PathBuf>,
    pub work: Option<PathBuf>,
    pub jobs: Option<u32>,
    pub markdown: bool,
    pub clippy: bool,
    pub keep: bool,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().ok_or_else(|| format!("`{argument}` needs a value\n{USAGE}"));
            match argument.as_str() {
                "--crate" => options.library = Some(value()?),
                "--variant" => options.variant = Some(variant(&value()?)?),
                "--facade" => options.facade = Some(value()?.into()),
                "--work" => options.work = Some(value()?.into()),
                "--jobs" => {
                    let jobs = value()?;
                    let parsed = jobs.parse().map_err(|_| format!("`{jobs}` is not a number"))?;
                    options.jobs = Some(parsed);
                }
                "--markdown" => options.markdown = true,
                "--clippy" => options.clippy = true,
                "--keep" => options.keep = true,
                _ => return Err(format!("unknown option `{argument}`\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn variant(name: &str) -> Result<Variant> {
    let found = Variant::ALL.into_iter().find(|variant| variant.name() == name);
    found.ok_or_else(|| format!("unknown variant `{name}`: write `retry` or `breaker`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let options =
            parse("--crate redis --variant breaker --markdown").expect("the options are known");
        assert_eq!(options.library.as_deref(), Some("redis"));
        assert_eq!(options.variant, Some(Variant::Breaker));
        assert!(options.markdown && !options.keep);
        assert!(parse("--colour").is_err_and(|error| error.contains("`--colour`")));
        assert!(parse("--jobs").is_err_and(|error| error.contains("needs a value")));
    }
}
