//! `arrowipc report merge`, `compare`, `claims`: a report and others, or what others say.

use std::collections::BTreeMap;
use std::io::Write;

use super::read;
use crate::adapter::setup::bundled;
use crate::cli::args::PlainFormat;
use crate::cli::args::report::{ClaimsArgs, CompareArgs, FailOn, MergeArgs, TextFormat};
use crate::cli::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::expect::file::ExpectFile;
use crate::progress::Progress;
use crate::report::claims::{self, Truth};
use crate::report::compare::{self, Class};
use crate::report::folder::ReportFolder;
use crate::report::merge::{self, Named};
use crate::report::status::status;
use crate::workspace::Workspace;

pub(in crate::cli) fn merge(args: &MergeArgs) -> Result<u8, Failure> {
    let named = |path: &std::path::PathBuf| Ok((path.display().to_string(), read(Some(path))?.1));
    let reports: Vec<Named> = args.reports.iter().map(named).collect::<Result<_, Failure>>()?;
    let header = merge::header(&reports).map_err(Failure::usage)?;
    let suite = crate::cli::list::load(args.cases.clone(), header.seed)?;
    let mut folder = ReportFolder::create(&args.output).map_err(Failure::infrastructure)?;
    let lists = lists()?;
    let mut write = |line| folder.add(&line);
    let merged = Progress::during("merging", || merge::merge(header, reports, &suite, lists, &mut write));
    let mut findings = merged.map_err(Failure::usage)?;
    findings.report = folder.finish().map_err(Failure::infrastructure)?;
    crate::cli::run::beside(&findings.report)?;
    crate::cli::run::tell(&findings);
    Ok(crate::cli::run::exit_code(&findings))
}

/// The lists of known failures of the bundled adapters, by name; none without a checkout.
fn lists() -> Result<BTreeMap<String, ExpectFile>, Failure> {
    let Ok(workspace) = Workspace::find() else { return Ok(BTreeMap::new()) };
    let load = |name: String| {
        let shown = ExpectFile::path_of(&name);
        ExpectFile::load(&workspace.root.join(&shown), &shown).map(|list| (name, list)).map_err(Failure::usage)
    };
    bundled::names(&workspace).into_iter().map(load).collect()
}

pub(in crate::cli) fn compare(args: &CompareArgs) -> Result<u8, Failure> {
    let (old, new) = (read(Some(&args.old))?.1, read(Some(&args.new))?.1);
    let comparison = compare::compare(&old, &new);
    let classes: Vec<Class> = args.fail_on.iter().flat_map(|on| on.classes().iter().copied()).collect();
    let found = comparison.found(&classes, args.fail_on.contains(&FailOn::Suite));
    let text = match args.format {
        TextFormat::Human => compare::text::plain(&comparison),
        TextFormat::Md => compare::text::markdown(&comparison),
        TextFormat::Json => serde_json::to_string_pretty(&comparison).map_err(Failure::infrastructure)? + "\n",
    };
    // A reader that went away has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if found.is_empty() {
        return Ok(AS_EXPECTED);
    }
    let names: Vec<&str> = found.iter().map(|class| class.name()).collect();
    eprintln!("there is {}", names.join(", "));
    Ok(UNEXPECTED)
}

pub(in crate::cli) fn claims(args: &ClaimsArgs) -> Result<u8, Failure> {
    let shown = args.table.display().to_string();
    let table = std::fs::read_to_string(&args.table).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let (_, report) = read(args.report.as_deref())?;
    let claims = claims::claims(&table, &status(&report), &args.columns)
        .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let text = match args.format {
        PlainFormat::Human => claims::text(&claims, &shown),
        PlainFormat::Json => serde_json::to_string_pretty(&claims).map_err(Failure::infrastructure)? + "\n",
    };
    let _ = std::io::stdout().write_all(text.as_bytes());
    let is_false = claims.iter().any(|claim| claim.truth == Truth::False);
    Ok(if is_false { UNEXPECTED } else { AS_EXPECTED })
}
