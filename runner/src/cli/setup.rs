//! `arrowipc adapter setup`, and who takes part in a run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::{RunArgs, SetupArgs};
use super::{AS_EXPECTED, Failure};
use crate::adapter::setup::{Adapter, Packages, SetupError, build, bundled, from_spec, prepare};
use crate::progress::Progress;
use crate::run::engine::{Cast, DEFAULT_ADAPTERS};
use crate::run::producer::{Producer, SUITE};
use crate::run::repro::{Repro, quoted};
use crate::workspace::Workspace;

pub(super) fn run(args: &SetupArgs) -> Result<u8, Failure> {
    let workspace = Workspace::find().map_err(Failure::usage)?;
    let progress = Progress::on_stderr();
    let ids = if args.ids.is_empty() { bundled(&workspace) } else { args.ids.clone() };
    for id in &ids {
        prepare(id, &workspace, &runner()?, Packages::Build, &progress).map_err(of_setup)?;
        progress.step(&format!("{id} is ready"));
    }
    progress.finish();
    Ok(AS_EXPECTED)
}

/// Makes ready who takes part in a run.
pub(super) fn cast(args: &RunArgs, progress: &Progress) -> Result<Cast, Failure> {
    let runner = runner()?;
    let own: Vec<Adapter> =
        args.adapters.iter().map(|text| from_spec(text, &runner)).collect::<Result<_, _>>().map_err(of_setup)?;
    let workspace = Workspace::find();
    let everybody = || {
        let bundled = workspace.as_ref().map(bundled).unwrap_or_default();
        let own = own.iter().map(|adapter| adapter.id.clone());
        let bundled = bundled.into_iter().filter(|id| !own.clone().any(|own| own == *id));
        bundled.chain(own.clone()).collect::<Vec<_>>()
    };
    let default = || {
        let mut ids: Vec<String> = DEFAULT_ADAPTERS.iter().map(|id| (*id).to_owned()).collect();
        ids.extend(own.iter().map(|adapter| adapter.id.clone()).filter(|id| !DEFAULT_ADAPTERS.contains(&id.as_str())));
        ids
    };
    let chosen = |named: &[String]| match named {
        [] => default(),
        named if named.iter().any(|id| id == "all") => everybody(),
        named => named.to_vec(),
    };
    let mut versions = BTreeMap::new();
    let mut without_versions = |parties: Vec<String>| {
        let mut ids: Vec<String> = Vec::new();
        for party in parties {
            let (id, version) =
                party.split_once('@').map_or((party.as_str(), None), |(id, version)| (id, Some(version)));
            versions.extend(version.map(|version| (id.to_owned(), version.to_owned())));
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        ids
    };
    let all = args.producers.iter().any(|id| id == "all");
    let mut producers = without_versions(chosen(&args.producers));
    let consumers = without_versions(chosen(&args.consumers));
    if args.producers.is_empty() || (all && !producers.iter().any(|id| id == SUITE)) {
        producers.push(SUITE.to_owned());
    }
    if own.iter().any(|adapter| adapter.id == SUITE) {
        return Err(Failure::usage("'suite' is the suite itself; give the adapter another id, e.g. mine=protocol:…"));
    }
    if consumers.iter().any(|id| id == SUITE) {
        return Err(Failure::usage("'suite' lays out bytes and reads none for itself; it is a producer only"));
    }
    let mut ids: Vec<&String> = Vec::new();
    for id in producers.iter().filter(|id| *id != SUITE).chain(&consumers) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let kit = match (&args.kit, &workspace) {
        (Some(kit), _) => std::path::absolute(kit).map_err(Failure::usage)?,
        (None, Ok(workspace)) => {
            build(workspace, &["arrowipc-kit"], progress).map_err(Failure::infrastructure)?;
            workspace.kit()
        }
        (None, Err(error)) => {
            return Err(Failure::usage(format!("{error}\nThe kit that adapters load is named with --kit PATH.")));
        }
    };
    let mut adapters = Vec::new();
    for id in &ids {
        let mine = own.iter().find(|adapter| adapter.id == **id).cloned();
        adapters.push(match (mine, &workspace) {
            (Some(adapter), Ok(workspace)) => {
                // An implementation under a bundled id is held to the list of known failures of that id.
                let expect = workspace.adapter(id).join("expect.toml");
                Adapter { expect: expect.is_file().then_some(expect), ..adapter }
            }
            (Some(adapter), Err(_)) => adapter,
            (None, Ok(workspace)) => prepare(id, workspace, &runner, Packages::Build, progress).map_err(of_setup)?,
            (None, Err(error)) => return Err(Failure::usage(error)),
        });
    }
    let position = |id: &String| ids.iter().position(|known| *known == id);
    let mut repro = Repro::default();
    repro.adapters.extend(args.adapters.iter().map(|text| format!("--adapter {}", quoted(text))));
    Ok(Cast {
        adapters,
        producers: producers
            .iter()
            .filter_map(|id| if id == SUITE { Some(Producer::Suite) } else { position(id).map(Producer::Adapter) })
            .collect(),
        consumers: consumers.iter().filter_map(position).collect(),
        versions,
        kit,
        repro,
    })
}

fn runner() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(Failure::infrastructure)
}

fn of_setup(error: SetupError) -> Failure {
    match error {
        SetupError::Unknown { .. } | SetupError::Spec { .. } | SetupError::Manifest(_) => Failure::usage(error),
        SetupError::Python { .. } | SetupError::Script { .. } | SetupError::Needs { .. } | SetupError::Cargo(_) => {
            Failure::infrastructure(error)
        }
    }
}
