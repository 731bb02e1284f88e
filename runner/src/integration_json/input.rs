//! The JSON as it is written.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A whole file.
#[derive(Deserialize)]
pub struct File {
    pub schema: Schema,
    #[serde(default)]
    pub dictionaries: Vec<Dictionary>,
    pub batches: Vec<Batch>,
}

/// Fields and metadata; an absent, null or empty `metadata` is the same.
#[derive(Deserialize)]
pub struct Schema {
    pub fields: Vec<Field>,
    pub metadata: Option<Vec<Pair>>,
}

/// A pair of metadata.
#[derive(Deserialize)]
pub struct Pair {
    pub key: String,
    pub value: String,
}

/// A field; with a dictionary, `type` and `children` are those of the dictionary's values.
#[derive(Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: Map<String, Value>,
    pub nullable: bool,
    #[serde(default)]
    pub children: Vec<Field>,
    pub dictionary: Option<Encoding>,
    pub metadata: Option<Vec<Pair>>,
}

/// How a field is dictionary-encoded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encoding {
    pub id: i64,
    pub index_type: Map<String, Value>,
    #[serde(default)]
    pub is_ordered: bool,
}

/// The values of a dictionary: a batch of one column.
#[derive(Deserialize)]
pub struct Dictionary {
    pub id: i64,
    pub data: Batch,
}

/// A record batch.
#[derive(Deserialize)]
pub struct Batch {
    pub count: usize,
    pub columns: Vec<Column>,
}

/// The buffers of an array.
#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Column {
    #[serde(rename = "count")]
    pub count: usize,
    pub validity: Option<Vec<Value>>,
    pub offset: Option<Vec<Value>>,
    pub size: Option<Vec<Value>>,
    pub type_id: Option<Vec<Value>>,
    pub data: Option<Vec<Value>>,
    pub views: Option<Vec<View>>,
    #[serde(default)]
    pub variadic_data_buffers: Vec<String>,
    #[serde(rename = "children", default)]
    pub children: Vec<Column>,
}

/// An element of a view type: short values lie in it, longer ones in a data buffer.
#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct View {
    pub size: usize,
    pub inlined: Option<String>,
    pub prefix_hex: Option<String>,
    pub buffer_index: Option<usize>,
    pub offset: Option<usize>,
}
