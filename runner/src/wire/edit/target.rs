//! What a path names in an input.

use super::tree::{self, TreeStep};
use crate::wire::raw::{BodyBuffer, Part, RawInput, RawMessage, Role};
use crate::wire::tree::Table;

/// What a path names. The order is that in which targets of one path follow each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A part.
    Part(usize),
    /// The place in front of the part with this position, or behind the last one.
    Between(usize),
    /// Something around the metadata of a part.
    Framing(usize, Framing),
    /// A value of the metadata of a part, present or not.
    Node(usize, Vec<TreeStep>),
    /// A buffer of the body of a message.
    Buffer(usize, usize),
    /// Something of such a buffer.
    Aspect(usize, usize, Aspect),
    /// An element of such a buffer.
    Element(Element),
}

/// An element of a buffer, or a member of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// The part.
    pub part: usize,
    /// The buffer in its body.
    pub buffer: usize,
    /// The position in the buffer.
    pub index: usize,
    /// Of a view, the member.
    pub member: Option<&'static str>,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`.")] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in paths.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

words! {
    /// What stands around the metadata of a message or footer, and how it is laid out.
    Framing {
        Continuation = "continuation",
        Prefix = "prefix",
        Metadata = "metadata",
        Padding = "metadata_padding",
        Alignment = "metadata_alignment",
        Fill = "metadata_fill",
        Body = "body",
        BodyTail = "body_tail",
        Magic = "magic",
    }
}

words! {
    /// What a buffer has beside its place in the list.
    Aspect {
        Content = "content",
        Prefix = "prefix",
        Padding = "padding",
        Gap = "gap",
        Alignment = "alignment",
        Fill = "fill",
        Store = "store",
        Listed = "listed",
    }
}

impl Framing {
    /// Whether a footer has it, or else a message.
    pub fn is_of_footers(self) -> bool {
        matches!(self, Self::Prefix | Self::Metadata | Self::Magic)
    }
}

impl Target {
    /// The part that it is in.
    pub fn part(&self) -> usize {
        match self {
            Target::Part(part) | Target::Between(part) | Target::Framing(part, _) | Target::Node(part, _) => *part,
            Target::Buffer(part, _) | Target::Aspect(part, ..) => *part,
            Target::Element(element) => element.part,
        }
    }

    /// The buffer that it is or is in.
    pub fn buffer<'i>(&self, input: &'i RawInput) -> Option<&'i BodyBuffer> {
        let (part, buffer) = match self {
            Target::Buffer(part, buffer) | Target::Aspect(part, buffer, _) => (part, buffer),
            Target::Element(Element { part, buffer, .. }) => (part, buffer),
            _ => return None,
        };
        message(input, *part)?.body.get(*buffer)
    }

    /// The part whose places and lengths this states, which are no longer computed when it is touched.
    pub fn states_places(&self, input: &RawInput) -> Option<usize> {
        let Target::Node(part, path) = self else { return None };
        let mut table = tree::root(input, *part)?;
        let mut names = Vec::new();
        for step in path {
            let TreeStep::Field(slot) = step else { break };
            let Some(field) = table.kind.fields.get(*slot) else { break };
            names.push(field.name);
            match table.table(field.name) {
                Some(inner) => table = inner,
                None => break,
            }
        }
        let states = match names.as_slice() {
            ["bodyLength" | "dictionaries" | "recordBatches", ..] | ["header"] => true,
            ["header", "buffers" | "data"] | ["header", "data", "buffers"] | ["header", "sparseIndex"] => true,
            ["header", "sparseIndex", name] => name.contains("Buffer"),
            _ => false,
        };
        states.then_some(*part)
    }
}

/// The message at a position.
pub fn message(input: &RawInput, part: usize) -> Option<&RawMessage> {
    match input.parts.get(part)? {
        Part::Message(message) => Some(message),
        _ => None,
    }
}

/// The message at a position, to be changed.
pub fn message_mut(input: &mut RawInput, part: usize) -> Option<&mut RawMessage> {
    match input.parts.get_mut(part)? {
        Part::Message(message) => Some(message),
        _ => None,
    }
}

/// The Field table of a column of a message; of a dictionary batch, column 0 is the first field with the dictionary.
pub fn field<'i>(input: &'i RawInput, part: usize, column: &[usize]) -> Option<&'i Table> {
    let schema = input.schema()?;
    let (first, below) = column.split_first()?;
    let header = message(input, part)?.header()?;
    let mut field = match header.kind.name {
        "DictionaryBatch" if *first == 0 => crate::wire::columns::dictionary_field(schema, header.scalar("id"))?,
        "DictionaryBatch" => return None,
        _ => schema.vector("fields").get(*first)?.as_table()?,
    };
    for child in below {
        field = field.vector("children").get(*child)?.as_table()?;
    }
    Some(field)
}

/// The type of what a buffer of a column holds, unless that is indices into a dictionary.
pub fn stored_type<'i>(input: &'i RawInput, part: usize, buffer: Option<&BodyBuffer>) -> Option<&'i Table> {
    let column = &buffer.filter(|buffer| buffer.role != Role::Other)?.column;
    let field = field(input, part, column)?;
    let header = message(input, part)?.header()?;
    let is_dictionary = header.kind.name == "DictionaryBatch" && column.len() == 1;
    match field.get("dictionary").is_none() || is_dictionary {
        true => field.table("type"),
        false => None,
    }
}

/// The place of the field node of a column, in the tree of its message.
pub fn field_node(input: &RawInput, part: usize, column: &[usize]) -> Option<Vec<TreeStep>> {
    let message = message(input, part)?;
    let index = message.nodes.iter().position(|node| node == column)?;
    let mut path = Vec::new();
    let mut table = message.table()?;
    let names: &[&str] = match message.header()?.kind.name {
        "DictionaryBatch" => &["header", "data", "nodes"],
        _ => &["header", "nodes"],
    };
    for name in names {
        path.push(TreeStep::Field(table.kind.slot(name)?));
        table = table.table(name).unwrap_or(table);
    }
    path.push(TreeStep::Element(index));
    Some(path)
}

/// The word of a role in paths.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Validity => "validity",
        Role::Offsets => "offsets",
        Role::Sizes => "sizes",
        Role::TypeIds => "type_ids",
        Role::Views => "views",
        Role::Data => "data",
        Role::Other => "other",
    }
}
