//! What the cases cover.
//!
//! | module | holds |
//! |---|---|
//! | [`clauses`] | rules of the format × the cases that check them |
//! | [`faults`] | faulty implementations × the cases that catch them |
//! | [`text`] | the same, as text for a terminal |
//! | [`page`] | the same, as `docs/clauses.md` |

pub mod clauses;
pub mod faults;
pub mod page;
pub mod text;

use serde::Serialize;

use crate::case::suite::Suite;
use clauses::ClauseCoverage;

/// What the cases of a suite cover.
#[derive(Debug, Serialize)]
pub struct Coverage {
    /// Rules of the format.
    pub clauses: ClauseCoverage,
}

impl Coverage {
    /// Of all cases.
    pub fn of(suite: &Suite) -> Self {
        Self { clauses: ClauseCoverage::of(suite) }
    }

    /// What is not as it must be; empty when the cases cover enough.
    pub fn problems(&self) -> Vec<String> {
        self.clauses.problems()
    }
}
