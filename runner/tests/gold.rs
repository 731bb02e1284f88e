//! Arrow's gold files, read through libarrowipc and compared with the JSON beside them.
//!
//! `ARROW_TEST_DATA` names the folder `data` of <https://github.com/apache/arrow-testing>. Each gold file is a stream, a file and the
//! integration JSON that both were written from, by a version of Arrow C++ that its folder names; those of `1.0.0-bigendian` on a
//! machine of that byte order.

mod host;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use arrowipc_kit::value::{DataType, Document, Levels, first_difference};
use arrowipc_runner::adapter::message::{Answer, Done};
use arrowipc_runner::case::options::{Format, Source};
use arrowipc_runner::integration_json;
use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Failed, Trial};

use host::Host;

/// The variable that Arrow's own tests use.
const DATA: &str = "ARROW_TEST_DATA";

/// How each gold file is read.
const SOURCES: [Source; 3] = [Source::Path, Source::MemoryMap, Source::Memory];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let host = SharedHost::default();
    libtest_mimic::run(&arguments, trials(&host)).exit_code()
}

/// The processes of all trials, started by the first.
type SharedHost = Arc<OnceLock<Result<Host, String>>>;

/// One trial a gold file.
fn trials(host: &SharedHost) -> Vec<Trial> {
    let Some(data) = std::env::var_os(DATA) else {
        let name = format!("not run: {DATA} does not name the folder `data` of github.com/apache/arrow-testing");
        return vec![Trial::test(name, || Ok(())).with_ignored_flag(true)];
    };
    let folder = Path::new(&data).join("arrow-ipc-stream/integration");
    match gold_files(&folder) {
        Ok(files) if !files.is_empty() => files.into_iter().map(|file| file.trial(host.clone())).collect(),
        Ok(_) => vec![failing(format!("{DATA}: no gold files in {}", folder.display()))],
        Err(error) => vec![failing(format!("{DATA}: {}: {error}", folder.display()))],
    }
}

fn failing(message: String) -> Trial {
    Trial::test("the gold files are there", || Err(Failed::from(message)))
}

/// A stream, a file and their JSON.
struct GoldFile {
    /// `cpp-21.0.0/generated_union`.
    name: String,
    json: PathBuf,
    stream: PathBuf,
    file: PathBuf,
}

/// The gold files of every folder, by name.
fn gold_files(folder: &Path) -> std::io::Result<Vec<GoldFile>> {
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
    fn trial(self, host: SharedHost) -> Trial {
        Trial::test(self.name.clone(), move || self.check(&host).map_err(Failed::from))
    }

    fn check(&self, host: &SharedHost) -> Result<(), String> {
        let host = host.get_or_init(Host::start).as_ref()?;
        let expected = self.expected()?;
        for (format, path) in [(Format::Stream, &self.stream), (Format::File, &self.file)] {
            let mut expected = expected.clone();
            for (_, change) in WRITTEN.iter().filter(|(name, _)| path.ends_with(name)) {
                change(&mut expected);
            }
            for source in SOURCES {
                let read = host::read(format, source);
                let result = match host.consume(path, read.clone())? {
                    Answer::Ok(done) => check_equal(&expected, &done, || host.dump(path, read)),
                    answer => Err(format!("expected the values of the JSON, got {answer:?}")),
                };
                result.map_err(|message| format!("{format} through {source}: {message}"))?;
            }
        }
        Ok(())
    }

    fn expected(&self) -> Result<Document, String> {
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", self.json.display());
        let mut json = Vec::new();
        let mut file = File::open(&self.json).map_err(|error| at(&error))?;
        let read = if self.json.extension().is_some_and(|extension| extension == "gz") {
            GzDecoder::new(file).read_to_end(&mut json)
        } else {
            file.read_to_end(&mut json)
        };
        read.map_err(|error| at(&error))?;
        integration_json::read(&json).map_err(|error| at(&error))
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

/// Digests are compared first; a difference is looked for in the dump.
fn check_equal(
    expected: &Document,
    done: &Done,
    dump: impl FnOnce() -> Result<Document, String>,
) -> Result<(), String> {
    if done.digest == Some(expected.digest().to_string()) {
        return Ok(());
    }
    Err(match first_difference(expected, &dump()?, Levels::ALL) {
        Some(difference) => difference.to_string(),
        None => format!("the digest is {:?}, expected {}; the dump is equal", done.digest, expected.digest()),
    })
}
