//! Arguments of the commands.

pub mod report;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use report::{BadgeArgs, ClaimsArgs, CompareArgs, FormArgs, GithubArgs, MergeArgs, StatusArgs};

use super::inputs::{CatArgs, ConvertArgs, DiffArgs, InspectArgs, RecoverArgs, ValidateArgs};
use crate::archery::Archery;
use crate::beginnings::Language;
use crate::case::file::CaseResult;
use crate::command::claims::Claims;
use crate::run::select::{Selection, Shard};

/// The Arrow IPC conformance suite
///
/// Runs cases of the Arrow IPC format across implementations: one writes,
/// another reads, and the result is compared with the case.
///
/// Exit codes: 0 as expected, 1 unexpected results, 2 usage or configuration,
/// 3 an adapter or the surroundings failed.
#[derive(Debug, Parser)]
#[command(name = "arrowipc", version, max_term_width = 79, verbatim_doc_comment, subcommand_required = true)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cases across producers and consumers
    Run(RunArgs),
    /// List cases
    List(ListArgs),
    /// Tell everything about one case
    Explain(ExplainArgs),
    /// Work on cases
    #[command(subcommand)]
    Case(CaseCommand),
    /// Tell which rules of the format have cases, and which have none
    ///
    /// Exit code 1 when a must that the format states and a case can check
    /// has none, when fewer than 95 % of all clauses have one, or when one
    /// has a case that is said to be beyond checking.
    #[command(verbatim_doc_comment)]
    Coverage(CoverageArgs),
    /// Write the cases as static files with a manifest
    Emit(EmitArgs),
    /// Work on adapters
    #[command(subcommand)]
    Adapter(AdapterCommand),
    /// Work on files of known failures
    #[command(subcommand)]
    Expect(ExpectCommand),
    /// Show the report of a run
    #[command(subcommand)]
    Report(ReportCommand),
    /// Show what an IPC stream or file consists of, byte by byte
    ///
    /// Exit code 1 when there are bytes that cannot be taken apart.
    #[command(verbatim_doc_comment)]
    Inspect(InspectArgs),
    /// Check streams and files against the rules of the format
    ///
    /// Each fault is told with its clause, its place, what was found and what
    /// was expected. Exit code 1 when there is one.
    #[command(verbatim_doc_comment)]
    Validate(ValidateArgs),
    /// Save the whole batches of an input that is cut off or damaged
    ///
    /// What was saved is told on standard error. Exit code 1 when batches
    /// that are there could not be saved.
    #[command(verbatim_doc_comment)]
    Recover(RecoverArgs),
    /// Write a stream or file anew
    ///
    /// As a stream or file, with other compression, alignment, version,
    /// framing, dictionaries or byte order. Exit code 1 when libarrowipc
    /// does not read it, or cannot write it so.
    #[command(verbatim_doc_comment)]
    Convert(ConvertArgs),
    /// Show the rows of a stream or file
    Cat(CatArgs),
    /// Tell what two streams or files differ in
    ///
    /// Schema and values, row by row whatever batches they lie in; then the
    /// layout, message by message. Exit code 1 when there is a difference.
    #[command(verbatim_doc_comment)]
    Diff(DiffArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command
    Man(ManArgs),
    /// Host a library with libarrowipc's ABI behind the adapter protocol
    ServeLibrary(ServeArgs),
    /// Host a command that reads IPC and writes IPC
    #[command(hide = true)]
    ServeFilter(ServeFilterArgs),
    /// Host the executables of Arrow's integration tests
    #[command(hide = true)]
    ServeArchery(ServeArcheryArgs),
}

/// Commands on cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Check all cases, and the bytes that they choose
    Lint(LintArgs),
    /// Start a case: in a new file, or at the end of its topic
    New(NewArgs),
    /// Bring the case files into their one form
    Fmt(FormatArgs),
}

/// Commands on adapters.
#[derive(Debug, Subcommand)]
pub enum AdapterCommand {
    /// Make bundled adapters ready to run
    Setup(SetupArgs),
    /// Start an adapter: a folder with a program that behaves and claims
    /// nothing yet
    #[command(verbatim_doc_comment)]
    New(NewAdapterArgs),
    /// Prove that an adapter behaves as docs/protocol.md says
    ///
    /// Exit code 1 when it breaks a rule, 3 when it does not start.
    #[command(verbatim_doc_comment)]
    Check(ProofArgs),
    /// Hold what an adapter claims against what a few cases show
    ///
    /// For each feature of cases/features.yaml: claimed and there, claimed
    /// and not there, not claimed and there, or neither. Exit code 1 when a
    /// claim is false.
    #[command(verbatim_doc_comment)]
    Probe(ProofArgs),
}

/// Commands on files of known failures.
#[derive(Debug, Subcommand)]
pub enum ExpectCommand {
    /// Bring files of known failures up to date with a report
    ///
    /// Failures that are missing are added, as few entries as there are
    /// kinds of failure, with an empty reason to be filled in. Entries that
    /// match nothing go, verdicts and numbers are set right, and entries
    /// that cover too much are split. Comments, order and reasons of the
    /// others stay.
    #[command(verbatim_doc_comment)]
    Update(ExpectUpdateArgs),
    /// Check files of known failures
    Lint(ExpectLintArgs),
}

