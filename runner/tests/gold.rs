//! Arrow's gold files, read through libarrowipc and compared with the JSON beside them.
//!
//! `ARROW_TEST_DATA` names the folder `data` of <https://github.com/apache/arrow-testing>. Each gold file is a stream, a file and the
//! integration JSON that both were written from, by a version of Arrow C++ that its folder names; those of `1.0.0-bigendian` on a
//! machine of that byte order.

mod arrow_testing;
mod host;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use arrowipc_kit::value::{Document, Levels, first_difference};
use arrowipc_runner::adapter::message::{Answer, Done};
use arrowipc_runner::case::options::{Format, Source};
use arrowipc_runner::integration_json;
use libtest_mimic::{Arguments, Failed, Trial};

use arrow_testing::{DATA, GoldFile, gold_files};
use host::Host;

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
    let data = Path::new(&data);
    match gold_files(data) {
        Ok(files) if !files.is_empty() => files.into_iter().map(|file| file.trial(host.clone())).collect(),
        Ok(_) => vec![failing(format!("{DATA}: no gold files in {}", data.display()))],
        Err(error) => vec![failing(format!("{DATA}: {}: {error}", data.display()))],
    }
}

fn failing(message: String) -> Trial {
    Trial::test("the gold files are there", || Err(Failed::from(message)))
}

impl GoldFile {
    fn trial(self, host: SharedHost) -> Trial {
        Trial::test(self.name.clone(), move || self.check(&host).map_err(Failed::from))
    }

    fn check(&self, host: &SharedHost) -> Result<(), String> {
        let host = host.get_or_init(Host::start).as_ref()?;
        for format in [Format::Stream, Format::File] {
            let (path, expected) = (self.path(format), self.expected(format)?);
            check_written(&expected)?;
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
}

/// The JSON that is written of the values says the same.
fn check_written(expected: &Document) -> Result<(), String> {
    let json = integration_json::write(expected).map_err(|error| format!("has no integration JSON: {error}"))?;
    let read = integration_json::read(json.to_string().as_bytes()).map_err(|error| error.to_string())?;
    match first_difference(expected, &read, Levels::ALL) {
        Some(difference) => Err(format!("the JSON that is written: {difference}")),
        None => Ok(()),
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
