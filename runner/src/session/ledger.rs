//! What is found, held against what is known, counted, and written as the lines of a report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Findings;
use crate::case::variant::Variant;
use crate::expect::additions::additions;
use crate::expect::agreement::Agreement;
use crate::expect::contract::{Contract, Parties};
use crate::report::glossary::Glossary;
use crate::report::line::{CaseLine, Footer, Header, Line};
use crate::run::engine::VariantResults;
use crate::run::result::{ArtifactResult, CellResult};

/// Results on their way into a report.
pub struct Ledger<'a> {
    contract: Contract,
    agreement: Agreement,
    glossary: Glossary,
    findings: Findings,
    as_told: bool,
    told_breaches: Vec<String>,
    write: &'a mut dyn FnMut(Line),
}

impl<'a> Ledger<'a> {
    /// A ledger with its header written.
    pub fn open(header: Header, contract: Contract, glossary: Glossary, write: &'a mut dyn FnMut(Line)) -> Self {
        write(Line::Header(header.clone()));
        let footer = Footer {
            complete: true,
            cells: 0,
            artifacts: 0,
            counts: BTreeMap::new(),
            observations: 0,
            unexpected: 0,
            breaches: Vec::new(),
        };
        let findings = Findings {
            header,
            artifacts: Vec::new(),
            cells: Vec::new(),
            footer,
            breaches: Vec::new(),
            additions: Vec::new(),
            report: PathBuf::new(),
        };
        Self {
            contract,
            agreement: Agreement::default(),
            glossary,
            findings,
            as_told: false,
            told_breaches: Vec::new(),
            write,
        }
    }

    /// Results that were held against the lists before stay expected or not, as they tell; so do these breaches of lists that are
    /// not at hand.
    pub fn as_told(self, breaches: Vec<String>) -> Self {
        Self { as_told: true, told_breaches: breaches, ..self }
    }

    /// Adds the results of the next variant.
    pub fn add(&mut self, variant: &Variant, results: VariantResults) {
        let case = CaseLine::from(variant);
        self.glossary.before_case(&case).into_iter().for_each(|term| (self.write)(Line::Term(term)));
        (self.write)(Line::Case(case));
        self.agreement.note(variant, &results.cells);
        let footer = &mut self.findings.footer;
        for mut artifact in results.artifacts {
            let told = artifact.expected;
            self.contract.check_artifact(&mut artifact);
            artifact.expected = if self.as_told { told } else { artifact.expected };
            footer.artifacts += 1;
            footer.observations += u64::from(artifact.observation);
            footer.unexpected += u64::from(!artifact.expected);
            self.glossary.before_artifact(&artifact).into_iter().for_each(|term| (self.write)(Line::Term(term)));
            (self.write)(Line::Artifact(artifact.clone()));
            self.findings.artifacts.push(artifact);
        }
        for mut cell in results.cells {
            let told = cell.expected;
            self.contract.check_cell(&mut cell);
            cell.expected = if self.as_told { told } else { cell.expected };
            footer.cells += 1;
            footer.observations += u64::from(cell.observation);
            footer.unexpected += u64::from(!cell.expected);
            *footer.counts.entry(cell.verdict).or_default() += 1;
            (self.write)(Line::Cell(cell.clone()));
            self.findings.cells.push(cell);
        }
    }

    /// Writes the footer. `everything`: all cases were run, among these parties. `readers`: whether those read who read unless told
    /// otherwise.
    pub fn close(self, everything: Option<&Parties>, readers: bool) -> Findings {
        let Self { contract, agreement, mut findings, told_breaches, write, .. } = self;
        let all_up = findings.header.down.is_empty();
        findings.breaches = contract.breaches(everything.filter(|_| all_up));
        if readers && all_up {
            findings.breaches.extend(agreement.breaches());
        }
        findings.additions = entries(&findings.artifacts, &findings.cells, &contract);
        let found = findings.breaches.iter().map(|breach| breach.problem.clone());
        findings.footer.breaches = found.chain(told_breaches).collect();
        write(Line::Footer(findings.footer.clone()));
        findings
    }
}

/// For each adapter, the entries that would list its unlisted failures.
fn entries(artifacts: &[ArtifactResult], cells: &[CellResult], contract: &Contract) -> Vec<(String, String)> {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for addition in additions(artifacts, cells, |party| contract.name_of(party)) {
        files.entry(addition.adapter).or_default().push(addition.text("", None));
    }
    files.into_iter().map(|(adapter, entries)| (adapter.to_owned(), entries.join("\n"))).collect()
}
