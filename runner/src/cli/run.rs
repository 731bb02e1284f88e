//! `arrowipc run`.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;

use super::args::{Format, RunArgs};
use super::{AS_EXPECTED, Failure, INFRASTRUCTURE, UNEXPECTED};
use crate::progress::Progress;
use crate::report::human::{Style, summary};
use crate::report::reader;
use crate::run::select::Selection;
use crate::session::{self, Ending, Session, SessionError};
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
    if !suite.variants.iter().any(|variant| selection.selects(variant)) {
        let large = Selection { large: true, ..selection };
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
        if args.format == Format::Jsonl
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
    if args.format == Format::Human {
        let colours =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let _ = write!(std::io::stdout(), "{}", summary(&findings, Style { colours }));
    }
    Ok(match findings.ending() {
        Ending::AsExpected => AS_EXPECTED,
        Ending::Unexpected => UNEXPECTED,
        Ending::Incomplete => INFRASTRUCTURE,
    })
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
