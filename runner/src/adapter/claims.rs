//! What adapters claim, remembered between processes, so that a list of trials needs no adapter to start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::message::Hello;
use super::pool::{Place, Pool};
use super::setup::Adapter;

/// `claims.json`: the answers to `start` of adapters by id, each good for one state of the adapter's files.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Claims(BTreeMap<String, Known>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    fingerprint: String,
    hello: Hello,
}

impl Claims {
    /// What each adapter claims: remembered in `file`, or asked and remembered. An adapter that does not start is told as an error and
    /// asked again the next time.
    pub fn of(adapters: &[Adapter], file: &Path, kit: &Path) -> BTreeMap<String, Result<Hello, String>> {
        let mut claims = Self::load(file);
        let mut changed = false;
        let mut answers = BTreeMap::new();
        for adapter in adapters {
            let known = claims.0.get(&adapter.id).filter(|known| known.fingerprint == adapter.fingerprint);
            let answer = match known {
                Some(known) => Ok(known.hello.clone()),
                None => ask(adapter, kit).inspect(|hello| {
                    let known = Known { fingerprint: adapter.fingerprint.clone(), hello: hello.clone() };
                    claims.0.insert(adapter.id.clone(), known);
                    changed = true;
                }),
            };
            answers.insert(adapter.id.clone(), answer);
        }
        if changed {
            claims.save(file);
        }
        answers
    }

    fn load(file: &Path) -> Self {
        // What cannot be read is asked again.
        std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn save(&self, file: &Path) {
        let unfinished: PathBuf = file.with_extension(format!("{}.unfinished", std::process::id()));
        let saved = serde_json::to_vec_pretty(self).map_err(std::io::Error::from).and_then(|text| {
            std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(&unfinished, text)?;
            std::fs::rename(&unfinished, file)
        });
        if let Err(error) = saved {
            // Only time is lost.
            eprintln!("warning: {} could not be written: {error}", file.display());
        }
    }
}

fn ask(adapter: &Adapter, kit: &Path) -> Result<Hello, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("a work directory cannot be made: {error}"))?;
    let pool = Pool::new(adapter.launch.clone(), Place { workdir: folder.path().to_owned(), kit: kit.to_owned() });
    let hello = pool.hello();
    pool.stop();
    hello
}
