//! `arrowipc report`: what people look at, made from `report.jsonl`.

pub(super) mod forms;
pub(super) mod several;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::HtmlArgs;
use super::{AS_EXPECTED, Failure};
use crate::progress::Progress;
use crate::report::html::Page;
use crate::report::reader::{self, Report};
use crate::report::writer::replace;
use crate::workspace::Workspace;

pub(super) fn html(args: &HtmlArgs) -> Result<u8, Failure> {
    let (path, report) = read(args.report.as_deref())?;
    let folder = if path.is_dir() { path } else { path.parent().map(Path::to_owned).unwrap_or_default() };
    let page = Page::of(&report).map_err(Failure::usage)?;
    match &args.output {
        Some(output) if output.as_os_str() == "-" => {
            // A reader that went away has seen enough.
            let _ = std::io::stdout().write_all(page.as_bytes());
        }
        output => {
            let output = output.clone().unwrap_or_else(|| folder.join("index.html"));
            replace(&output, page.as_bytes()).map_err(Failure::usage)?;
            println!("{}", output.display());
        }
    }
    Ok(AS_EXPECTED)
}

/// The report that is named, or that of the last run.
fn read(named: Option<&Path>) -> Result<(PathBuf, Report), Failure> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => Workspace::find().map_err(Failure::usage)?.reports(),
    };
    let report = Progress::during(&format!("reading {}", path.display()), || reader::read(&path));
    Ok((path, report.map_err(Failure::usage)?))
}
