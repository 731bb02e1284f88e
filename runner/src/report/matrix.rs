//! Who reads what from whom: the cells, counted by producer and consumer.

use std::collections::BTreeMap;

use super::line::Header;
use super::outcome::Standing;
use crate::run::result::CellResult;

/// The cells of a producer and a consumer, by where they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Standing, u64>);

/// The order in which a tally is told, and its words.
const WORDS: &[(Standing, &str)] = &[
    (Standing::Known, "known"),
    (Standing::Observed, "observed"),
    (Standing::Failed, "FAIL"),
    (Standing::Blocked, "blocked"),
    (Standing::NotRun, "not run"),
    (Standing::Unsupported, "n/a"),
];

impl Tally {
    /// One more.
    pub fn add(&mut self, standing: Standing) {
        *self.0.entry(standing).or_default() += 1;
    }

    /// How many stand there.
    pub fn count(&self, standing: Standing) -> u64 {
        self.0.get(&standing).copied().unwrap_or_default()
    }

    /// Whether somebody has to do something about one of them.
    pub fn is_bad(&self) -> bool {
        self.0.keys().any(|standing| standing.is_bad())
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ok", self.count(Standing::Passed))?;
        for (standing, word) in WORDS {
            match self.count(*standing) {
                0 => {}
                n => write!(f, ", {n} {word}")?,
            }
        }
        Ok(())
    }
}

/// A row for each producer, in it an entry for each consumer; none where no cell is.
pub fn matrix<'a>(header: &'a Header, cells: &[CellResult]) -> Vec<(&'a str, Vec<Option<Tally>>)> {
    let mut tallies: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
    for cell in cells {
        let standing = Standing::of(cell.verdict, cell.expected, cell.observation);
        tallies.entry((&cell.producer, &cell.consumer)).or_default().add(standing);
    }
    let row = |producer: &'a String| {
        let entries = header.consumers.iter().map(|consumer| tallies.get(&(producer, consumer)).cloned());
        (producer.as_str(), entries.collect())
    };
    header.producers.iter().map(row).collect()
}
