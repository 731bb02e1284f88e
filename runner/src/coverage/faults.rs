//! Faulty implementations × the cases that catch them.

use serde::Serialize;

use crate::case::error::CaseError;
use crate::case::suite::{Folder, Suite};
use crate::faults::catches::{self, Catch};
use crate::faults::file;
use crate::faults::subject::subjects;

/// Cases of a fault that are named; there may be hundreds.
const MOST_NAMES: usize = 3;

/// What catches each fault.
#[derive(Debug, Serialize)]
pub struct FaultCoverage {
    /// The faults in the order of their file.
    pub faults: Vec<Catch>,
    /// Faults that the very same cases catch.
    pub alike: Vec<Vec<String>>,
}

impl FaultCoverage {
    /// Tries every fault of a folder of cases on the bytes of all cases.
    pub fn of(folder: &Folder, suite: &Suite) -> Result<Self, CaseError> {
        let faults = file::load(&folder.path, &folder.shown_as, &suite.registry)?;
        let faults = catches::all(&faults, &subjects(suite), &suite.registry.clauses);
        let alike = catches::alike(&faults);
        Ok(Self { faults, alike })
    }

    /// Faults that nothing catches, and faults that nothing tells apart.
    pub fn problems(&self) -> Vec<String> {
        let uncaught = self.faults.iter().filter(|fault| fault.cases.is_empty());
        let uncaught = uncaught.map(|fault| format!("no case catches {}, which {}", fault.id, fault.does));
        let alike = self.alike.iter().map(|ids| format!("the very same cases catch {}", ids.join(", ")));
        uncaught.chain(alike).collect()
    }

    /// A line a fault, for a terminal.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for fault in &self.faults {
            let names: Vec<&str> = fault.cases.iter().take(MOST_NAMES).map(String::as_str).collect();
            let more = fault.cases.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(format!("{} ({})", fault.id, fault.does));
            lines.push(format!("    {:>4}  {}{more}", fault.cases.len(), names.join(", ")));
        }
        let caught = self.faults.iter().filter(|fault| !fault.cases.is_empty()).count();
        lines.push(format!("{caught} of {} faulty implementations are caught", self.faults.len()));
        lines.join("\n") + "\n"
    }
}
