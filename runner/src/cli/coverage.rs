//! `arrowipc coverage`.

use std::io::Write;

use super::args::{CoverageArgs, CoverageFormat};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::case::suite::Suite;
use crate::coverage::Coverage;
use crate::coverage::faults::FaultCoverage;
use crate::coverage::{page, text};
use crate::progress::Progress;

pub(super) fn run(args: &CoverageArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    if args.faults {
        return faults(args, &suite);
    }
    let coverage = Coverage::of(&suite);
    let told = match args.format {
        CoverageFormat::Human => text::text(&coverage),
        CoverageFormat::Json => serde_json::to_string_pretty(&coverage).map_err(Failure::infrastructure)? + "\n",
        CoverageFormat::Md => page::page(&coverage),
    };
    tell(&told, &coverage.problems())
}

fn faults(args: &CoverageArgs, suite: &Suite) -> Result<u8, Failure> {
    let folder = super::list::folder(args.cases.clone())?;
    let coverage = Progress::during("trying faulty implementations", || FaultCoverage::of(&folder, suite));
    let coverage = coverage.map_err(Failure::usage)?;
    let told = match args.format {
        CoverageFormat::Human => coverage.text(),
        CoverageFormat::Json => serde_json::to_string_pretty(&coverage).map_err(Failure::infrastructure)? + "\n",
        CoverageFormat::Md => return Err(Failure::usage("the page of the clauses has no faults; use human or json")),
    };
    tell(&told, &coverage.problems())
}

fn tell(text: &str, problems: &[String]) -> Result<u8, Failure> {
    // A reader of the pipe that has seen enough goes away.
    let _ = std::io::stdout().write_all(text.as_bytes());
    for problem in problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}
