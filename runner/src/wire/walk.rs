//! The columns of a record batch: which field, field node and buffers belong together, by the pre-order walk of the schema.
//!
//! Goes as far as nodes and buffers last: what has no node or lacks a buffer ends the walk, and so does a type that has no
//! known layout.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::parse::{Message, Parsed};
use super::raw::Role;
use super::tree::{Node, Table};

/// The code of version V5, since which unions and run-end encoded arrays have no validity.
pub const V5: i64 = 4;

/// How the slots of an array lie in buffers and children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// No buffers.
    Null,
    /// Values of a fixed number of bits.
    Fixed {
        /// Bits of a value: 1 for booleans, else a multiple of 8 unless the schema is wrong.
        bits: u64,
    },
    /// Bytes behind offsets.
    Variable {
        /// Whether offsets have 8 bytes rather than 4.
        wide: bool,
    },
    /// Views and variadic buffers.
    View,
    /// Offsets into a child; maps, too.
    List {
        /// Whether offsets have 8 bytes rather than 4.
        wide: bool,
    },
    /// Offsets and sizes into a child.
    ListView {
        /// Whether both have 8 bytes rather than 4.
        wide: bool,
    },
    /// A fixed number of slots of a child.
    FixedSizeList {
        /// Slots of the child for each of the parent.
        size: u64,
    },
    /// Children of the same length.
    Struct,
    /// Type ids, children, and offsets into them if it is dense.
    Union {
        /// Whether there are offsets.
        dense: bool,
    },
    /// Run ends and values, both children.
    RunEndEncoded,
}

/// A column of a record batch, or a child of one.
#[derive(Debug)]
pub struct Column<'a> {
    /// Its path, as of `docs/wire.md`.
    pub path: String,
    /// Its Field table.
    pub field: &'a Table,
    /// How it is laid out; of dictionary-encoded columns, the indices.
    pub layout: Layout,
    /// Its DictionaryEncoding, if its values are in a dictionary batch.
    pub encoding: Option<&'a Table>,
    /// Its field node.
    pub node: FieldNode,
    /// Its buffers, in the order of the layout.
    pub buffers: Vec<Buffer>,
    /// Its children, as far as they have nodes and buffers.
    pub children: Vec<Column<'a>>,
}

/// A field node.
#[derive(Debug, Clone)]
pub struct FieldNode {
    /// Slots.
    pub length: i64,
    /// Null slots.
    pub null_count: i64,
    /// Its bytes in the metadata.
    pub at: Range<usize>,
}

/// An entry of `buffers`, and what it is for its column.
#[derive(Debug, Clone)]
pub struct Buffer {
    /// What it is.
    pub role: Role,
    /// Of variadic buffers, which one.
    pub variadic: Option<usize>,
    /// Its position in `buffers`.
    pub index: usize,
}

/// The columns of a record batch.
#[derive(Debug, Default)]
pub struct Columns<'a> {
    /// The columns, as far as they have nodes and buffers.
    pub columns: Vec<Column<'a>>,
    /// Nodes that they take.
    pub nodes: usize,
    /// Buffers that they take.
    pub buffers: usize,
    /// Entries of `variadicBufferCounts` that they take.
    pub variadic: usize,
    /// Whether every field of the schema has its column.
    pub complete: bool,
}

/// How the type of a field is laid out; nothing for a type that is missing, unknown or of a negative size.
pub fn layout(field: &Table) -> Option<Layout> {
    let of = field.table("type")?;
    let size = |name: &str| u64::try_from(of.scalar(name)).ok();
    Some(match of.kind.name {
        "Null" => Layout::Null,
        "Bool" => Layout::Fixed { bits: 1 },
        "Int" | "Decimal" | "Time" => Layout::Fixed { bits: size("bitWidth")? },
        "FloatingPoint" => Layout::Fixed { bits: *[16, 32, 64].get(usize::try_from(of.scalar("precision")).ok()?)? },
        "Date" => Layout::Fixed { bits: *[32, 64].get(usize::try_from(of.scalar("unit")).ok()?)? },
        "Interval" => Layout::Fixed { bits: *[32, 64, 128].get(usize::try_from(of.scalar("unit")).ok()?)? },
        "Timestamp" | "Duration" => Layout::Fixed { bits: 64 },
        "FixedSizeBinary" => Layout::Fixed { bits: size("byteWidth")? * 8 },
        "Binary" | "Utf8" => Layout::Variable { wide: false },
        "LargeBinary" | "LargeUtf8" => Layout::Variable { wide: true },
        "BinaryView" | "Utf8View" => Layout::View,
        "List" | "Map" => Layout::List { wide: false },
        "LargeList" => Layout::List { wide: true },
        "ListView" => Layout::ListView { wide: false },
        "LargeListView" => Layout::ListView { wide: true },
        "FixedSizeList" => Layout::FixedSizeList { size: size("listSize")? },
        "Struct_" => Layout::Struct,
        "Union" => Layout::Union { dense: of.scalar("mode") == 1 },
        "RunEndEncoded" => Layout::RunEndEncoded,
        _ => return None,
    })
}

