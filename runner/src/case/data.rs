//! From `data` of a case to a canonical document with layouts.

use arrowipc_kit::value::{
    Batch, Column, Data, Document, Field, Generate, Layout, Metadata, ParseError, Schema, Value,
};
use serde_json::{Value as Json, json};

use super::error::{CaseError, Origin};
use super::file::DataFile;
use super::natural::{path_below, to_json};
use super::place::Path;

/// Keys of a column that are not its field's.
const VALUE_KEYS: &[&str] = &["values", "batches", "layout", "layouts", "gen"];

/// Builds the document that `data` at `path` describes.
pub fn read(data: &DataFile, origin: &Origin, path: &Path) -> Result<Document, CaseError> {
    let metadata = match &data.metadata {
        Some(pairs) => read_metadata(pairs, origin, &path.to("metadata"))?,
        None => Metadata::default(),
    };
    let mut columns = Vec::new();
    for (index, column) in data.columns.iter().enumerate() {
        columns.push(ColumnReader::new(column, origin, path.to("columns").to(index))?);
    }
    let schema = Schema { fields: columns.iter().map(|column| column.field.clone()).collect(), metadata };
    let document = match &data.generate {
        Some(size) => {
            let rules = columns.iter().map(|column| column.rule(origin)).collect::<Result<Vec<_>, _>>()?;
            let rule = json!({"batches": size.batches, "rows": size.rows, "columns": rules});
            let generate = Generate::from_json(&schema, &rule)
                .map_err(|error| origin.error(&path.to("generate"), in_words(&error)))?;
            if data.digest.is_none() {
                return Err(origin.error(path, "generated data need their digest, so that the generator cannot drift"));
            }
            Document { schema, data: Data::Generate(generate) }
        }
        None => Document { data: Data::Batches(read_batches(data, &columns, origin, path)?), schema },
    };
    document.check().map_err(|error| origin.error(path, in_words(&error)))?;
    Ok(document)
}

/// The document with every top-level field nullable, or with none so and without the rows that hold a null there.
pub fn with_nullable(document: &Document, nullable: bool) -> Result<Document, String> {
    let Data::Batches(batches) = &document.data else {
        return Err("the digest of generated data is that of one schema, so axis 'nullable' has no place here".into());
    };
    let mut schema = document.schema.clone();
    for field in &mut schema.fields {
        field.nullable = nullable;
    }
    let batches =
        if nullable { batches.clone() } else { batches.iter().map(without_nulls).collect::<Result<_, _>>()? };
    Ok(Document { schema, data: Data::Batches(batches) })
}

/// The columns of a projection, the batches of an order: what a consumer that reads so must see.
pub fn select(document: &Document, projection: Option<&[usize]>, order: Option<&[usize]>) -> Result<Document, String> {
    let fields = document.schema.fields.len();
    if let Some(wrong) = projection.and_then(|columns| columns.iter().find(|column| **column >= fields)) {
        return Err(format!("projection names column {wrong} of {fields}"));
    }
    let batches = document.batch_count();
    if let Some(wrong) = order.and_then(|order| order.iter().find(|index| **index >= batches)) {
        return Err(format!("order names batch {wrong} of {batches}"));
    }
    let Data::Batches(batches) = &document.data else {
        return match (projection, order) {
            (None, None) => Ok(document.clone()),
            _ => Err("generated data are read as a whole: projection and order have no digest".into()),
        };
    };
    let pick = |batch: &Batch| Batch {
        columns: projection.map_or_else(
            || batch.columns.clone(),
            |columns| columns.iter().map(|&column| batch.columns[column].clone()).collect(),
        ),
        ..batch.clone()
    };
    let schema = Schema {
        fields: projection.map_or_else(
            || document.schema.fields.clone(),
            |columns| columns.iter().map(|&column| document.schema.fields[column].clone()).collect(),
        ),
        metadata: document.schema.metadata.clone(),
    };
    let batches = match order {
        Some(order) => order.iter().map(|&index| pick(&batches[index])).collect(),
        None => batches.iter().map(pick).collect(),
    };
    Ok(Document { schema, data: Data::Batches(batches) })
}

/// A kit error without its path, which the place tells.
pub fn in_words(error: &ParseError) -> String {
    format!("expected {}, found {}", error.expected, error.found)
}

fn without_nulls(batch: &Batch) -> Result<Batch, String> {
    let kept: Vec<usize> =
        (0..batch.rows).filter(|&row| batch.columns.iter().all(|column| !column.values[row].is_null())).collect();
    if kept.len() == batch.rows {
        return Ok(batch.clone());
    }
    let columns = batch.columns.iter().map(|column| {
        let layout = column.layout.clone().map(|mut layout| {
            if layout.runs.is_some() {
                return Err("rows that hold a null are left out, but layout 'runs' counts them; pin axis 'nullable'");
            }
            layout.indices =
                layout.indices.map(|indices| kept.iter().filter_map(|&row| indices.get(row).copied()).collect());
            Ok(layout)
        });
        Ok(Column { values: kept.iter().map(|&row| column.values[row].clone()).collect(), layout: layout.transpose()? })
    });
    Ok(Batch { rows: kept.len(), metadata: batch.metadata.clone(), columns: columns.collect::<Result<_, &str>>()? })
}

fn read_metadata(yaml: &serde_yaml::Value, origin: &Origin, path: &Path) -> Result<Metadata, CaseError> {
    let json = to_json(yaml, origin, path)?;
    Metadata::from_json(&json).map_err(|error| origin.error(&path_below(path, &error.path), in_words(&error)))
}

