//! `--keep DIR`: bytes, inputs and dumps of a run, for a person to look at.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::result::CellResult;
use crate::adapter::message::ReadRequest;
use crate::case::variant::{Expected, Variant};

/// A folder for what a run makes.
#[derive(Debug)]
pub struct Keep {
    folder: PathBuf,
}

impl Keep {
    /// A folder that is made when something is put into it.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What the producer was given.
    pub fn input(&self, variant: &Variant) {
        self.put(variant, "input.json", variant.input_text().as_bytes());
        if let Expected::Frame(frame) = &variant.expected {
            self.put(variant, "expected.json", frame.to_string().as_bytes());
        }
    }

    /// The bytes that a producer made.
    pub fn artifact(&self, variant: &Variant, producer: &str, file: &Path) {
        let to = self.folder(variant).join(format!("{producer}.{}", variant.format.extension()));
        report(std::fs::create_dir_all(self.folder(variant)).and_then(|()| std::fs::copy(file, &to).map(drop)), &to);
    }

    /// How the consumer was asked, what came of it, and its dump when it was wrong.
    pub fn cell(
        &self,
        variant: &Variant,
        producer: &str,
        consumer: &str,
        read: &ReadRequest,
        cell: &CellResult,
        dump: Option<&[u8]>,
    ) {
        let name = format!("{producer}-to-{consumer}");
        let write = json!({"format": variant.format, "sink": variant.sink, "options": variant.options});
        let told = json!({"write": write, "read": read, "cell": cell});
        self.put(variant, &format!("{name}.cell.json"), format!("{told:#}\n").as_bytes());
        if let Some(dump) = dump {
            self.put(variant, &format!("{name}.dump.json"), dump);
        }
    }

    fn put(&self, variant: &Variant, name: &str, bytes: &[u8]) {
        let to = self.folder(variant).join(name);
        report(std::fs::create_dir_all(self.folder(variant)).and_then(|()| std::fs::write(&to, bytes)), &to);
    }

    fn folder(&self, variant: &Variant) -> PathBuf {
        self.folder.join(&variant.name)
    }
}

/// What cannot be kept does not change a verdict, but is said.
fn report(result: std::io::Result<()>, to: &Path) {
    if let Err(error) = result {
        eprintln!("warning: {} could not be kept: {error}", to.display());
    }
}
