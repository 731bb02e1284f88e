//! `arrowipc coverage`.

use std::io::Write;

use super::args::{CoverageArgs, CoverageFormat};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::coverage::Coverage;
use crate::coverage::{page, text};

pub(super) fn run(args: &CoverageArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    let coverage = Coverage::of(&suite);
    let told = match args.format {
        CoverageFormat::Human => text::text(&coverage),
        CoverageFormat::Json => serde_json::to_string_pretty(&coverage).map_err(Failure::infrastructure)? + "\n",
        CoverageFormat::Md => page::page(&coverage),
    };
    // A reader of the pipe that has seen enough goes away.
    let _ = std::io::stdout().write_all(told.as_bytes());
    let problems = coverage.problems();
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}
