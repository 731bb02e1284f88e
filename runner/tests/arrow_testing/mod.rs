//! Arrow's gold files: a stream, a file and the integration JSON that both were written from.
//!
//! `ARROW_TEST_DATA` names the folder `data` of <https://github.com/apache/arrow-testing>.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrowipc_kit::value::{DataType, Document};
use arrowipc_runner::case::options::Format;
use arrowipc_runner::integration_json;
use flate2::read::GzDecoder;

/// The variable that Arrow's own tests use.
pub const DATA: &str = "ARROW_TEST_DATA";

/// A stream, a file and their JSON.
pub struct GoldFile {
    /// `cpp-21.0.0/generated_union`.
    pub name: String,
    json: PathBuf,
    stream: PathBuf,
    file: PathBuf,
}

/// The gold files of every version's folder, by name.
pub fn gold_files(data: &Path) -> std::io::Result<Vec<GoldFile>> {
    let folder = data.join("arrow-ipc-stream/integration");
    let mut files = Vec::new();
    for version in std::fs::read_dir(folder)? {
        let version = version?.path();
        if !version.is_dir() {
            continue;
        }
        for json in std::fs::read_dir(&version)? {
            let json = json?.path();
            let name = json.file_name().unwrap_or_default().to_string_lossy();
            let Some(stem) = name.strip_suffix(".json.gz").or_else(|| name.strip_suffix(".json")) else { continue };
            let folder = version.file_name().unwrap_or_default().to_string_lossy();
            files.push(GoldFile {
                name: format!("{folder}/{stem}"),
                stream: version.join(format!("{stem}.stream")),
                file: version.join(format!("{stem}.arrow_file")),
                json: json.clone(),
            });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

impl GoldFile {
    /// The file of a format.
    pub fn path(&self, format: Format) -> &Path {
        match format {
            Format::Stream => &self.stream,
            Format::File => &self.file,
        }
    }

    /// What the JSON says, with what Arrow C++ made of it when it wrote the file of a format.
    pub fn expected(&self, format: Format) -> Result<Document, String> {
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", self.json.display());
        let mut json = Vec::new();
        let mut file = File::open(&self.json).map_err(|error| at(&error))?;
        let read = if self.json.extension().is_some_and(|extension| extension == "gz") {
            GzDecoder::new(file).read_to_end(&mut json)
        } else {
            file.read_to_end(&mut json)
        };
        read.map_err(|error| at(&error))?;
        let mut document = integration_json::read(&json).map_err(|error| at(&error))?;
        for (_, change) in WRITTEN.iter().filter(|(name, _)| self.path(format).ends_with(name)) {
            change(&mut document);
        }
        Ok(document)
    }
}

/// What happened to a document on its way to a gold file.
type Change = fn(&mut Document);

/// Where the bytes of gold files differ from their JSON: what Arrow C++ made of it when it wrote them.
const WRITTEN: &[(&str, Change)] = &[
    ("generated_extension.stream", extension_metadata_first),
    ("generated_extension.arrow_file", extension_metadata_first),
    ("generated_map_non_canonical.stream", canonical_map_names),
];

/// The metadata of an extension type are written in front of its name.
fn extension_metadata_first(document: &mut Document) {
    for field in &mut document.schema.fields {
        field.metadata.0.reverse();
    }
}

/// The names of a map's children were lost on the way from file to stream.
fn canonical_map_names(document: &mut Document) {
    let maps = document.schema.fields.iter_mut().filter(|field| matches!(field.data_type, DataType::Map { .. }));
    for entries in maps.flat_map(|map| &mut map.children) {
        entries.name = "entries".into();
        for (child, name) in entries.children.iter_mut().zip(["key", "value"]) {
            child.name = name.into();
        }
    }
}
