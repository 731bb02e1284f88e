//! `arrowipc run`.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use super::args::{RunArgs, RunFormat};
use super::{AS_EXPECTED, Failure, INFRASTRUCTURE, UNEXPECTED};
use crate::progress::Progress;
use crate::report::human::{Style, summary};
use crate::report::reader::{self, Report};
use crate::report::{junit, tap};
use crate::run::select::Selection;
use crate::session::{self, Ending, Findings, Session, SessionError};
use crate::workspace::Workspace;

pub(super) fn run(args: RunArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.select.cases.clone(), args.select.seed)?;
    super::list::check_names(&args.select, &suite)?;
    let selection = selection(&args)?;
    if args.list {
        let mut out = std::io::stdout().lock();
        for variant in suite.variants.iter().filter(|variant| selection.selects(variant)) {
            if writeln!(out, "{}", variant.name).is_err() {
                break;
            }
        }
        return Ok(AS_EXPECTED);
    }
    // A shard may have no case, and is merged with the others all the same.
    let of_all_shards = Selection { shard: None, ..selection.clone() };
    if !suite.variants.iter().any(|variant| of_all_shards.selects(variant)) {
        let large = Selection { large: true, ..of_all_shards };
        return Err(Failure::usage(if suite.variants.iter().any(|variant| large.selects(variant)) {
            "all cases that are selected are of gigabytes, and run with --large"
        } else {
            "no case is selected; list takes the same selectors and shows what there is"
        }));
    }
    let progress = Progress::on_stderr();
    let cast = super::cast::cast(&args, &progress)?;
    let report = match (&args.report, Workspace::find()) {
        (Some(folder), _) => folder.clone(),
        (None, Ok(workspace)) => workspace.reports(),
        (None, Err(_)) => "conformance".into(),
    };
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let session = Session { suite, selection, cast, seed: args.select.seed, jobs, keep: args.keep, report };
    let findings = session::run(session, &progress, |line| {
        if args.format == RunFormat::Jsonl
            && let Ok(text) = serde_json::to_string(line)
        {
            // A reader that went away still leaves the report.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    })
    .map_err(|error| match error {
        SessionError::Expect(_) => Failure::usage(error),
        SessionError::Report(_)
        | SessionError::Workdir(_)
        | SessionError::Version { .. }
        | SessionError::Misnamed { .. } => Failure::infrastructure(error),
    })?;
    let report = beside(&findings.report)?;
    match args.format {
        RunFormat::Human => tell(&findings),
        RunFormat::Jsonl => {}
        RunFormat::Junit => print(&junit::junit(&report)),
        RunFormat::Tap => print(&tap::tap(&report)),
        RunFormat::Github => super::report::forms::annotate(&report, None)?,
    }
    Ok(exit_code(&findings))
}

/// Writes beside a report what is made of it for programs that do not read it: `junit.xml`.
pub(super) fn beside(path: &Path) -> Result<Report, Failure> {
    let report = reader::read(path).map_err(Failure::infrastructure)?;
    let junit = path.with_file_name("junit.xml");
    std::fs::write(&junit, junit::junit(&report))
        .map_err(|error| Failure::infrastructure(format!("{}: it cannot be written: {error}", junit.display())))?;
    Ok(report)
}

/// Prints the summary for people.
pub(super) fn tell(findings: &Findings) {
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    print(&summary(findings, Style { colours }));
}

/// How a run ended.
pub(super) fn exit_code(findings: &Findings) -> u8 {
    match findings.ending() {
        Ending::AsExpected => AS_EXPECTED,
        Ending::Unexpected => UNEXPECTED,
        Ending::Incomplete => INFRASTRUCTURE,
    }
}

fn print(text: &str) {
    // A reader that went away still leaves the report.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn selection(args: &RunArgs) -> Result<Selection, Failure> {
    let mut selection = Selection { large: args.large, ..args.select.selection() };
    if let Some(path) = &args.failed_in {
        let report = reader::read(path).map_err(Failure::usage)?;
        let artifacts = report.artifacts.iter().filter(|artifact| !artifact.expected).map(|artifact| &artifact.case);
        let cells = report.cells.iter().filter(|cell| !cell.expected).map(|cell| &cell.case);
        selection.exactly = Some(artifacts.chain(cells).cloned().collect::<BTreeSet<_>>());
    }
    Ok(selection)
}
