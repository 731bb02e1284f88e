//! Names of files, which every file system takes.

use crate::case::variant::Variant;

/// Axes that change no byte: the format is told by the ending, the others say how bytes are handed on and read.
const NOT_IN_NAMES: &[&str] = &["format", "source", "access", "sink", "validate"];

/// The path of a variant's files without the ending.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stem(String);

impl Stem {
    /// The path with this ending.
    pub fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", self.0)
    }
}

/// `valid/types/utf8/short-strings--nullable-zstd` of `types/utf8/short-strings[nullable,file,zstd]`.
pub(super) fn stem(variant: &Variant) -> Stem {
    let told = variant.axes.iter().filter(|(axis, _)| !NOT_IN_NAMES.contains(&axis.as_str()));
    let words: Vec<&str> = told.map(|(_, value)| value.as_str()).collect();
    let separator = if words.is_empty() { "" } else { "--" };
    Stem(format!("{}/{}{separator}{}", variant.case.result.name(), variant.case.name, words.join("-")))
}