/// How the indices of a dictionary-encoded field are laid out: as int32 unless it says otherwise.
pub fn index_layout(encoding: &Table) -> Option<Layout> {
    let bits = encoding.table("indexType").map_or(32, |int| int.scalar("bitWidth"));
    Some(Layout::Fixed { bits: u64::try_from(bits).ok()? })
}

/// The roles of the buffers of a layout, variadic ones not counted.
pub fn roles(layout: Layout, version: i64) -> Vec<Role> {
    use Role::{Data, Offsets, Sizes, TypeIds, Validity, Views};
    let mut roles = match layout {
        Layout::Null => return Vec::new(),
        Layout::RunEndEncoded => Vec::new(),
        Layout::Union { dense: false } => vec![TypeIds],
        Layout::Union { dense: true } => vec![TypeIds, Offsets],
        Layout::Fixed { .. } => vec![Validity, Data],
        Layout::Variable { .. } => vec![Validity, Offsets, Data],
        Layout::View => vec![Validity, Views],
        Layout::List { .. } => vec![Validity, Offsets],
        Layout::ListView { .. } => vec![Validity, Offsets, Sizes],
        Layout::FixedSizeList { .. } | Layout::Struct => vec![Validity],
    };
    if version < V5 && matches!(layout, Layout::Union { .. } | Layout::RunEndEncoded) {
        roles.insert(0, Validity);
    }
    roles
}

/// The word for a role in paths.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Validity => "validity",
        Role::Offsets => "offsets",
        Role::Sizes => "sizes",
        Role::TypeIds => "type_ids",
        Role::Views => "views",
        Role::Data => "data",
        Role::Other => "buffer",
    }
}

/// The columns of a record batch of this schema. `name` is the batch's path.
pub fn record_batch<'a>(schema: &'a Table, batch: &Table, version: i64, name: &str) -> Columns<'a> {
    let mut walker = Walker::new(batch, version);
    let (columns, complete) = walker.children(schema.vector("fields"), name, "column");
    walker.done(columns, complete)
}

/// The one column of a dictionary batch for this field: its values.
pub fn dictionary_batch<'a>(field: &'a Table, batch: &Table, version: i64, name: &str) -> Columns<'a> {
    let mut walker = Walker::new(batch, version);
    let (column, complete) = walker.column(field, format!("{name}.column[0]"), true);
    walker.done(column.into_iter().collect(), complete)
}

struct Walker<'b> {
    batch: &'b Table,
    version: i64,
    nodes: usize,
    buffers: usize,
    variadic: usize,
}

impl<'b> Walker<'b> {
    fn new(batch: &'b Table, version: i64) -> Self {
        Walker { batch, version, nodes: 0, buffers: 0, variadic: 0 }
    }

    fn done<'a>(self, columns: Vec<Column<'a>>, complete: bool) -> Columns<'a> {
        Columns { columns, nodes: self.nodes, buffers: self.buffers, variadic: self.variadic, complete }
    }

    fn children<'a>(&mut self, fields: &'a [Node], path: &str, word: &str) -> (Vec<Column<'a>>, bool) {
        let names = names(fields);
        let mut columns = Vec::new();
        for (node, name) in fields.iter().zip(names) {
            let Some(field) = node.as_table() else { return (columns, false) };
            let (column, complete) = self.column(field, format!("{path}.{word}[{name}]"), false);
            columns.extend(column);
            if !complete {
                return (columns, false);
            }
        }
        (columns, true)
    }

    /// A column and whether it is all there; of a dictionary batch the values rather than the indices.
    fn column<'a>(&mut self, field: &'a Table, path: String, values: bool) -> (Option<Column<'a>>, bool) {
        let encoding = field.table("dictionary").filter(|_| !values);
        let Some(layout) = encoding.map_or_else(|| layout(field), index_layout) else { return (None, false) };
        let nodes = self.batch.vector("nodes");
        let Some((node, &[length, null_count])) =
            nodes.get(self.nodes).and_then(|node| Some((node, <&[i64; 2]>::try_from(node.as_struct()?).ok()?)))
        else {
            return (None, false);
        };
        self.nodes += 1;
        let node = FieldNode { length, null_count, at: node.place.clone() };
        let mut column = Column { path, field, layout, encoding, node, buffers: Vec::new(), children: Vec::new() };
        let there = self.batch.vector("buffers").len();
        for role in roles(layout, self.version) {
            if self.buffers == there {
                return (Some(column), false);
            }
            column.buffers.push(Buffer { role, variadic: None, index: self.buffers });
            self.buffers += 1;
        }
        if layout == Layout::View {
            let count = self.batch.vector("variadicBufferCounts").get(self.variadic).and_then(Node::as_scalar);
            let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else {
                return (Some(column), false);
            };
            self.variadic += 1;
            for k in 0..count {
                if self.buffers == there {
                    return (Some(column), false);
                }
                column.buffers.push(Buffer { role: Role::Data, variadic: Some(k), index: self.buffers });
                self.buffers += 1;
            }
        }
        let mut complete = true;
        if encoding.is_none() {
            let path = column.path.clone();
            (column.children, complete) = self.children(field.vector("children"), &path, "child");
        }
        (Some(column), complete)
    }
}

