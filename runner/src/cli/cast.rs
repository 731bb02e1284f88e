//! Who takes part in a run.

use std::collections::BTreeMap;

use super::Failure;
use super::args::RunArgs;
use super::setup::{of_setup, runner};
use crate::adapter::setup::bundled::{self, Bundled};
use crate::adapter::setup::{Adapter, build, from_spec, prepare_all};
use crate::progress::Progress;
use crate::run::engine::{Cast, DEFAULT_ADAPTERS};
use crate::run::producer::{Producer, SUITE};
use crate::run::repro::{Repro, quoted};
use crate::workspace::{NoWorkspace, Workspace};

/// Everybody, bundled or one's own.
const ALL: &str = "all";

/// Makes ready who takes part in a run.
pub(super) fn cast(args: &RunArgs, progress: &Progress) -> Result<Cast, Failure> {
    let runner = runner()?;
    let own: Vec<Adapter> =
        args.adapters.iter().map(|text| from_spec(text, &runner)).collect::<Result<_, _>>().map_err(of_setup)?;
    if own.iter().any(|adapter| adapter.id == SUITE) {
        return Err(Failure::usage("'suite' is the suite itself; give the adapter another id, e.g. mine=protocol:…"));
    }
    let mut parts = Parts { workspace: Workspace::find(), own, versions: BTreeMap::new(), wanted: BTreeMap::new() };
    let mut producers = parts.chosen(&args.producers)?;
    let consumers = parts.chosen(&args.consumers)?;
    let suite_too = args.producers.is_empty() || args.producers.iter().any(|id| id == ALL);
    if suite_too && !producers.iter().any(|name| name == SUITE) {
        producers.push(SUITE.to_owned());
    }
    if consumers.iter().any(|name| name == SUITE) {
        return Err(Failure::usage("'suite' lays out bytes and reads none for itself; it is a producer only"));
    }
    let kit = match (&args.kit, &parts.workspace) {
        (Some(kit), _) => std::path::absolute(kit).map_err(Failure::usage)?,
        (None, Ok(workspace)) => {
            build(workspace, &["arrowipc-kit"], progress).map_err(Failure::infrastructure)?;
            workspace.kit()
        }
        (None, Err(error)) => {
            return Err(Failure::usage(format!("{error}\nThe kit that adapters load is named with --kit PATH.")));
        }
    };
    let (mut ready, left_out) = parts.prepare(&runner, progress)?;
    let mut adapters: Vec<Adapter> = Vec::new();
    for name in producers.iter().chain(&consumers) {
        adapters.extend(ready.remove(name));
    }
    let position = |name: &String| adapters.iter().position(|adapter| adapter.id == *name);
    let producers = producers.iter().filter_map(|name| match name.as_str() {
        SUITE => Some(Producer::Suite),
        _ => position(name).map(Producer::Adapter),
    });
    let producers = producers.collect();
    let consumers = consumers.iter().filter_map(position).collect();
    let mut repro = Repro::default();
    repro.adapters.extend(args.adapters.iter().map(|text| format!("--adapter {}", quoted(text))));
    let deaths = Default::default();
    Ok(Cast { adapters, producers, consumers, versions: parts.versions, left_out, deaths, kit, repro })
}

/// Adapters that are ready by name, and why others are left out.
type Prepared = (BTreeMap<String, Adapter>, BTreeMap<String, String>);

/// Who is there, and who of them is wanted.
struct Parts {
    workspace: Result<Workspace, NoWorkspace>,
    own: Vec<Adapter>,
    versions: BTreeMap<String, String>,
    wanted: BTreeMap<String, Wanted>,
}

/// A bundled adapter that takes part.
struct Wanted {
    bundled: Bundled,
    /// Whether it was asked for by its name, and not with all others.
    by_name: bool,
}

impl Parts {
    /// The names of who is meant by `-p` or `-c`, each once.
    fn chosen(&mut self, asked: &[String]) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let own: Vec<String> = self.own.iter().map(|adapter| adapter.id.clone()).collect();
        if asked.is_empty() {
            for id in DEFAULT_ADAPTERS.iter().map(|id| (*id).to_owned()).chain(own.clone()) {
                self.want(&id, true, &mut names)?;
            }
        }
        for party in asked {
            if party != ALL {
                self.want(party, true, &mut names)?;
                continue;
            }
            let bundled = self.workspace.as_ref().map(bundled::of_all).unwrap_or_default();
            for id in bundled.into_iter().chain(own.clone()) {
                self.want(&id, false, &mut names)?;
            }
        }
        Ok(names)
    }

    fn want(&mut self, party: &str, by_name: bool, names: &mut Vec<String>) -> Result<(), Failure> {
        let (id, version) = party.split_once('@').map_or((party, None), |(id, version)| (id, Some(version)));
        let (name, version) = if id == SUITE || self.own.iter().any(|adapter| adapter.id == id) {
            (id.to_owned(), version.map(str::to_owned))
        } else {
            let workspace = self.workspace.as_ref().map_err(Failure::usage)?;
            let found = bundled::find(party, workspace).map_err(of_setup)?;
            let (name, version) = (found.name.clone(), found.version.clone());
            let wanted = self.wanted.entry(name.clone()).or_insert(Wanted { bundled: found, by_name });
            wanted.by_name |= by_name;
            (name, version)
        };
        self.versions.extend(version.map(|version| (name.clone(), version)));
        if !names.contains(&name) {
            names.push(name);
        }
        Ok(())
    }

    /// Makes ready who is wanted. One of all who cannot be is left out; one asked for by name is an error.
    fn prepare(&mut self, runner: &std::path::Path, progress: &Progress) -> Result<Prepared, Failure> {
        let (mut ready, mut left_out) = (BTreeMap::new(), BTreeMap::new());
        for adapter in std::mem::take(&mut self.own) {
            // An implementation under a bundled id is held to the list of known failures of that id.
            let known =
                self.workspace.as_ref().ok().map(|workspace| workspace.adapter(&adapter.id).join("expect.toml"));
            let expect = adapter.expect.clone().or_else(|| known.filter(|path| path.is_file()));
            ready.insert(adapter.id.clone(), Adapter { expect, ..adapter });
        }
        let Ok(workspace) = &self.workspace else { return Ok((ready, left_out)) };
        let wanted: Vec<Bundled> = self.wanted.values().map(|wanted| wanted.bundled.clone()).collect();
        let by_name = |name: &String| self.wanted.get(name).is_some_and(|wanted| wanted.by_name);
        let results = prepare_all(&wanted, workspace, runner, progress, |bundled, result| match result {
            Err(error) if !by_name(&bundled.name) => {
                progress.step(&format!("{} is left out: {error}", bundled.name));
                true
            }
            result => result.is_ok(),
        });
        for (bundled, result) in wanted.into_iter().zip(results) {
            match result {
                Some(Ok(adapter)) => {
                    ready.insert(bundled.name, adapter);
                }
                Some(Err(error)) if by_name(&bundled.name) => return Err(of_setup(error)),
                Some(Err(error)) => {
                    left_out.insert(bundled.name, error.to_string());
                }
                None => {}
            }
        }
        Ok((ready, left_out))
    }
}
