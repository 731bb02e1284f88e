//! Arguments of the commands on reports.

use std::path::PathBuf;

use clap::ValueEnum;

use super::PlainFormat;
use crate::report::compare::Class;

/// Arguments of commands that make one file of a report.
#[derive(Debug, clap::Args)]
pub struct FormArgs {
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// The file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `report github`.
#[derive(Debug, clap::Args)]
pub struct GithubArgs {
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// The file to which the summary is added
    /// [default: $GITHUB_STEP_SUMMARY, if that is set]
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub summary: Option<PathBuf>,
}

/// Arguments of `report badge`.
#[derive(Debug, clap::Args)]
pub struct BadgeArgs {
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// The folder of the badges, which is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

/// Arguments of `report merge`.
#[derive(Debug, clap::Args)]
pub struct MergeArgs {
    /// The reports of all shards, or their folders
    #[arg(value_name = "REPORT", required = true)]
    pub reports: Vec<PathBuf>,
    /// The folder of the merged report.jsonl
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Arguments of `report compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// The report of before, or its folder
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The report of now, or its folder
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Changes that are a failure
    #[arg(long, value_name = "CLASS", value_enum, value_delimiter = ',', default_values_t = [FailOn::NewUnsafe, FailOn::Regression])]
    pub fail_on: Vec<FailOn>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub format: TextFormat,
}

/// What `--fail-on` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// The process dies, hangs or overruns its memory, and did not before
    NewUnsafe,
    /// What passed fails, or is no longer supported
    Regression,
    /// What failed passes
    Fixed,
    /// Another change of verdict
    ClassChange,
    /// There was no such result
    Added,
    /// There is no such result any more
    Removed,
    /// Any change
    Any,
    /// The other classes also where the case was changed
    Suite,
    /// No change
    None,
}

impl FailOn {
    /// The classes that are meant.
    pub fn classes(self) -> &'static [Class] {
        match self {
            Self::NewUnsafe => &[Class::NewUnsafe],
            Self::Regression => &[Class::Regression],
            Self::Fixed => &[Class::Fixed],
            Self::ClassChange => &[Class::ClassChange],
            Self::Added => &[Class::Added],
            Self::Removed => &[Class::Removed],
            Self::Any => Class::ALL,
            Self::Suite | Self::None => &[],
        }
    }
}

/// How a text of a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// Text for people
    Human,
    /// One object, for programs
    Json,
    /// Markdown, for comments and pages
    Md,
}

/// Arguments of `report status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = StatusFormat::Rst)]
    pub format: StatusFormat,
    /// The HTML report, to whose results Markdown leads
    #[arg(long, value_name = "URL", default_value = "index.html")]
    pub page: String,
    /// The file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How the status is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// Grid tables, as on Arrow's page
    Rst,
    /// Tables whose entries lead to the results behind them
    Md,
    /// One object, for programs, with the numbers
    Json,
}

/// Arguments of `report claims`.
#[derive(Debug, clap::Args)]
pub struct ClaimsArgs {
    /// The file with the tables
    #[arg(value_name = "TABLE")]
    pub table: PathBuf,
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// An implementation of the report that a column is about, e.g.
    /// 'C++=pyarrow'; columns with the name of one need none
    #[arg(long = "column", value_name = "NAME=ID", value_parser = pair, verbatim_doc_comment)]
    pub columns: Vec<(String, String)>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
    pub format: PlainFormat,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, id) = text.split_once('=').ok_or("NAME=ID is expected, e.g. 'C++=pyarrow'")?;
    Ok((name.trim().to_owned(), id.trim().to_owned()))
}