/// Commands on reports.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Make one HTML file of a report: who reads what from whom, and each
    /// failure with its bytes
    #[command(verbatim_doc_comment)]
    Html(HtmlArgs),
    /// Make JUnit XML of a report, as Jenkins and GitLab read it
    Junit(FormArgs),
    /// Make TAP 14 of a report
    Tap(FormArgs),
    /// Make CSV of a report, a row for each result
    Csv(FormArgs),
    /// Make a summary in Markdown
    Md(FormArgs),
    /// Print annotations for GitHub Actions, and add to the step's summary
    Github(GithubArgs),
    /// Make a badge for each implementation: SVG, and JSON for shields.io
    Badge(BadgeArgs),
    /// Merge the reports of all shards of a run
    ///
    /// Exit code as of the run: 0 as expected, 1 unexpected results, 3
    /// results are missing.
    #[command(verbatim_doc_comment)]
    Merge(MergeArgs),
    /// Tell what changed from one report to another
    ///
    /// Exit code 1 when there is a change that --fail-on names. A result is
    /// the suite's doing when its case was added, removed or changed, and
    /// the implementations' otherwise.
    #[command(verbatim_doc_comment)]
    Compare(CompareArgs),
    /// Make the table of who has what, as the results show it
    Status(StatusArgs),
    /// Hold a table that people keep against the results
    ///
    /// The table is a grid of reStructuredText or one of Markdown, with the
    /// rows of Arrow's implementation status page. Exit code 1 when it says
    /// of something that it is there, and no result shows it.
    #[command(verbatim_doc_comment)]
    Claims(ClaimsArgs),
}

/// Which cases.
#[derive(Debug, clap::Args)]
pub struct SelectArgs {
    /// Cases: names, topics or globs, e.g. 'types/**' [default: all]
    #[arg(value_name = "CASE")]
    pub names: Vec<String>,
    /// Only cases that need this feature, e.g. 'type.utf8*'
    #[arg(long, value_name = "FEATURE")]
    pub feature: Vec<String>,
    /// Only cases that check this clause
    #[arg(long, value_name = "CLAUSE")]
    pub clause: Vec<String>,
    /// Only cases with this kind of fault
    #[arg(long, value_name = "FLAG")]
    pub flag: Vec<String>,
    /// Only the i-th of n parts, split by case
    #[arg(long, value_name = "i/n")]
    pub shard: Option<Shard>,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// Where random orders are drawn from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

impl SelectArgs {
    /// The selection without reports.
    pub fn selection(&self) -> Selection {
        Selection {
            names: self.names.clone(),
            features: self.feature.clone(),
            clauses: self.clause.clone(),
            flags: self.flag.clone(),
            exactly: None,
            shard: self.shard,
            large: true,
        }
    }
}

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Which cases
    #[command(flatten)]
    pub select: SelectArgs,
    /// Who writes: id, id@version, suite or all; of all, those that cannot
    /// be set up are left out
    /// [default: libarrowipc,pyarrow,suite]
    #[arg(short, long = "producer", value_name = "ID", value_delimiter = ',', verbatim_doc_comment)]
    pub producers: Vec<String>,
    /// Who reads: id, id@version or all [default: libarrowipc,pyarrow]
    #[arg(short, long = "consumer", value_name = "ID", value_delimiter = ',')]
    pub consumers: Vec<String>,
    /// An implementation of your own: [ID=]filter:COMMAND,
    /// [ID=]protocol:COMMAND, [ID=]library:PATH, or KIND:PATH of an
    /// adapter.toml; takes part unless -p or -c leave it out
    #[arg(long = "adapter", value_name = "KIND:COMMAND", verbatim_doc_comment)]
    pub adapters: Vec<String>,
    /// Cases of gigabytes, too: they take minutes, and adapters may take
    /// 16 GiB of memory each
    #[arg(long, verbatim_doc_comment)]
    pub large: bool,
    /// Only variants with unexpected results in this report
    #[arg(long, value_name = "REPORT")]
    pub failed_in: Option<PathBuf>,
    /// Variants at a time [default: number of processors]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Keep bytes, inputs and dumps in this folder
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Folder of report.jsonl, index.html and junit.xml
    /// [default: target/conformance]
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub report: Option<PathBuf>,
    /// The kit that adapters load [default: built from the checkout]
    #[arg(long, value_name = "PATH")]
    pub kit: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub format: RunFormat,
    /// Print the selected variants and run nothing
    #[arg(long)]
    pub list: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Human,
    /// Lines of the report, for programs
    Jsonl,
}

