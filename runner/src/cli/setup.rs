//! `arrowipc adapter setup`.

use std::path::PathBuf;

use super::args::SetupArgs;
use super::{AS_EXPECTED, Failure};
use crate::adapter::setup::bundled::{self, find};
use crate::adapter::setup::{SetupError, prepare_all};
use crate::progress::Progress;
use crate::workspace::Workspace;

pub(super) fn run(args: &SetupArgs) -> Result<u8, Failure> {
    let workspace = Workspace::find().map_err(Failure::usage)?;
    let progress = Progress::on_stderr();
    let all = args.ids.is_empty();
    let ids = if all { bundled::ids(&workspace) } else { args.ids.clone() };
    let mut wanted = Vec::new();
    for id in &ids {
        let found = find(id, &workspace).map_err(of_setup)?;
        if found.name != *id && !found.name.contains('@') {
            return Err(Failure::usage(no_such_version(id, &found.name)));
        }
        wanted.push(found);
    }
    let results = prepare_all(&wanted, &workspace, &runner()?, &progress, |bundled, result| {
        match result {
            Ok(_) => progress.step(&format!("{} is ready", bundled.name)),
            Err(error) if all => progress.step(&format!("{} is left out: {error}", bundled.name)),
            Err(_) => {}
        }
        all || result.is_ok()
    });
    progress.finish();
    let failed = results.into_iter().flatten().find_map(Result::err);
    match failed {
        Some(error) if !all => Err(of_setup(error)),
        _ => Ok(AS_EXPECTED),
    }
}

fn no_such_version(party: &str, id: &str) -> String {
    format!(
        "there is no version '{party}' in adapters/{id}/versions/; the default one is set up with: arrowipc adapter setup {id}"
    )
}

pub(super) fn runner() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(Failure::infrastructure)
}

pub(super) fn of_setup(error: SetupError) -> Failure {
    match error {
        SetupError::Unknown { .. }
        | SetupError::Ambiguous { .. }
        | SetupError::Spec { .. }
        | SetupError::Manifest(_) => Failure::usage(error),
        SetupError::Python { .. } | SetupError::Script { .. } | SetupError::Needs { .. } | SetupError::Cargo(_) => {
            Failure::infrastructure(error)
        }
    }
}
