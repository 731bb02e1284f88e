//! `arrowipc adapter check` and `arrowipc adapter probe`: one adapter, put to the proof.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::{Format, ProofArgs};
use super::setup::{of_setup, runner};
use super::{AS_EXPECTED, Failure, INFRASTRUCTURE, UNEXPECTED};
use crate::adapter::setup::{Adapter, Packages, build, bundled, from_spec, prepare};
use crate::case::suite::Suite;
use crate::progress::Progress;
use crate::proof::claims::{Truth, probe};
use crate::proof::conduct::{Outcome, prove};
use crate::workspace::Workspace;

pub(super) fn check(args: &ProofArgs) -> Result<u8, Failure> {
    let subject = Subject::of(args)?;
    let findings = prove(&subject.adapter, &subject.suite, &subject.kit).map_err(Failure::infrastructure)?;
    for finding in &findings {
        match args.format {
            Format::Jsonl => println!("{}", serde_json::to_string(finding).map_err(Failure::infrastructure)?),
            Format::Human => {
                let word = match finding.outcome {
                    Outcome::Kept => "ok  ",
                    Outcome::Broken => "FAIL",
                    Outcome::Open => "open",
                };
                println!("{word} {:<52} {}", finding.rule, indented(&finding.found));
            }
        }
    }
    let broken = findings.iter().filter(|finding| finding.outcome == Outcome::Broken).count();
    if args.format == Format::Human {
        println!("{}: {} rules, {broken} broken", subject.adapter.id, findings.len());
    }
    // An adapter that does not start has shown nothing.
    let starts = findings.first().is_some_and(|finding| finding.outcome == Outcome::Kept);
    Ok(match (starts, broken) {
        (false, _) => INFRASTRUCTURE,
        (true, 0) => AS_EXPECTED,
        (true, _) => UNEXPECTED,
    })
}

pub(super) fn probe_claims(args: &ProofArgs) -> Result<u8, Failure> {
    let subject = Subject::of(args)?;
    let rows = probe(&subject.adapter, &subject.suite, &subject.kit).map_err(Failure::infrastructure)?;
    let rows = rows.map_err(|reason| Failure::infrastructure(format!("{} {reason}", subject.adapter.id)))?;
    if args.format == Format::Jsonl {
        for row in &rows {
            println!("{}", serde_json::to_string(row).map_err(Failure::infrastructure)?);
        }
    } else {
        let mut counts: BTreeMap<Truth, usize> = BTreeMap::new();
        for row in &rows {
            *counts.entry(row.truth).or_default() += 1;
            let (passed, run) = row.passed;
            let message = if row.message.is_empty() { String::new() } else { format!("  {}", one_line(&row.message)) };
            println!("{:<24} {:<5}  {:<23} {passed}/{run}{message}", row.feature, row.direction, row.truth.name());
        }
        let counts: Vec<String> = counts.iter().map(|(truth, count)| format!("{count} {}", truth.name())).collect();
        println!("{}: {}", subject.adapter.id, counts.join(" · "));
    }
    let all_true = rows.iter().all(|row| row.truth != Truth::FalseClaim);
    Ok(if all_true { AS_EXPECTED } else { UNEXPECTED })
}

/// An adapter that is ready, and what it is held against.
struct Subject {
    adapter: Adapter,
    suite: Suite,
    kit: PathBuf,
}

impl Subject {
    fn of(args: &ProofArgs) -> Result<Self, Failure> {
        let suite = super::list::load(args.cases.clone(), 0)?;
        let progress = Progress::on_stderr();
        let workspace = Workspace::find();
        let kit = match (&args.kit, &workspace) {
            (Some(kit), _) => std::path::absolute(kit).map_err(Failure::usage)?,
            (None, Ok(workspace)) => {
                build(workspace, &["arrowipc-kit"], &progress).map_err(Failure::infrastructure)?;
                workspace.kit()
            }
            (None, Err(error)) => return Err(Failure::usage(error)),
        };
        let adapter = if args.adapter.contains(':') {
            from_spec(&args.adapter, &runner()?).map_err(of_setup)?
        } else {
            let workspace = workspace.as_ref().map_err(Failure::usage)?;
            let found = bundled::find(&args.adapter, workspace).map_err(of_setup)?;
            prepare(&found, workspace, &runner()?, Packages::Build, &progress).map_err(of_setup)?
        };
        progress.finish();
        Ok(Self { adapter, suite, kit })
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n     ")
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(100).collect()
}