/// How the results of a run are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunFormat {
    /// Text for people
    Human,
    /// Lines of the report, for programs
    Jsonl,
    /// JUnit XML
    Junit,
    /// TAP 14
    Tap,
    /// Annotations for GitHub Actions; adds to the step's summary, too
    Github,
}

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Which cases
    #[command(flatten)]
    pub select: SelectArgs,
    /// List variants, not cases
    #[arg(long)]
    pub variants: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Name of a case or variant
    pub id: String,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// How what a check found is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlainFormat {
    /// Text for people
    Human,
    /// One object, for programs
    Json,
}

/// Arguments of `case lint`.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// What is printed
    #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
    pub format: PlainFormat,
    /// Digests of cases of gigabytes, too, which takes minutes
    #[arg(long)]
    pub large: bool,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Arguments of `case new`.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// Its full name, e.g. types/utf8/empty-strings
    #[arg(value_name = "TOPIC/ID")]
    pub name: String,
    /// What the format says about it
    #[arg(long, value_enum, default_value_t = NewResult::Valid)]
    pub result: NewResult,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// What the format says about a new case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NewResult {
    /// It must be read
    Valid,
    /// It must be rejected
    Invalid,
    /// It may be rejected
    Defined,
}

impl From<NewResult> for CaseResult {
    fn from(result: NewResult) -> Self {
        match result {
            NewResult::Valid => Self::Valid,
            NewResult::Invalid => Self::Invalid,
            NewResult::Defined => Self::Defined,
        }
    }
}

/// Arguments of `case fmt`.
#[derive(Debug, clap::Args)]
pub struct FormatArgs {
    /// Change nothing; list the files that are in another form
    #[arg(long)]
    pub check: bool,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Arguments of `coverage`.
#[derive(Debug, clap::Args)]
pub struct CoverageArgs {
    /// Try the faulty implementations of cases/faults.yaml instead
    #[arg(long)]
    pub faults: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = CoverageFormat::Human)]
    pub format: CoverageFormat,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// How coverage is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// Text for people
    Human,
    /// One object, for programs
    Json,
    /// The page docs/clauses.md
    Md,
}

/// Arguments of `emit`.
#[derive(Debug, clap::Args)]
pub struct EmitArgs {
    /// The folder: a new or empty one, or that of an earlier emit
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write nothing; list the files that differ
    #[arg(long)]
    pub check: bool,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Arguments of `adapter setup`.
#[derive(Debug, clap::Args)]
pub struct SetupArgs {
    /// Adapters: id or id@version [default: all bundled ones; those that
    /// cannot be set up are left out]
    #[arg(value_name = "ID", verbatim_doc_comment)]
    pub ids: Vec<String>,
}

/// Arguments of `adapter new`.
#[derive(Debug, clap::Args)]
pub struct NewAdapterArgs {
    /// The language, or filter for any program from IPC to IPC
    #[arg(long = "lang", value_name = "LANG", value_enum)]
    pub language: Language,
    /// Its id, and the name of its folder
    pub name: String,
    /// The folder [default: adapters/NAME of the checkout]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Arguments of `adapter check` and `adapter probe`.
#[derive(Debug, clap::Args)]
pub struct ProofArgs {
    /// A bundled adapter, id or id@version, or one of your own:
    /// KIND:COMMAND as for run --adapter
    #[arg(value_name = "ADAPTER", verbatim_doc_comment)]
    pub adapter: String,
    /// The kit that adapters load [default: built from the checkout]
    #[arg(long, value_name = "PATH")]
    pub kit: Option<PathBuf>,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Arguments of `expect update`.
#[derive(Debug, clap::Args)]
pub struct ExpectUpdateArgs {
    /// Adapters: id or id@version [default: all in the report]
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// The report, or its folder [default: target/conformance]
    #[arg(long, value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// Change nothing; tell what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `expect lint`.
#[derive(Debug, clap::Args)]
pub struct ExpectLintArgs {
    /// What is printed
    #[arg(long, value_enum, default_value_t = PlainFormat::Human)]
    pub format: PlainFormat,
    /// Adapters: id or id@version [default: all]
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Folder of the cases [default: cases/ of the checkout]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Arguments of `report html`.
#[derive(Debug, clap::Args)]
pub struct HtmlArgs {
    /// The report, or its folder [default: target/conformance]
    #[arg(value_name = "REPORT")]
    pub report: Option<PathBuf>,
    /// The page; - is standard output [default: index.html by the report]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The folder, which is made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Arguments of `serve-library`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// The shared library
    pub path: PathBuf,
}

/// Arguments of `serve-filter`.
#[derive(Debug, clap::Args)]
pub struct ServeFilterArgs {
    /// What is said of it, as JSON
    #[arg(long, value_name = "JSON", value_parser = from_json::<Claims>, default_value = "{}")]
    pub claims: Claims,
    /// Program and arguments, with placeholders
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// Arguments of `serve-archery`.
#[derive(Debug, clap::Args)]
pub struct ServeArcheryArgs {
    /// The executables and what is said of them, as JSON
    #[arg(value_name = "JSON", value_parser = from_json::<Archery>)]
    pub archery: Archery,
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
