//! A status table that people keep by hand, held against a measured one.
//!
//! Tables are grids of reStructuredText, as on Arrow's implementation status page, or Markdown's: rows of cells between bars. A cell
//! with a check mark claims support, with a note in parentheses perhaps; an empty one does not.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::status::{Entry, Evidence, Status, Support};

/// What a measurement says of what a table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// Said, and measured in reading and in writing.
    Holds,
    /// Said; some results fail, or only one side has it.
    Partly,
    /// Said, and no result shows it.
    False,
    /// Not said, and measured in reading or in writing.
    Unsaid,
    /// Not said, and not there.
    Absent,
    /// No result is about it.
    Unknown,
}

impl Truth {
    /// Every truth, in the order in which they are told.
    pub const ALL: &[Self] = &[Self::False, Self::Partly, Self::Unsaid, Self::Unknown, Self::Holds, Self::Absent];

    fn words(self) -> &'static str {
        match self {
            Self::Holds => "claimed, measured",
            Self::Partly => "claimed, measured in part",
            Self::False => "CLAIMED, NOT MEASURED",
            Self::Unsaid => "not claimed, measured",
            Self::Absent => "not claimed, not measured",
            Self::Unknown => "no result is about it",
        }
    }
}

/// A cell of the table that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The line of the table's file.
    pub line: usize,
    /// The row.
    pub row: String,
    /// The column.
    pub column: String,
    /// The cell.
    pub said: String,
    /// The implementation that was measured.
    pub implementation: String,
    /// What was measured.
    pub measured: Entry,
    /// What that comes to.
    pub truth: Truth,
}

/// A table that cannot be held against anything.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// There is no table.
    #[error(
        "no table is in it: rows of cells between '|' are expected, the first of them the names of the implementations"
    )]
    NoTable,
    /// No column is known.
    #[error("no column is one of the report's implementations, {known}; say which is which with --column 'NAME=ID'")]
    NoColumn {
        /// The implementations of the report.
        known: String,
    },
    /// `--column` names something that is not there.
    #[error("'{named}': {what} is none of {known}")]
    NotThere {
        /// The argument.
        named: String,
        /// The part that is not there.
        what: String,
        /// What there is.
        known: String,
    },
}

/// A row of cells and its line.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    number: usize,
    cells: Vec<String>,
}

/// Holds the tables of a text against a measured status. `columns` name implementations of the report by columns of the table; others
/// are known by their ids. Rows that are not measured, and tables without a known column, are passed over.
pub fn claims(text: &str, status: &Status, columns: &[(String, String)]) -> Result<Vec<Claim>, ClaimsError> {
    let tables = tables(text);
    if tables.is_empty() {
        return Err(ClaimsError::NoTable);
    }
    let headings: Vec<&String> = tables.iter().flat_map(|(heading, _)| &heading[1..]).collect();
    let is_party = |index: usize, name: &str| status.names[index] == name || status.implementations[index] == name;
    let position = |name: &str| (0..status.names.len()).find(|index| is_party(*index, name));
    let known = || status.names.join(", ");
    let mut meant: BTreeMap<&str, usize> = BTreeMap::new();
    for (column, id) in columns {
        let named = format!("{column}={id}");
        if !headings.contains(&column) {
            let there: Vec<&str> = headings.iter().map(|heading| heading.as_str()).collect();
            return Err(ClaimsError::NotThere { named, what: column.clone(), known: there.join(", ") });
        }
        let Some(index) = position(id) else {
            return Err(ClaimsError::NotThere { named, what: id.clone(), known: known() });
        };
        meant.insert(column, index);
    }
    for heading in &headings {
        if let Some(index) = position(heading) {
            meant.entry(heading).or_insert(index);
        }
    }
    if meant.is_empty() {
        return Err(ClaimsError::NoColumn { known: known() });
    }
    let measured = |label: &str, index: usize| {
        let rows = status.sections.iter().flat_map(|section| &section.rows);
        rows.filter(|row| row.label.eq_ignore_ascii_case(label)).find_map(|row| row.entries.get(index))
    };
    let mut claims = Vec::new();
    for (heading, lines) in &tables {
        for line in lines {
            for (column, said) in heading.iter().zip(&line.cells).skip(1) {
                let Some(&index) = meant.get(column.as_str()) else { continue };
                let Some(entry) = measured(&line.cells[0], index) else { continue };
                claims.push(Claim {
                    line: line.number,
                    row: line.cells[0].clone(),
                    column: column.clone(),
                    said: said.clone(),
                    implementation: status.implementations[index].clone(),
                    truth: truth(is_claim(said), entry),
                    measured: entry.clone(),
                });
            }
        }
    }
    Ok(claims)
}