fn read_batches(
    data: &DataFile,
    columns: &[ColumnReader],
    origin: &Origin,
    path: &Path,
) -> Result<Vec<Batch>, CaseError> {
    let mut batches: Vec<Batch> = match (&data.rows, columns.first()) {
        (Some(_), Some(_)) => {
            return Err(origin.error_at_key(&path.to("rows"), "rows are counted by the columns; leave this out"));
        }
        (Some(rows), None) => rows.iter().map(|&rows| Batch { rows, ..Batch::default() }).collect(),
        (None, None) => Vec::new(),
        (None, Some(first)) => vec![Batch::default(); first.batches(origin)?.len()],
    };
    for column in columns {
        let values = column.batches(origin)?;
        if values.len() != batches.len() {
            let message = format!("the first column has {} batches, this one {}", batches.len(), values.len());
            return Err(origin.error(&column.path, message));
        }
        let layouts = column.layouts(values.len(), origin)?;
        for (index, ((batch, (at, json)), layout)) in batches.iter_mut().zip(values).zip(layouts).enumerate() {
            let values = column.values(json, origin, &at)?;
            if batch.columns.is_empty() {
                batch.rows = values.len();
            } else if batch.rows != values.len() {
                let message =
                    format!("batch {index} has {} rows in the first column, {} in this one", batch.rows, values.len());
                return Err(origin.error(&at, message));
            }
            batch.columns.push(Column { values, layout });
        }
    }
    if let Some(metadata) = &data.batch_metadata {
        let path = path.to("batch_metadata");
        if metadata.len() != batches.len() {
            let message = format!("one list a batch: there are {} batches, {} lists", batches.len(), metadata.len());
            return Err(origin.error(&path, message));
        }
        for (index, (batch, pairs)) in batches.iter_mut().zip(metadata).enumerate() {
            batch.metadata = read_metadata(pairs, origin, &path.to(index))?;
        }
    }
    Ok(batches)
}

/// A column of a case: its field, and the rest as it is written.
struct ColumnReader {
    field: Field,
    json: Json,
    path: Path,
}

impl ColumnReader {
    fn new(yaml: &serde_yaml::Value, origin: &Origin, path: Path) -> Result<Self, CaseError> {
        let json = to_json(yaml, origin, &path)?;
        let field = Field::from_natural(&json, VALUE_KEYS)
            .map_err(|error| origin.error(&path_below(&path, &error.path), in_words(&error)))?;
        Ok(Self { field, json, path })
    }

    fn rule(&self, origin: &Origin) -> Result<Json, CaseError> {
        for key in ["values", "batches", "layout", "layouts"] {
            if self.json.get(key).is_some() {
                return Err(
                    origin.error_at_key(&self.path.to(key), "generated columns have gen, and no values or layout")
                );
            }
        }
        self.json.get("gen").cloned().ok_or_else(|| origin.error(&self.path, "a generated column needs gen: {algo: …}"))
    }

    /// The values of each batch, and where they stand.
    fn batches(&self, origin: &Origin) -> Result<Vec<(Path, &Json)>, CaseError> {
        if self.json.get("gen").is_some() {
            return Err(origin
                .error_at_key(&self.path.to("gen"), "gen needs generate: {batches: …, rows: …} beside the columns"));
        }
        match (self.json.get("values"), self.json.get("batches")) {
            (Some(values), None) => Ok(vec![(self.path.to("values"), values)]),
            (None, Some(Json::Array(batches))) => {
                let path = self.path.to("batches");
                Ok(batches.iter().enumerate().map(|(index, values)| (path.to(index), values)).collect())
            }
            (None, Some(_)) => {
                Err(origin.error(&self.path.to("batches"), "a list with the values of each batch is expected"))
            }
            (Some(_), Some(_)) => Err(origin.error(&self.path, "values (one batch) or batches (several), not both")),
            (None, None) => Err(origin.error(&self.path, "values (one batch) or batches (several) are missing")),
        }
    }

    fn values(&self, json: &Json, origin: &Origin, path: &Path) -> Result<Vec<Value>, CaseError> {
        let items = json.as_array().ok_or_else(|| origin.error(path, "a list of values is expected"))?;
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let value = Value::from_natural(&self.field, item).map_err(|error| {
                let at = path_below(&path.to(index), &error.path);
                origin.error(
                    &at,
                    format!("expected {} in column {}, found {}", error.expected, self.field.name, error.found),
                )
            })?;
            values.push(value);
        }
        Ok(values)
    }

    fn layouts(&self, batches: usize, origin: &Origin) -> Result<Vec<Option<Layout>>, CaseError> {
        let read = |json: &Json, path: Path| match json {
            Json::Object(object) if object.is_empty() => Ok(None),
            json => Layout::from_natural(&self.field, json)
                .map(Some)
                .map_err(|error| origin.error(&path_below(&path, &error.path), in_words(&error))),
        };
        match (self.json.get("layout"), self.json.get("layouts")) {
            (None, None) => Ok(vec![None; batches]),
            (Some(layout), None) => Ok(vec![read(layout, self.path.to("layout"))?; batches]),
            (None, Some(Json::Array(layouts))) if layouts.len() == batches => {
                let path = self.path.to("layouts");
                layouts.iter().enumerate().map(|(index, json)| read(json, path.to(index))).collect()
            }
            (None, Some(_)) => Err(origin.error(
                &self.path.to("layouts"),
                format!("one layout a batch is expected; there are {batches} batches"),
            )),
            (Some(_), Some(_)) => {
                Err(origin.error(&self.path, "layout (every batch) or layouts (each batch), not both"))
            }
        }
    }
}