impl Buffer {
    /// Its path, behind the one of its column.
    pub fn name(&self) -> String {
        match self.variadic {
            Some(k) => format!("variadic[{k}]"),
            None => role_name(self.role).to_owned(),
        }
    }
}

impl Column<'_> {
    /// The buffer of this role; of variadic ones none.
    pub fn buffer(&self, role: Role) -> Option<&Buffer> {
        self.buffers.iter().find(|buffer| buffer.role == role && buffer.variadic.is_none())
    }

    /// The column and all below it, each before its children.
    pub fn visit<'c>(&'c self, visitor: &mut dyn FnMut(&'c Self)) {
        visitor(self);
        for child in &self.children {
            child.visit(visitor);
        }
    }
}

/// What fields are called in paths: their name where it is plain and no sibling has it, else their position.
pub fn names(fields: &[Node]) -> Vec<String> {
    let name = |field: &Node| String::from_utf8(field.as_table()?.text("name")?.to_vec()).ok();
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for name in fields.iter().filter_map(name) {
        if !seen.insert(name.clone()) {
            twice.insert(name);
        }
    }
    let plain = |name: &String| {
        let word = name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-'));
        word && !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit()) && !twice.contains(name)
    };
    let named = fields.iter().enumerate();
    named.map(|(index, field)| name(field).filter(plain).unwrap_or_else(|| index.to_string())).collect()
}

/// The fields of a schema that are dictionary-encoded, by the id of their dictionary, outer before inner.
pub fn encoded_fields(schema: &Table) -> BTreeMap<i64, Vec<&Table>> {
    fn visit<'a>(fields: &'a [Node], found: &mut BTreeMap<i64, Vec<&'a Table>>) {
        for field in fields.iter().filter_map(Node::as_table) {
            if let Some(encoding) = field.table("dictionary") {
                found.entry(encoding.scalar("id")).or_default().push(field);
            }
            visit(field.vector("children"), found);
        }
    }
    let mut found = BTreeMap::new();
    visit(schema.vector("fields"), &mut found);
    found
}

/// The schema of an input: of its first schema message or, in a file without one, of its footer.
pub fn schema(parsed: &Parsed) -> Option<&Table> {
    let message = parsed.messages.iter().find_map(|message| header(message, "Schema"));
    let footer = || parsed.footer.as_ref()?.as_ref().ok()?.table.table("schema");
    message.or_else(footer)
}

/// The header of a message, if it is this table.
pub fn header<'a>(message: &'a Message, kind: &str) -> Option<&'a Table> {
    message.table.table("header").filter(|header| header.kind.name == kind)
}

/// What each message is called in paths: `schema`, `batch[i]`, `dictionary[i]`, or `message[i]`.
pub fn message_names(parsed: &Parsed) -> Vec<String> {
    let mut counts = BTreeMap::new();
    let mut name = |(index, message): (usize, &Message)| {
        let word = match message.table.table("header").map(|header| header.kind.name) {
            Some("RecordBatch") => "batch",
            Some("DictionaryBatch") => "dictionary",
            Some("Schema") => "schema",
            _ => "message",
        };
        let count: &mut usize = counts.entry(word).or_default();
        *count += 1;
        match (word, *count - 1) {
            ("schema", 0) => word.to_owned(),
            ("schema" | "message", _) => format!("message[{index}]"),
            (_, before) => format!("{word}[{before}]"),
        }
    };
    parsed.messages.iter().enumerate().map(&mut name).collect()
}
