//! Every valid input that the suite lays out is read by somebody, or its case says why not: a case on whose side nobody is, is wrong
//! more often than all implementations are.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::Breach;
use crate::case::file::{CaseResult, Through};
use crate::case::variant::Variant;
use crate::run::result::CellResult;

/// Who read what the suite laid out.
#[derive(Debug, Default)]
pub struct Agreement {
    cases: BTreeMap<String, Readers>,
}

/// What came of the variants of a case.
#[derive(Debug, Default)]
struct Readers {
    place: String,
    alone: bool,
    unread: BTreeSet<String>,
}

impl Agreement {
    /// Notes the cells of a variant.
    pub fn note(&mut self, variant: &Variant, cells: &[CellResult]) {
        let case = &variant.case;
        if variant.through != Through::Suite || case.result != CaseResult::Valid || cells.is_empty() {
            return;
        }
        let readers = self.cases.entry(case.name.clone()).or_default();
        readers.place = format!("{}:{}", case.file.display(), case.line);
        readers.alone = case.alone.is_some();
        if !cells.iter().any(|cell| cell.verdict.is_success()) {
            readers.unread.insert(variant.name.clone());
        }
    }

    /// Valid inputs that nobody reads and that do not say why, and cases that say so in vain.
    pub fn breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for (name, Readers { place, alone, unread }) in &self.cases {
            if *alone && unread.is_empty() {
                let problem = format!("{place}: '{name}' says why it is alone, and all its variants are read");
                breaches.push(Breach { problem, edit: format!("remove alone at {place}") });
            }
            if let Some(first) = unread.first().filter(|_| !alone) {
                let more = if unread.len() == 1 { String::new() } else { format!(", nor {} more", unread.len() - 1) };
                let problem = format!("{place}: no implementation reads '{first}'{more}, which is valid");
                let edit =
                    format!("mend the case; when all implementations are wrong, say so with alone: \"…\" at {place}");
                breaches.push(Breach { problem, edit });
            }
        }
        breaches
    }
}
