//! `arrowipc list`.

use super::args::{Format, ListArgs, SelectArgs};
use super::{AS_EXPECTED, Failure};
use crate::case::error::CaseError;
use crate::case::suite::{Folder, Suite};
use crate::progress::Progress;
use crate::report::line::{CaseLine, Line};
use crate::workspace::Workspace;
use std::io::Write;
use std::path::PathBuf;

pub(super) fn run(args: &ListArgs) -> Result<u8, Failure> {
    let suite = load(args.select.cases.clone(), args.select.seed)?;
    check_names(&args.select, &suite)?;
    let selection = args.select.selection();
    let selected: Vec<_> = suite.variants.iter().filter(|variant| selection.selects(variant)).collect();
    let mut out = std::io::stdout().lock();
    let mut last = String::new();
    for variant in &selected {
        let written = match args.format {
            Format::Jsonl => match serde_json::to_string(&Line::Case(CaseLine::from(*variant))) {
                Ok(line) => writeln!(out, "{line}"),
                Err(error) => return Err(Failure::infrastructure(error)),
            },
            Format::Human if args.variants => writeln!(out, "{}", variant.name),
            Format::Human if variant.case.name != last => {
                last.clone_from(&variant.case.name);
                writeln!(out, "{last}")
            }
            Format::Human => Ok(()),
        };
        if written.is_err() {
            // The reader of the pipe has seen enough.
            return Ok(AS_EXPECTED);
        }
    }
    Ok(AS_EXPECTED)
}

/// Loads all cases; errors are listed one a line.
pub(super) fn load(cases: Option<PathBuf>, seed: u64) -> Result<Suite, Failure> {
    let folder = folder(cases)?;
    Progress::during("loading the cases", || folder.load(seed)).map_err(|errors| Failure::usage(in_lines(&errors)))
}

/// The folder that is named, or that of the checkout.
pub(super) fn folder(cases: Option<PathBuf>) -> Result<Folder, Failure> {
    let path = match cases {
        Some(folder) => folder,
        None => Workspace::find().map_err(Failure::usage)?.cases(),
    };
    Ok(Folder::new(path))
}

pub(super) fn in_lines(errors: &[CaseError]) -> String {
    errors.iter().map(CaseError::to_string).collect::<Vec<_>>().join("\n")
}

/// A name that selects nothing is a mistake.
pub(super) fn check_names(args: &SelectArgs, suite: &Suite) -> Result<(), Failure> {
    match args.selection().idle_names(&suite.variants).first() {
        Some(name) => {
            let names = suite.variants.iter().map(|variant| variant.case.name.as_str());
            let hint = crate::case::registry::suggestion(name, names);
            Err(Failure::usage(format!("no case matches '{name}'{hint}")))
        }
        None => Ok(()),
    }
}
