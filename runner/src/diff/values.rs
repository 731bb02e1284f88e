//! Values, row by row.

use arrowipc_kit::value::{Canonical, Field, Value};

use super::schema::step;
use super::{DiffError, Difference, Kind, halted};
use crate::progress::Progress;
use crate::wire::decode::{Reader, RecordBatch};

/// Rows that are decoded at a time.
const ROWS: usize = 1 << 12;
/// Characters of a value that are told.
const SHOWN: usize = 80;

/// The rows of an input, one part after the other.
pub(super) struct Rows<'a> {
    reader: Reader<'a>,
    name: &'a str,
    batch: Option<RecordBatch<'a>>,
    /// The first row of the batch that is not decoded.
    next: usize,
    /// The decoded rows, by column…
    columns: Vec<Vec<Value>>,
    /// …how many they are, and how many of them have been compared.
    decoded: usize,
    compared: usize,
    /// All rows that have been compared.
    total: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(reader: Reader<'a>, name: &'a str) -> Self {
        let columns = Vec::new();
        Rows { reader, name, batch: None, next: 0, columns, decoded: 0, compared: 0, total: 0 }
    }

    /// Decodes more rows unless some are left, and tells how many are.
    fn fill(&mut self) -> Result<usize, DiffError> {
        while self.compared == self.decoded {
            match &self.batch {
                Some(batch) if self.next < batch.rows => {
                    let end = batch.rows.min(self.next + ROWS);
                    let rows = self.next..end;
                    let columns = (0..batch.arrays.len()).map(|column| self.reader.values(batch, column, rows.clone()));
                    self.columns = match columns.collect::<Result<_, _>>() {
                        Ok(columns) => columns,
                        Err(_) => return Err(halted(self.name, self.reader.violations())),
                    };
                    (self.decoded, self.compared, self.next) = (end - self.next, 0, end);
                }
                _ => {
                    self.batch = self.reader.next_batch();
                    self.next = 0;
                    if self.batch.is_none() {
                        let damaged = self.reader.is_incomplete() || self.reader.is_too_large();
                        return if damaged { Err(halted(self.name, self.reader.violations())) } else { Ok(0) };
                    }
                }
            }
        }
        Ok(self.decoded - self.compared)
    }

    /// Where a row lies that has been decoded.
    fn place(&self, row: usize) -> String {
        let batch = self.batch.as_ref().map_or(0, |batch| batch.index);
        format!("row {} of batch {batch}", self.next - self.decoded + row)
    }

    fn take(&mut self, rows: usize) {
        self.compared += rows;
        self.total += rows as u64;
    }
}

pub(super) fn differences([mut a, mut b]: [Rows; 2], progress: &Progress) -> Result<Vec<Difference>, DiffError> {
    let (fields_a, fields_b) = (a.reader.schema().fields.clone(), b.reader.schema().fields.clone());
    let mut found: Vec<Option<Difference>> = fields_a.iter().zip(&fields_b).map(|_| None).collect();
    loop {
        let rows = a.fill()?.min(b.fill()?);
        if rows == 0 {
            break;
        }
        progress.doing(&format!("comparing row {}", a.total));
        for (column, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
            let values = |side: &Rows| side.compared..side.compared + rows;
            let (left, right) = (&a.columns[column][values(&a)], &b.columns[column][values(&b)]);
            let Some(row) = left.iter().zip(right).position(|(left, right)| left != right) else { continue };
            let path = step("", &fields_a[column], column);
            let (path, left, right) = inner(path, &fields_a[column], &left[row], &right[row]);
            let (in_a, in_b) = (a.place(a.compared + row), b.place(b.compared + row));
            let place = match in_a == in_b {
                true => format!("{path}, row {} ({in_a})", a.total + row as u64),
                false => format!("{path}, row {} ({in_a}; {in_b})", a.total + row as u64),
            };
            *found = Some(Difference { kind: Kind::Values, place, a: left, b: right });
        }
        a.take(rows);
        b.take(rows);
    }
    let mut found: Vec<Difference> = found.into_iter().flatten().collect();
    let (a, b) = (rest(a)?, rest(b)?);
    if a != b {
        found.push(Difference { kind: Kind::Values, place: "rows".to_owned(), a: a.to_string(), b: b.to_string() });
    }
    Ok(found)
}

/// How many rows there are in all.
fn rest(mut rows: Rows) -> Result<u64, DiffError> {
    while let left @ 1.. = rows.fill()? {
        rows.take(left);
    }
    Ok(rows.total)
}

/// Where two values differ within, and in what.
fn inner(path: String, field: &Field, a: &Value, b: &Value) -> (String, String, String) {
    let child = |position: usize| field.children.get(position).unwrap_or(field);
    match (a, b) {
        (Value::List(items_a), Value::List(items_b)) => {
            let differs = items_a.iter().zip(items_b).position(|(a, b)| a != b);
            match differs {
                Some(item) => inner(format!("{path}[{item}]"), child(0), &items_a[item], &items_b[item]),
                None => (path, format!("{} items", items_a.len()), format!("{} items", items_b.len())),
            }
        }
        (Value::Struct(members_a), Value::Struct(members_b)) if members_a.len() == members_b.len() => {
            match members_a.iter().zip(members_b).position(|(a, b)| a != b) {
                Some(member) => {
                    let path = step(&path, child(member), member);
                    inner(path, child(member), &members_a[member], &members_b[member])
                }
                None => (path, shown(a), shown(b)),
            }
        }
        _ => (path, shown(a), shown(b)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.canonical();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
