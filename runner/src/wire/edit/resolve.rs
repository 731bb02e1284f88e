//! From a path to what it names.

use super::path::{Index, Path, Step};
use super::target::{Aspect, Element, Framing, Target, field, field_node, message, role_word};
use super::tree::{self, TreeStep, is_name_of_the_format};
use crate::wire::format::Kind;
use crate::wire::raw::{Part, RawInput, Role};
use crate::wire::section::content::VIEW_MEMBERS;
use crate::wire::tree::{Node, Table};
use crate::wire::value::no_field;

/// The roles of buffers and their words in paths.
const ROLES: &[Role] = &[Role::Validity, Role::Offsets, Role::Sizes, Role::TypeIds, Role::Views, Role::Data];

/// What a path names, in the order in which it lies in the input. Without wildcard that is one thing; with one it is any number.
pub fn resolve(input: &RawInput, path: &Path) -> Result<Vec<Target>, String> {
    let resolver = Resolver { input, path };
    let mut targets = resolver.first().map_err(|miss| miss.message)?;
    targets.sort();
    targets.dedup();
    Ok(targets)
}

/// Why a path names nothing.
struct Miss {
    message: String,
    /// Whether it would name nothing in any input.
    never: bool,
}

type Found = Result<Vec<Target>, Miss>;

struct Resolver<'a> {
    input: &'a RawInput,
    path: &'a Path,
}