fn is_claim(cell: &str) -> bool {
    cell.contains(['✓', '✔', '✅']) || ["yes", "y", "x"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn truth(claimed: bool, entry: &Entry) -> Truth {
    let any = |supports: &[Support]| entry.sides().any(|side| supports.contains(&side.support()));
    match claimed {
        true if entry.sides().all(|side| side.support() == Support::Yes) => Truth::Holds,
        true if any(&[Support::Yes, Support::Partly]) => Truth::Partly,
        false if any(&[Support::Yes, Support::Partly]) => Truth::Unsaid,
        _ if !any(&[Support::No, Support::Unclaimed]) => Truth::Unknown,
        true => Truth::False,
        false => Truth::Absent,
    }
}

/// The tables of a text: the names of the columns, and the rows.
fn tables(text: &str) -> Vec<(Vec<String>, Vec<Line>)> {
    let mut tables: Vec<(Vec<String>, Vec<Line>)> = Vec::new();
    let mut heading: Vec<String> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate().map(|(index, line)| (index, line.trim())) {
        let is_rule = line.len() > 2 && line.chars().all(|c| "+-=|: ".contains(c));
        if is_rule {
            // The rule below the names opens the rows: of = in a grid, any in Markdown.
            if !heading.is_empty() && (line.contains('=') || line.starts_with('|')) {
                tables.push((std::mem::take(&mut heading), Vec::new()));
                open = true;
            }
        } else if line.starts_with('|') {
            let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
            match tables.last_mut().filter(|_| open) {
                Some((_, lines)) => lines.push(Line { number: index + 1, cells }),
                // Names may go on in a second line.
                None if heading.is_empty() => heading = cells,
                None => {
                    for (name, more) in heading.iter_mut().zip(&cells) {
                        *name = format!("{name} {more}").trim().to_owned();
                    }
                }
            }
        } else {
            open = false;
            heading.clear();
        }
    }
    tables
}

/// The claims for people: what is wrong one by one, then how many there are.
pub fn text(claims: &[Claim], table: &str) -> String {
    let mut out = String::new();
    for truth in [Truth::False, Truth::Partly, Truth::Unsaid] {
        for claim in claims.iter().filter(|claim| claim.truth == truth) {
            let Claim { line, row, column, implementation, measured, .. } = claim;
            let _ = writeln!(out, "{table}:{line}: {row}, {column}: {}", truth.words());
            let _ = writeln!(out, "     {implementation}: {}", told(measured));
        }
    }
    for truth in Truth::ALL {
        let count = claims.iter().filter(|claim| claim.truth == *truth).count();
        if count > 0 {
            let _ = writeln!(out, "{count:5}  {}", truth.words());
        }
    }
    out
}

fn told(entry: &Entry) -> String {
    let side = |word: &str, evidence: &Evidence| {
        let text = match evidence.support() {
            Support::Unclaimed => "not claimed".to_owned(),
            Support::Unknown => "no result".to_owned(),
            _ => format!("{} of {}", evidence.passed, evidence.judged()),
        };
        let first = evidence.first_failure.as_ref().map_or_else(String::new, |case| format!(", not {case}"));
        format!("{word} {text}{first}")
    };
    let reads = entry.read.iter().map(|evidence| side("reads", evidence));
    let told: Vec<String> = reads.chain(entry.write.iter().map(|evidence| side("writes", evidence))).collect();
    format!("{}: {}", entry.feature, told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_and_markdown_are_read_alike() {
        let grid = "Text\n\n+---+-----+\n| T | C++ |\n| n |     |\n+===+=====+\n| A | ✓ (1) |\n+---+-----+\n| B |  |\n+---+---+\n\nText\n";
        let markdown = "| T n | C++ |\n|---|:-:|\n| A | ✓ (1) |\n| B | |\n";
        let rows = |numbers: [usize; 2]| {
            let line = |number, cells: [&str; 2]| Line { number, cells: cells.map(str::to_owned).to_vec() };
            vec![line(numbers[0], ["A", "✓ (1)"]), line(numbers[1], ["B", ""])]
        };
        let heading = vec!["T n".to_owned(), "C++".to_owned()];
        assert_eq!(tables(grid), [(heading.clone(), rows([7, 9]))]);
        assert_eq!(tables(markdown), [(heading, rows([3, 4]))]);
    }

    #[test]
    fn a_text_without_rows_has_no_table() {
        assert_eq!(tables("a | b\n---\n"), []);
    }
}
