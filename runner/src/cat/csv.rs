//! CSV as of RFC 4180: a header, cells between commas, quotes around those that need them. A null is an empty cell, and an empty text has quotes.

use std::io::{self, Write};

use arrowipc_kit::value::{Field, Value};
use serde_json::Value as Json;

use super::json::value;

pub(super) struct Writer {
    names: Vec<String>,
    fields: Vec<Field>,
    started: bool,
}

impl Writer {
    pub(super) fn new(names: Vec<String>, fields: Vec<Field>) -> Self {
        Writer { names, fields, started: false }
    }

    pub(super) fn rows(&mut self, columns: &[Vec<Value>], rows: usize, out: &mut dyn Write) -> io::Result<()> {
        self.finish(out)?;
        for row in 0..rows {
            let cells = self.fields.iter().zip(columns).map(|(field, column)| match value(field, &column[row]) {
                Json::Null => String::new(),
                Json::String(text) => quoted(&text),
                json => quoted(&json.to_string()),
            });
            write!(out, "{}\r\n", cells.collect::<Vec<_>>().join(","))?;
        }
        Ok(())
    }

    /// Writes the header, if there was no row to write it.
    pub(super) fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.started, true) {
            write!(out, "{}\r\n", self.names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(","))?;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    match text.is_empty() || text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use arrowipc_kit::value::DataType;

    use super::*;

    #[test]
    fn cells_that_need_quotes_have_some() {
        let fields = vec![Field::new("a,b", DataType::Utf8), Field::new("n", DataType::Int8)];
        let mut writer = Writer::new(vec!["a,b".into(), "n".into()], fields);
        let text = |text: &str| Value::Text(text.into());
        let columns = [vec![text("x"), text(""), text("\"q\"\n"), Value::Null], vec![Value::Int(1); 4]];
        let mut out = Vec::new();
        writer.rows(&columns, 4, &mut out).unwrap();
        writer.finish(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a,b\",n\r\nx,1\r\n\"\",1\r\n\"\"\"q\"\"\n\",1\r\n,1\r\n");
    }
}
