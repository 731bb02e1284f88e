//! `arrowipc expect`: files of known failures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::json;

use super::args::{ExpectLintArgs, ExpectUpdateArgs, PlainFormat};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::adapter::setup::bundled;
use crate::expect::file::ExpectFile;
use crate::expect::lint::{Known, problems};
use crate::expect::update::{Source, update, without_reason};
use crate::report::reader::{self, Report};
use crate::run::producer::SUITE;
use crate::run::result::id_of;
use crate::workspace::Workspace;

pub(super) fn lint(args: &ExpectLintArgs) -> Result<u8, Failure> {
    let workspace = Workspace::find().map_err(Failure::usage)?;
    let suite = super::list::load(args.cases.clone(), 0)?;
    let adapters = bundled::names(&workspace);
    let known = Known {
        variants: suite.variants.iter().map(|variant| variant.name.clone()).collect(),
        adapters: adapters.clone(),
    };
    let mut found = Vec::new();
    let names = named(&args.ids, &adapters)?;
    for name in &names {
        found.extend(problems(name, &read(&workspace, name)?, &known));
    }
    match args.format {
        PlainFormat::Json => println!("{:#}", json!({"adapters": names, "problems": found})),
        PlainFormat::Human => {
            for problem in &found {
                eprintln!("{problem}");
            }
            println!("{} adapters, {} problems", names.len(), found.len());
        }
    }
    Ok(if found.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}

pub(super) fn update_files(args: &ExpectUpdateArgs) -> Result<u8, Failure> {
    let workspace = Workspace::find().map_err(Failure::usage)?;
    let path = args.report.clone().unwrap_or_else(|| workspace.reports());
    let report = reader::read(&path).map_err(Failure::usage)?;
    let took_part = who_took_part(&report, &bundled::names(&workspace));
    let wanted = named(&args.ids, &took_part)?;
    let mut sources = BTreeMap::new();
    for name in took_part {
        let source = Source { text: read(&workspace, &name)?, wanted: wanted.contains(&name) };
        sources.insert(name, source);
    }
    let updated = update(&sources, &report).map_err(Failure::usage)?;
    let mut waiting = 0;
    for (name, updated) in &updated {
        let shown = ExpectFile::path_of(name);
        waiting += without_reason(&updated.text);
        if updated.changes.is_empty() {
            continue;
        }
        println!("{}: {} changes", shown.display(), updated.changes.len());
        for change in &updated.changes {
            println!("  {change}");
        }
        if !args.dry_run {
            let path = workspace.root.join(&shown);
            std::fs::write(&path, &updated.text)
                .map_err(|error| Failure::infrastructure(format!("{}: {error}", path.display())))?;
        }
    }
    if waiting > 0 {
        println!("{waiting} entries wait for their reason; arrowipc expect lint names them");
    } else if updated.values().all(|updated| updated.changes.is_empty()) {
        println!("{} files are up to date", updated.len());
    }
    Ok(AS_EXPECTED)
}

/// The names of the bundled adapters in a report.
fn who_took_part(report: &Report, bundled: &[String]) -> Vec<String> {
    let parties = report.header.producers.iter().chain(&report.header.consumers);
    let names = parties.filter_map(|party| {
        let name = if bundled.contains(party) { party.as_str() } else { id_of(party) };
        (name != SUITE && bundled.iter().any(|known| known == name)).then(|| name.to_owned())
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Those that were asked for, of those that there are.
fn named(asked: &[String], there: &[String]) -> Result<Vec<String>, Failure> {
    if let Some(unknown) = asked.iter().find(|name| !there.contains(name)) {
        return Err(Failure::usage(format!("no adapter '{unknown}' here; there are {}", there.join(", "))));
    }
    Ok(if asked.is_empty() { there.to_vec() } else { asked.to_vec() })
}

/// The text of an adapter's file; empty when there is none.
fn read(workspace: &Workspace, name: &str) -> Result<String, Failure> {
    let path: PathBuf = workspace.root.join(ExpectFile::path_of(name));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::infrastructure(format!("{}: {error}", path.display()))),
    }
}
