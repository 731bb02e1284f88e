//! Schemas and fields.

use std::fmt;
use std::str::FromStr;

use super::{DataType, ParseError, Text};

/// Fields and metadata of a stream or file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The columns' fields.
    pub fields: Vec<Field>,
    /// Metadata of the schema.
    pub metadata: Metadata,
}

/// A column, or a child of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, which need not be unique.
    pub name: Text,
    /// The type; of the values when the field is dictionary-encoded.
    pub data_type: DataType,
    /// Whether nulls may occur.
    pub nullable: bool,
    /// Metadata of the field.
    pub metadata: Metadata,
    /// Present when the field is dictionary-encoded.
    pub dictionary: Option<Dictionary>,
    /// Children of the type; of the values' type when the field is dictionary-encoded.
    pub children: Vec<Field>,
}

impl Field {
    /// A nullable field without metadata, dictionary and children.
    pub fn new(name: impl Into<Text>, data_type: DataType) -> Self {
        Field {
            name: name.into(),
            data_type,
            nullable: true,
            metadata: Metadata::default(),
            dictionary: None,
            children: Vec::new(),
        }
    }

    /// The same field with these children.
    pub fn with_children(mut self, children: impl IntoIterator<Item = Field>) -> Self {
        self.children = children.into_iter().collect();
        self
    }

    /// The same field, nullable or not.
    pub fn with_nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same field, dictionary-encoded.
    pub fn with_dictionary(mut self, index: IndexType, ordered: bool) -> Self {
        self.dictionary = Some(Dictionary { index, ordered });
        self
    }

    /// The field of the dictionary array of a dictionary-encoded field.
    pub fn dictionary_values(&self) -> Field {
        Field {
            name: Text::default(),
            data_type: self.data_type.clone(),
            nullable: true,
            metadata: Metadata::default(),
            dictionary: None,
            children: self.children.clone(),
        }
    }

    /// Checks number and kind of the children, all the way down.
    pub fn check(&self) -> Result<(), ParseError> {
        let in_children = |error: ParseError| error.at_key("children");
        if let Some(count) = self.data_type.child_count().filter(|count| *count != self.children.len()) {
            return Err(in_children(ParseError::new(
                format!("{count} children for {}", self.data_type),
                self.children.len().to_string(),
            )));
        }
        match self.data_type {
            DataType::Map { .. } => {
                let entries = &self.children[0];
                let two = entries.data_type == DataType::Struct && entries.children.len() == 2;
                if !two || entries.dictionary.is_some() {
                    let error =
                        ParseError::new("a struct of key and value as the entries of a map", entries.describe());
                    return Err(in_children(error.at_index(0)));
                }
            }
            DataType::RunEndEncoded => {
                let run_ends = &self.children[0];
                let integer = matches!(run_ends.data_type, DataType::Int16 | DataType::Int32 | DataType::Int64);
                if !integer || run_ends.dictionary.is_some() {
                    let error = ParseError::new("int16, int32 or int64 as the run ends", run_ends.describe());
                    return Err(in_children(error.at_index(0)));
                }
            }
            _ => {}
        }
        for (index, child) in self.children.iter().enumerate() {
            child.check().map_err(|error| in_children(error.at_index(index)))?;
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let encoded = if self.dictionary.is_some() { "dictionary-encoded " } else { "" };
        match self.data_type.child_count() {
            None => format!("{encoded}struct of {}", self.children.len()),
            Some(_) => format!("{encoded}{}", self.data_type),
        }
    }
}

/// How a field is dictionary-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dictionary {
    /// Type of the indices.
    pub index: IndexType,
    /// Whether the order of the dictionary's values means something.
    pub ordered: bool,
}

/// Integer types that index a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The variants are Arrow's own names.
pub enum IndexType {
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
}

static INDEX_TYPES: [(IndexType, DataType); 8] = [
    (IndexType::Int8, DataType::Int8),
    (IndexType::Int16, DataType::Int16),
    (IndexType::Int32, DataType::Int32),
    (IndexType::Int64, DataType::Int64),
    (IndexType::UInt8, DataType::UInt8),
    (IndexType::UInt16, DataType::UInt16),
    (IndexType::UInt32, DataType::UInt32),
    (IndexType::UInt64, DataType::UInt64),
];

impl IndexType {
    /// The type of the indices as an array.
    pub fn data_type(self) -> &'static DataType {
        &INDEX_TYPES[self as usize].1
    }

    /// The index type that is this integer type.
    pub fn from_data_type(data_type: &DataType) -> Option<Self> {
        INDEX_TYPES.iter().find(|(_, integer)| integer == data_type).map(|(index, _)| *index)
    }
}

impl fmt::Display for IndexType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data_type().fmt(f)
    }
}

impl FromStr for IndexType {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.parse()
            .ok()
            .and_then(|data_type| IndexType::from_data_type(&data_type))
            .ok_or_else(|| ParseError::new("an integer type as dictionary index", format!("`{text}`")))
    }
}

/// Key-value metadata: order and duplicates are kept, neither keys nor values need be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(pub Vec<(Text, Text)>);

impl Metadata {
    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<Text>, V: Into<Text>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Metadata(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}