impl Resolver<'_> {
    fn miss<T>(&self, step: usize, message: impl std::fmt::Display) -> Result<T, Miss> {
        Err(Miss { message: format!("{}: {message}", self.path.up_to(step)), never: false })
    }

    fn never<T>(&self, step: usize, message: impl std::fmt::Display) -> Result<T, Miss> {
        Err(Miss { message: format!("{}: {message}", self.path.up_to(step)), never: true })
    }

    /// What each of several places leads to; behind a wildcard, some may lead nowhere.
    fn each<T>(&self, all: bool, places: impl IntoIterator<Item = T>, go: impl Fn(T) -> Found) -> Found {
        let mut found = Vec::new();
        for place in places {
            match go(place) {
                Ok(targets) => found.extend(targets),
                Err(miss) if all && !miss.never => {}
                Err(miss) => return Err(miss),
            }
        }
        Ok(found)
    }

    /// The positions that an index stands for in a list of `count`, and whether it is a wildcard; `None` is behind the last.
    fn positions(&self, step: usize, count: usize, what: &str) -> Result<(Vec<Option<usize>>, bool), Miss> {
        match self.path.step(step) {
            Some(Step::At(Index::Position(position))) if *position < count => Ok((vec![Some(*position)], false)),
            Some(Step::At(Index::Position(_))) => {
                let there = match count {
                    0 => format!("there are no {what}"),
                    1 => format!("there is 1 of the {what}, [0]"),
                    _ => format!("there are {count} {what}, [0] to [{}]", count - 1),
                };
                self.miss(step, there)
            }
            Some(Step::At(Index::End)) => Ok((vec![None], false)),
            Some(Step::At(Index::All)) => Ok(((0..count).map(Some).collect(), true)),
            Some(Step::At(_)) => self.never(step, format!("the {what} have positions, or *, or end")),
            _ => self.never(step.saturating_sub(1), format!("which of the {what}? A position in brackets is missing")),
        }
    }

    fn first(&self) -> Found {
        let Some(Step::Name(name)) = self.path.step(0) else { return self.never(0, "expected a name") };
        let parts = |wanted: &dyn Fn(&Part) -> bool| -> Vec<usize> {
            let parts = self.input.parts.iter().enumerate();
            parts.filter(|(_, part)| wanted(part)).map(|(index, _)| index).collect()
        };
        let with_header = |name: &'static str| {
            parts(
                &|part| matches!(part, Part::Message(message) if message.header().is_some_and(|header| header.kind.name == name)),
            )
        };
        match name.as_str() {
            "part" => self.parts((0..self.input.parts.len()).collect(), "parts", |part, step| self.part(part, step)),
            "message" => {
                let messages = parts(&|part| matches!(part, Part::Message(_)));
                self.parts(messages, "messages", |part, step| self.message(part, step, &[]))
            }
            "batch" | "dictionary" => {
                let (header, what) = match name == "batch" {
                    true => ("RecordBatch", "record batches"),
                    false => ("DictionaryBatch", "dictionary batches"),
                };
                self.parts(with_header(header), what, |part, step| self.header(part, step))
            }
            "schema" if self.path.step(1) == Some(&Step::At(Index::All)) => {
                let footers = parts(&|part| matches!(part, Part::Footer(_)));
                let mut found = self.each(true, with_header("Schema"), |part| self.header(part, 2))?;
                found.extend(self.each(true, footers, |part| self.schema_of_footer(part, 2))?);
                Ok(found)
            }
            "schema" => match with_header("Schema").first() {
                Some(part) => self.header(*part, 1),
                None => self.miss(0, "there is no schema message"),
            },
            "footer" => match parts(&|part| matches!(part, Part::Footer(_))).first() {
                Some(part) => self.footer(*part, 1),
                None => self.miss(0, "there is no footer"),
            },
            _ => {
                let named = parts(&|part| matches!(part, Part::Bytes(bytes) if bytes.name == *name));
                let known = ["magic", "magic_padding", "end_of_stream", "bytes"].contains(&name.as_str());
                match (named.first(), self.path.step(1)) {
                    (None, _) if known => self.miss(0, format!("there is no {name}")),
                    (None, _) => {
                        self.never(0, "a path begins with message, batch, dictionary, schema, footer, part, magic, magic_padding, end_of_stream or bytes")
                    }
                    (Some(part), None) => Ok(vec![Target::Part(*part)]),
                    (Some(_), Some(_)) => self.parts(named, "parts of that name", |part, step| self.part(part, step)),
                }
            }
        }
    }

    /// Parts by their position among some of them.
    fn parts(&self, parts: Vec<usize>, what: &str, go: impl Fn(usize, usize) -> Found) -> Found {
        let (positions, all) = self.positions(1, parts.len(), what)?;
        self.each(all, positions, |position| match position {
            Some(position) => go(parts[position], 2),
            None if self.path.step(2).is_some() => self.miss(2, "there is nothing at [end]"),
            None => {
                let behind = parts.last().map_or(self.input.parts.len(), |last| last + 1);
                Ok(vec![Target::Between(behind)])
            }
        })
    }

    fn part(&self, part: usize, step: usize) -> Found {
        match &self.input.parts[part] {
            Part::Message(_) => self.message(part, step, &[]),
            Part::Footer(_) => self.footer(part, step),
            Part::Bytes(_) if self.path.step(step).is_none() => Ok(vec![Target::Part(part)]),
            Part::Bytes(_) => self.miss(step, "bytes have no fields"),
        }
    }

    fn header(&self, part: usize, step: usize) -> Found {
        if let Some(Step::Name(name)) = self.path.step(step)
            && name == "message"
        {
            return self.message(part, step + 1, &[]);
        }
        let slot = tree::root(self.input, part).and_then(|root| root.kind.slot("header"));
        self.message(part, step, slot.map(TreeStep::Field).as_slice())
    }

    /// A message; its fields are those of the table at `path`.
    fn message(&self, part: usize, step: usize, path: &[TreeStep]) -> Found {
        match self.path.step(step) {
            None => Ok(vec![Target::Part(part)]),
            Some(Step::Name(name)) => match (name.as_str(), Framing::from_word(name)) {
                ("buffer", _) => {
                    let count = message(self.input, part).map_or(0, |message| message.body.len());
                    let (positions, all) = self.positions(step + 1, count, "buffers")?;
                    self.each(all, positions, |position| self.buffer(part, position.unwrap_or(count), step + 2))
                }
                ("column", _) => self.column(part, &[], step + 1),
                (_, Some(framing)) if framing != Framing::Magic => self.last(step, Target::Framing(part, framing)),
                _ => self.node(part, path.to_vec(), step),
            },
            Some(Step::At(_)) => self.never(step, "a message has fields, and no elements"),
        }
    }

    fn footer(&self, part: usize, step: usize) -> Found {
        match self.path.step(step) {
            None => Ok(vec![Target::Part(part)]),
            Some(Step::Name(name)) => match Framing::from_word(name).filter(|framing| framing.is_of_footers()) {
                Some(framing) => self.last(step, Target::Framing(part, framing)),
                None => self.node(part, Vec::new(), step),
            },
            Some(Step::At(_)) => self.never(step, "there is one footer, without an index"),
        }
    }

    fn schema_of_footer(&self, part: usize, step: usize) -> Found {
        let slot = tree::root(self.input, part).and_then(|root| root.kind.slot("schema"));
        self.node(part, slot.map(TreeStep::Field).into_iter().collect(), step)
    }

    /// A target that has nothing in it.
    fn last(&self, step: usize, target: Target) -> Found {
        match self.path.step(step + 1) {
            None => Ok(vec![target]),
            Some(_) => self.never(step + 1, format!("there is nothing below {}", self.path.up_to(step))),
        }
    }

    /// A value of the metadata; `step` is the next one to take.
    fn node(&self, part: usize, path: Vec<TreeStep>, step: usize) -> Found {
        let Some(next) = self.path.step(step) else { return Ok(vec![Target::Node(part, path)]) };
        let Some(root) = tree::root(self.input, part) else {
            return self.miss(step, "the metadata are bytes, without fields");
        };
        let below = |next: TreeStep| {
            let mut path = path.clone();
            path.push(next);
            path
        };
        let kind = tree::kind(root, &path);
        match next {
            Step::Name(name) => {
                if let Some(Kind::Struct(of)) = kind {
                    let index = of.members.iter().position(|(member, ..)| member == name);
                    return match index {
                        Some(_) if tree::node(root, &path).is_none() => self.miss(step - 1, "it is absent"),
                        Some(index) => self.last(step, Target::Node(part, below(TreeStep::Member(index)))),
                        None => {
                            let names: Vec<&str> = of.members.iter().map(|(member, ..)| *member).collect();
                            self.unknown(step, name, format!("{} has {}", of.name, names.join(" and ")))
                        }
                    };
                }
                let Some(table) = tree::table(root, &path) else {
                    return match kind {
                        Some(Kind::Table(_) | Kind::Union(_)) => self.miss(step - 1, "it is absent"),
                        Some(Kind::Vector(_)) => self.never(step, "a list has elements: [0], [end], [*]"),
                        _ => self.miss(step, format!("there is nothing below {}", self.path.up_to(step - 1))),
                    };
                };
                match (table.kind.slot(name), name.strip_prefix('#')) {
                    (Some(slot), _) => self.node(part, below(TreeStep::Field(slot)), step + 1),
                    (None, Some(slot)) => match slot.parse() {
                        Ok(slot) if slot >= table.kind.fields.len() => {
                            self.last(step, Target::Node(part, below(TreeStep::Unknown(slot))))
                        }
                        _ => {
                            let first = table.kind.fields.len();
                            self.never(
                                step,
                                format!("behind # stands a slot from {first}, which the format does not know"),
                            )
                        }
                    },
                    (None, None) => self.unknown(step, name, no_field(table.kind, name)),
                }
            }
            Step::At(_) => {
                let Some(Kind::Vector(_)) = kind else { return self.miss(step, "it is no list") };
                let count = match tree::node(root, &path).map(|node| &node.value) {
                    Some(crate::wire::tree::Value::Vector(nodes)) => nodes.len(),
                    _ => 0,
                };
                let (positions, all) = self.positions(step, count, "elements")?;
                self.each(all, positions, |position| match position {
                    None if self.path.step(step + 1).is_some() => self.miss(step + 1, "there is nothing at [end]"),
                    _ => self.node(part, below(TreeStep::Element(position.unwrap_or(count))), step + 1),
                })
            }
        }
    }

    fn unknown<T>(&self, step: usize, name: &str, message: String) -> Result<T, Miss> {
        match is_name_of_the_format(name) {
            true => self.miss(step, message),
            false => self.never(step, message),
        }
    }

    /// A buffer of a body; `step` is the next one to take.
    fn buffer(&self, part: usize, buffer: usize, step: usize) -> Found {
        let there = message(self.input, part).and_then(|message| message.body.get(buffer));
        match self.path.step(step) {
            None => Ok(vec![Target::Buffer(part, buffer)]),
            Some(_) if there.is_none() => self.miss(step, "there is nothing at [end]"),
            Some(Step::At(_)) => self.elements(part, buffer, step),
            Some(Step::Name(name)) => match Aspect::from_word(name) {
                Some(Aspect::Content) if matches!(self.path.step(step + 1), Some(Step::At(_))) => {
                    self.elements(part, buffer, step + 1)
                }
                Some(aspect) => self.last(step, Target::Aspect(part, buffer, aspect)),
                None => {
                    let words: Vec<&str> = Aspect::ALL.iter().map(|aspect| aspect.word()).collect();
                    self.never(step, format!("a buffer has {}", words.join(", ")))
                }
            },
        }
    }

    fn elements(&self, part: usize, buffer: usize, step: usize) -> Found {
        let Some(of) = message(self.input, part).and_then(|message| message.body.get(buffer)) else {
            return Ok(vec![]);
        };
        let count = match of.element {
            0 => 8 * of.content.len(),
            size => of.content.len() / size,
        };
        let (positions, all) = self.positions(step, count, "elements")?;
        self.each(all, positions, |position| {
            let element =
                |member| vec![Target::Element(Element { part, buffer, index: position.unwrap_or(count), member })];
            match self.path.step(step + 1) {
                None => Ok(element(None)),
                Some(_) if position.is_none() => self.miss(step + 1, "there is nothing at [end]"),
                Some(Step::Name(name)) if of.role == Role::Views => {
                    let members = VIEW_MEMBERS.iter().map(|(member, ..)| *member).chain(["inline"]);
                    let found = members.clone().find(|member| member == name);
                    let known: Vec<&str> = members.collect();
                    match found {
                        Some(_) if self.path.step(step + 2).is_some() => {
                            self.never(step + 2, format!("there is nothing below {}", self.path.up_to(step + 1)))
                        }
                        Some(member) => Ok(element(Some(member))),
                        None => self.never(step + 1, format!("a view has {}", known.join(", "))),
                    }
                }
                Some(_) => self.miss(step + 1, "only views have members"),
            }
        })
    }

    /// A column below another or, when there is none, of the batch; `step` is that of its index.
    fn column(&self, part: usize, parent: &[usize], step: usize) -> Found {
        let columns = self.columns(part);
        let what = if parent.is_empty() { "columns" } else { "children" };
        let siblings = self.siblings(part, parent);
        let there = columns.iter().filter(|column| column.starts_with(parent) && column.len() > parent.len());
        let count = there.map(|column| column[parent.len()] + 1).max().unwrap_or(0).max(siblings.len());
        let below = |position: usize| [parent, &[position]].concat();
        let (chosen, all) = match self.path.step(step) {
            Some(Step::At(Index::Name(name))) => (vec![below(self.by_name(step, name, &siblings, what)?)], false),
            Some(Step::At(Index::Deep)) => {
                let deep =
                    columns.into_iter().filter(|column| column.starts_with(parent) && column.len() > parent.len());
                (deep.collect(), true)
            }
            Some(Step::At(Index::End)) => {
                return self.never(step, format!("{what} are not inserted; nodes and buffers are"));
            }
            _ => {
                let (positions, all) = self.positions(step, count, what)?;
                (positions.into_iter().flatten().map(below).collect(), all)
            }
        };
        self.each(all, chosen, |column| self.of_column(part, &column, step + 1))
    }

    /// Every column of which a batch has a node or a buffer, children included.
    fn columns(&self, part: usize) -> Vec<Vec<usize>> {
        let Some(message) = message(self.input, part) else { return Vec::new() };
        let buffers = message.body.iter().filter(|buffer| buffer.role != Role::Other).map(|buffer| &buffer.column);
        let mut columns: Vec<Vec<usize>> = message.nodes.iter().chain(buffers).cloned().collect();
        columns.sort();
        columns.dedup();
        columns
    }

    /// The fields of the columns below another.
    fn siblings(&self, part: usize, parent: &[usize]) -> Vec<&Table> {
        let fields: &[Node] = match field(self.input, part, parent) {
            Some(parent) => parent.vector("children"),
            None if !parent.is_empty() => &[],
            None => {
                let header = message(self.input, part).and_then(|message| message.header());
                if header.is_some_and(|header| header.kind.name == "DictionaryBatch") {
                    return field(self.input, part, &[0]).into_iter().collect();
                }
                self.input.schema().map_or(&[], |schema| schema.vector("fields"))
            }
        };
        fields.iter().filter_map(Node::as_table).collect()
    }

    fn by_name(&self, step: usize, name: &str, siblings: &[&Table], what: &str) -> Result<usize, Miss> {
        let mut found = siblings.iter().enumerate().filter(|(_, field)| field.text("name") == Some(name.as_bytes()));
        match (found.next(), found.next()) {
            (Some((position, _)), None) => Ok(position),
            (Some((first, _)), Some((second, _))) => {
                self.miss(step, format!("several {what} have this name, such as [{first}] and [{second}]"))
            }
            (None, _) if siblings.is_empty() => self.miss(step, format!("no schema names {what} here")),
            (None, _) => {
                let names = siblings.iter().map(|field| match field.text("name").map(String::from_utf8_lossy) {
                    Some(name) => format!("'{name}'"),
                    None => "one without name".to_owned(),
                });
                self.miss(step, format!("the {what} are {}", names.collect::<Vec<_>>().join(", ")))
            }
        }
    }

    /// What a column has; `step` is the next one to take.
    fn of_column(&self, part: usize, column: &[usize], step: usize) -> Found {
        let Some(Step::Name(name)) = self.path.step(step) else {
            return self.never(step, "a column is named for what it has: child[…], node or a buffer, such as data");
        };
        match name.as_str() {
            "child" => return self.column(part, column, step + 1),
            "node" => {
                return match field_node(self.input, part, column) {
                    Some(path) => self.node(part, path, step + 1),
                    None => self.miss(step, "the column has no field node"),
                };
            }
            _ => {}
        }
        let body = message(self.input, part).map_or(&[][..], |message| &message.body);
        let of_role = |role: Role| -> Vec<usize> {
            let buffers = body.iter().enumerate();
            buffers
                .filter(|(_, buffer)| buffer.role == role && buffer.column == column)
                .map(|(index, _)| index)
                .collect()
        };
        if name == "variadic" {
            let buffers = if of_role(Role::Views).is_empty() { Vec::new() } else { of_role(Role::Data) };
            let (positions, all) = self.positions(step + 1, buffers.len(), "variadic buffers")?;
            return self.each(all, positions, |position| match position {
                Some(position) => self.buffer(part, buffers[position], step + 2),
                None => self.miss(step + 1, "a buffer is inserted at .buffer[…]"),
            });
        }
        let Some(role) = ROLES.iter().find(|role| role_word(**role) == name) else {
            return self.never(
                step,
                "a column has child[…], node, validity, offsets, sizes, type_ids, views, data, variadic[…]",
            );
        };
        match of_role(*role).first() {
            Some(buffer) => self.buffer(part, *buffer, step + 1),
            None => {
                let there: Vec<&str> =
                    ROLES.iter().filter(|role| !of_role(**role).is_empty()).map(|role| role_word(*role)).collect();
                match there.is_empty() {
                    true => self.miss(step, "the column has no buffers"),
                    false => self.miss(step, format!("the column has {}", there.join(", "))),
                }
            }
        }
    }
}
