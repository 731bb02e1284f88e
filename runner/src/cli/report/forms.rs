//! `arrowipc report junit`, `tap`, `csv`, `md`, `github`, `badge`, `status`: a report in other forms.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::read;
use crate::cli::args::report::{BadgeArgs, FormArgs, GithubArgs, StatusArgs, StatusFormat};
use crate::cli::{AS_EXPECTED, Failure};
use crate::report::reader::Report;
use crate::report::{badge, csv, github, junit, markdown, status, tap};

/// Makes one file of a report, or prints it.
pub(in crate::cli) fn form(args: &FormArgs, make: fn(&Report) -> String) -> Result<u8, Failure> {
    let (_, report) = read(args.report.as_deref())?;
    give(args.output.as_deref(), &make(&report))
}

pub(in crate::cli) fn junit(args: &FormArgs) -> Result<u8, Failure> {
    form(args, junit::junit)
}

pub(in crate::cli) fn tap(args: &FormArgs) -> Result<u8, Failure> {
    form(args, tap::tap)
}

pub(in crate::cli) fn csv(args: &FormArgs) -> Result<u8, Failure> {
    form(args, csv::csv)
}

pub(in crate::cli) fn md(args: &FormArgs) -> Result<u8, Failure> {
    form(args, |report| markdown::summary(report, github::SUMMARY_BYTES))
}

pub(in crate::cli) fn github(args: &GithubArgs) -> Result<u8, Failure> {
    let (_, report) = read(args.report.as_deref())?;
    annotate(&report, args.summary.clone())?;
    Ok(AS_EXPECTED)
}

/// Prints annotations, and adds the summary to a file, or to that of the step if there is one.
pub(in crate::cli) fn annotate(report: &Report, summary: Option<PathBuf>) -> Result<(), Failure> {
    give(None, &github::annotations(report))?;
    let of_step = || std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = summary.or_else(of_step) else { return Ok(()) };
    let failed = |error| Failure::infrastructure(format!("{}: the summary cannot be written: {error}", path.display()));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    // Steps may have written to it before; the limit is one for all of it.
    let there = file.metadata().map_err(failed)?.len();
    let room = github::SUMMARY_BYTES.saturating_sub(usize::try_from(there).unwrap_or(usize::MAX));
    file.write_all(markdown::summary(report, room).as_bytes()).map_err(failed)
}

pub(in crate::cli) fn badge(args: &BadgeArgs) -> Result<u8, Failure> {
    let (_, report) = read(args.report.as_deref())?;
    std::fs::create_dir_all(&args.output)
        .map_err(|error| Failure::usage(format!("{}: the folder cannot be made: {error}", args.output.display())))?;
    for badge in badge::badges(&report) {
        let json = serde_json::to_string(&badge).map_err(Failure::infrastructure)? + "\n";
        for (ending, text) in [("svg", badge.svg()), ("json", json)] {
            let path = args.output.join(format!("{}.{ending}", badge.file));
            write(&path, &text)?;
            println!("{}", path.display());
        }
    }
    Ok(AS_EXPECTED)
}

pub(in crate::cli) fn status(args: &StatusArgs) -> Result<u8, Failure> {
    let (_, report) = read(args.report.as_deref())?;
    let status = status::status(&report);
    let text = match args.format {
        StatusFormat::Rst => status::text::rst(&status),
        StatusFormat::Md => status::text::markdown(&status, &args.page),
        StatusFormat::Json => serde_json::to_string_pretty(&status).map_err(Failure::infrastructure)? + "\n",
    };
    give(args.output.as_deref(), &text)
}

/// Writes a text to a file, or prints it.
fn give(output: Option<&Path>, text: &str) -> Result<u8, Failure> {
    match output {
        Some(path) if path.as_os_str() != "-" => write(path, text)?,
        _ => {
            // A reader that went away has seen enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
    }
    Ok(AS_EXPECTED)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::usage(format!("{}: it cannot be written: {error}", path.display())))
}
