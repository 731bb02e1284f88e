//! A table for people. Columns are as wide as the first rows need; longer cells are cut.

use std::io::{self, Write};

use arrowipc_kit::value::{Field, Value};
use serde_json::Value as Json;

use super::json::value;

/// Rows that the widths are taken from.
const MEASURED: usize = 256;
/// Characters of a cell.
const WIDEST: usize = 40;

pub(super) struct Writer {
    names: Vec<String>,
    fields: Vec<Field>,
    /// Nothing before the first row.
    widths: Option<Vec<usize>>,
}

/// A cell, and whether it is a number.
struct Cell {
    text: String,
    number: bool,
}

impl Writer {
    pub(super) fn new(names: Vec<String>, fields: Vec<Field>) -> Self {
        Writer { names: names.iter().map(|name| plain(name)).collect(), fields, widths: None }
    }

    pub(super) fn rows(&mut self, columns: &[Vec<Value>], rows: usize, out: &mut dyn Write) -> io::Result<()> {
        if self.widths.is_none() {
            let mut widths: Vec<usize> = self.names.iter().map(|name| name.chars().count()).collect();
            for cells in (0..rows.min(MEASURED)).map(|row| self.row(columns, row)) {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = cell.text.chars().count().max(*width);
                }
            }
            self.header(widths, out)?;
        }
        let widths = self.widths.as_deref().unwrap_or_default();
        for cells in (0..rows).map(|row| self.row(columns, row)) {
            line(&cells, widths, out)?;
        }
        Ok(())
    }

    fn row(&self, columns: &[Vec<Value>], row: usize) -> Vec<Cell> {
        self.fields.iter().zip(columns).map(|(field, column)| cell(field, &column[row])).collect()
    }

    /// Writes the header, if there was no row to write it.
    pub(super) fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.widths {
            Some(_) => Ok(()),
            None => self.header(self.names.iter().map(|name| name.chars().count()).collect(), out),
        }
    }

    fn header(&mut self, widths: Vec<usize>, out: &mut dyn Write) -> io::Result<()> {
        let cell = |text: String| Cell { text, number: false };
        line(&self.names.iter().map(|name| cell(name.clone())).collect::<Vec<_>>(), &widths, out)?;
        line(&widths.iter().map(|width| cell("-".repeat(*width))).collect::<Vec<_>>(), &widths, out)?;
        self.widths = Some(widths);
        Ok(())
    }
}

fn line(cells: &[Cell], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let padded = cells.iter().zip(widths).map(|(Cell { text, number }, width)| match number {
        true => format!("{text:>width$}"),
        false => format!("{text:width$}"),
    });
    writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())
}

fn cell(field: &Field, of: &Value) -> Cell {
    let json = value(field, of);
    let number = json.is_number();
    Cell { text: if let Json::String(text) = &json { plain(text) } else { plain(&json.to_string()) }, number }
}

/// A text in one line, with characters that terminals obey escaped, and cut if it is long.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (count, char) in text.chars().enumerate() {
        match char {
            _ if count == WIDEST => return plain + "…",
            char if char.is_control() => plain.extend(char.escape_default()),
            char => plain.push(char),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use arrowipc_kit::value::DataType;

    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_texts_to_the_left() {
        let fields = vec![Field::new("n", DataType::Int8), Field::new("text", DataType::Utf8)];
        let mut writer = Writer::new(vec!["n".into(), "text".into()], fields);
        let columns = [
            vec![Value::Int(-100), Value::Null, Value::Int(2)],
            vec![Value::Text("a\u{1b}[31m".into()), Value::Text("x".repeat(50).into()), Value::Null],
        ];
        let mut out = Vec::new();
        writer.rows(&columns, 3, &mut out).unwrap();
        let cut = "x".repeat(40) + "…";
        let rule = "-".repeat(41);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("n     text\n----  {rule}\n-100  a\\u{{1b}}[31m\nnull  {cut}\n   2  null\n")
        );
    }

    #[test]
    fn no_rows_have_a_header() {
        let mut writer = Writer::new(vec!["n".into()], vec![Field::new("n", DataType::Int8)]);
        let mut out = Vec::new();
        writer.finish(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "n\n-\n");
    }
}
