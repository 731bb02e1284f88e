//! The command line.

pub mod args;
mod cast;
mod cat;
mod check;
mod convert;
mod coverage;
mod diff;
mod emit;
mod expect;
mod explain;
mod fmt;
mod inputs;
mod inspect;
mod lint;
mod list;
mod manual;
mod new;
mod new_adapter;
mod output;
mod recover;
mod report;
mod run;
mod setup;
mod validate;

use std::process::ExitCode;

use args::{AdapterCommand, Args, CaseCommand, Command, ExpectCommand, ReportCommand};
use clap::Parser;

/// Everything as expected.
pub const AS_EXPECTED: u8 = 0;
/// Unexpected results or violations.
pub const UNEXPECTED: u8 = 1;
/// Wrong usage or configuration.
pub const USAGE: u8 = 2;
/// The surroundings failed: an adapter does not start, a package cannot be installed.
pub const INFRASTRUCTURE: u8 = 3;

/// What ends a command early: its exit code and what is said.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    fn usage(text: impl ToString) -> Self {
        Self { code: USAGE, text: text.to_string() }
    }

    /// Nobody reads the rest of what is printed, which is no error, or it cannot be written.
    fn output(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { code: AS_EXPECTED, text: String::new() },
            _ => Self::infrastructure(format!("cannot write the output: {error}")),
        }
    }

    fn infrastructure(text: impl ToString) -> Self {
        Self { code: INFRASTRUCTURE, text: text.to_string() }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Run(args) => run::run(args),
        Command::List(args) => list::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Case(CaseCommand::Lint(args)) => lint::run(&args),
        Command::Case(CaseCommand::New(args)) => new::run(&args),
        Command::Case(CaseCommand::Fmt(args)) => fmt::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Emit(args) => emit::run(&args),
        Command::Adapter(AdapterCommand::Setup(args)) => setup::run(&args),
        Command::Expect(ExpectCommand::Update(args)) => expect::update_files(&args),
        Command::Expect(ExpectCommand::Lint(args)) => expect::lint(&args),
        Command::Adapter(AdapterCommand::New(args)) => new_adapter::run(&args),
        Command::Adapter(AdapterCommand::Check(args)) => check::check(&args),
        Command::Adapter(AdapterCommand::Probe(args)) => check::probe_claims(&args),
        Command::Report(ReportCommand::Html(args)) => report::html(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Cat(args) => cat::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Report(ReportCommand::Junit(args)) => report::forms::junit(&args),
        Command::Report(ReportCommand::Tap(args)) => report::forms::tap(&args),
        Command::Report(ReportCommand::Csv(args)) => report::forms::csv(&args),
        Command::Report(ReportCommand::Md(args)) => report::forms::md(&args),
        Command::Report(ReportCommand::Github(args)) => report::forms::github(&args),
        Command::Report(ReportCommand::Badge(args)) => report::forms::badge(&args),
        Command::Report(ReportCommand::Status(args)) => report::forms::status(&args),
        Command::Report(ReportCommand::Merge(args)) => report::several::merge(&args),
        Command::Report(ReportCommand::Compare(args)) => report::several::compare(&args),
        Command::Report(ReportCommand::Claims(args)) => report::several::claims(&args),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
        Command::ServeLibrary(args) => return crate::library::serve(&args.path),
        Command::ServeFilter(args) => return crate::filter::serve(args.command, args.claims),
        Command::ServeArchery(args) => return crate::archery::serve(&args.archery),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if !failure.text.is_empty() {
                eprintln!("error: {}", failure.text);
            }
            ExitCode::from(failure.code)
        }
    }
}
