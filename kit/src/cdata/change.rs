//! Changes of exported structures: the key `cdata` of a producer's input (`docs/canonical-values.md`).
//!
//! What a structure owns does not depend on what it says, so that a changed one is released like any other.

use std::collections::BTreeMap;
use std::ffi::{CString, c_int};
use std::ptr;

use serde_json::Value as Json;

use super::abi::{ArrowArray, ArrowSchema};
use super::export::{ARRAYS, Tables};
use super::ledger::Ticket;
use super::schema::{SCHEMAS, keep};
use crate::value::{Document, ParseError};

/// What a producer is given: data, and what is unusual or wrong about the structures that hold them.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The data.
    pub document: Document,
    /// The changes.
    pub changes: Changes,
}

impl Input {
    /// Reads canonical JSON with layouts and changes.
    ///
    /// # Errors
    ///
    /// What is not as `docs/canonical-values.md` says.
    pub fn from_json(text: &[u8]) -> Result<Self, ParseError> {
        let document = Document::from_json(text)?;
        let json: Json = serde_json::from_slice(text).map_err(|error| ParseError::new("JSON", error.to_string()))?;
        let changes = json.get("cdata").map_or(Ok(Changes::none()), Changes::from_json);
        Ok(Input { document, changes: changes.map_err(|error| error.at_key("cdata"))? })
    }
}

/// Changes of the structures of a document, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    schema: Vec<Change>,
    arrays: BTreeMap<usize, Vec<Change>>,
    failing_schema: Option<Failure>,
    failing_batch: BTreeMap<usize, Failure>,
}

pub(super) static NO_CHANGES: Changes = Changes::none();

/// How a callback of a stream fails.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    /// An `errno`.
    pub(super) code: c_int,
    /// What `get_last_error` tells; `None` is a NULL pointer.
    pub(super) message: Option<CString>,
}

#[derive(Debug, Clone, PartialEq)]
struct Change {
    /// Place among the operations, for errors.
    index: usize,
    /// From the structure that is handed out to the one that changes.
    steps: Vec<Step>,
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Child(usize),
    Dictionary,
}

#[derive(Debug, Clone, PartialEq)]
enum Action {
    Release,
    Set { member: String, element: Option<usize>, value: Value },
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Number(i64),
    Bytes(Vec<u8>),
}

const OPERATIONS: &str =
    "`{set: PATH, to: VALUE}`, `{set: PATH, hex: BYTES}`, `{release: PATH}` or `{stream: {fail: …}}`";

impl Changes {
    /// No changes.
    pub const fn none() -> Self {
        Changes { schema: Vec::new(), arrays: BTreeMap::new(), failing_schema: None, failing_batch: BTreeMap::new() }
    }

    /// Reads a list of operations.
    ///
    /// # Errors
    ///
    /// An operation, path or value that does not exist.
    pub fn from_json(json: &Json) -> Result<Self, ParseError> {
        let operations = json.as_array().ok_or_else(|| ParseError::new("a list of changes", json.to_string()))?;
        let mut changes = Changes::none();
        for (index, operation) in operations.iter().enumerate() {
            changes.add(index, operation).map_err(|error| error.at_index(index))?;
        }
        Ok(changes)
    }

    fn add(&mut self, index: usize, json: &Json) -> Result<(), ParseError> {
        let unknown = || ParseError::new(OPERATIONS, json.to_string());
        let object = json.as_object().ok_or_else(unknown)?;
        let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let text =
            |key: &str| json[key].as_str().ok_or_else(|| ParseError::new("a path", json[key].to_string()).at_key(key));
        let (path, value) = match keys[..] {
            ["release"] => (text("release")?, None),
            ["set", "to"] => (text("set")?, Some(value(&json["to"])?)),
            ["hex", "set"] => (text("set")?, Some(Value::Bytes(hex(&json["hex"])?))),
            ["stream"] => return self.add_failure(&json["stream"]).map_err(|error| error.at_key("stream")),
            _ => return Err(unknown()),
        };
        let no_path = || ParseError::new("`schema…` or `array[i]…`", format!("`{path}`"));
        let mut parts =
            path.split('.').map(|part| name_and_index(part).ok_or_else(no_path)).collect::<Result<Vec<_>, _>>()?;
        let root = parts.remove(0);
        let action = match value {
            None => Action::Release,
            Some(value) => {
                let (member, element) = parts.pop().ok_or_else(no_path)?;
                Action::Set { member: member.to_owned(), element, value }
            }
        };
        let step = |part: &(&str, Option<usize>)| match *part {
            ("children", Some(index)) => Ok(Step::Child(index)),
            ("dictionary", None) => Ok(Step::Dictionary),
            _ => Err(no_path()),
        };
        let change = Change { index, steps: parts.iter().map(step).collect::<Result<_, _>>()?, action };
        match root {
            ("schema", None) => self.schema.push(change),
            ("array", Some(batch)) => self.arrays.entry(batch).or_default().push(change),
            _ => return Err(no_path()),
        }
        Ok(())
    }

    fn add_failure(&mut self, json: &Json) -> Result<(), ParseError> {
        let fail = &json["fail"];
        let expected = "`{fail: {at: CALL, code: ERRNO, message: TEXT or null}}`, CALL being `schema` or a number";
        let unknown = || ParseError::new(expected, json.to_string());
        let code = fail["code"].as_i64().and_then(|code| c_int::try_from(code).ok()).filter(|code| *code != 0);
        let message = match &fail["message"] {
            Json::Null => None,
            Json::String(text) => Some(CString::new(text.as_str()).map_err(|_| unknown())?),
            _ => return Err(unknown()),
        };
        let failure = Failure { code: code.ok_or_else(unknown)?, message };
        match (&fail["at"], fail["at"].as_u64()) {
            (Json::String(at), _) if at == "schema" => self.failing_schema = Some(failure),
            (_, Some(batch)) => drop(self.failing_batch.insert(batch as usize, failure)),
            _ => return Err(unknown()),
        }
        Ok(())
    }

    pub(super) fn failing_schema(&self) -> Option<&Failure> {
        self.failing_schema.as_ref()
    }

    pub(super) fn failing_batch(&self, index: usize) -> Option<&Failure> {
        self.failing_batch.get(&index)
    }

    /// The schema that the kit has just made, changed.
    pub(super) fn schema(&self, mut schema: ArrowSchema) -> Result<ArrowSchema, ParseError> {
        for change in &self.schema {
            change.of_schema(&mut schema).map_err(|error| error.at_index(change.index).at_key("cdata"))?;
        }
        Ok(schema)
    }

    /// The array that the kit has just made of the batch of that index, changed.
    pub(super) fn array(&self, batch: usize, mut array: ArrowArray) -> Result<ArrowArray, ParseError> {
        for change in self.arrays.get(&batch).into_iter().flatten() {
            change.of_array(&mut array).map_err(|error| error.at_index(change.index).at_key("cdata"))?;
        }
        Ok(array)
    }
}

impl Change {
    fn of_schema(&self, root: &mut ArrowSchema) -> Result<(), ParseError> {
        let mut at: *mut ArrowSchema = root;
        for step in &self.steps {
            // SAFETY: the kit has just made the structure, and its table has as many pointers as the ledger says.
            at = unsafe { next(*step, (*at).children, children_of_schema(&*at), (*at).dictionary)? };
        }
        // SAFETY: as above.
        let schema = unsafe { &mut *at };
        let Action::Set { member, element, value } = &self.action else {
            // SAFETY: as above.
            unsafe { SCHEMAS.release_for_parent(schema) };
            return Ok(());
        };
        match (member.as_str(), element, value) {
            ("format", None, Value::Null) => schema.format = ptr::null(),
            ("format", None, Value::Bytes(text)) => schema.format = keep(schema, c_string(text)),
            ("name", None, Value::Null) => schema.name = ptr::null(),
            ("name", None, Value::Bytes(text)) => schema.name = keep(schema, c_string(text)),
            ("metadata", None, Value::Null) => schema.metadata = ptr::null(),
            ("metadata", None, Value::Bytes(bytes)) => schema.metadata = keep(schema, bytes.clone()),
            ("flags", None, Value::Number(flags)) => schema.flags = *flags,
            ("n_children", None, Value::Number(count)) => schema.n_children = *count,
            ("children", None, Value::Null) => schema.children = ptr::null_mut(),
            ("dictionary", None, Value::Null) => schema.dictionary = ptr::null_mut(),
            // SAFETY: as above.
            ("children", Some(index), Value::Null) => unsafe {
                clear(schema.children, children_of_schema(schema), *index)?
            },
            _ => return Err(self.no_such_member("ArrowSchema")),
        }
        Ok(())
    }

    fn of_array(&self, root: &mut ArrowArray) -> Result<(), ParseError> {
        let mut at: *mut ArrowArray = root;
        for step in &self.steps {
            // SAFETY: as in `of_schema`.
            at = unsafe { next(*step, (*at).children, tables_of_array(&*at).children, (*at).dictionary)? };
        }
        // SAFETY: as above.
        let array = unsafe { &mut *at };
        let Action::Set { member, element, value } = &self.action else {
            // SAFETY: as above.
            unsafe { ARRAYS.release_for_parent(array) };
            return Ok(());
        };
        match (member.as_str(), element, value) {
            ("length", None, Value::Number(number)) => array.length = *number,
            ("null_count", None, Value::Number(number)) => array.null_count = *number,
            ("offset", None, Value::Number(number)) => array.offset = *number,
            ("n_buffers", None, Value::Number(number)) => array.n_buffers = *number,
            ("n_children", None, Value::Number(number)) => array.n_children = *number,
            ("buffers", None, Value::Null) => array.buffers = ptr::null_mut(),
            ("children", None, Value::Null) => array.children = ptr::null_mut(),
            ("dictionary", None, Value::Null) => array.dictionary = ptr::null_mut(),
            // SAFETY: as above.
            ("buffers", Some(index), Value::Null) => unsafe {
                clear(array.buffers.cast::<*mut u8>(), tables_of_array(array).buffers, *index)?;
            },
            // SAFETY: as above.
            ("children", Some(index), Value::Null) => unsafe {
                clear(array.children, tables_of_array(array).children, *index)?;
            },
            _ => return Err(self.no_such_member("ArrowArray")),
        }
        Ok(())
    }

    fn no_such_member(&self, structure: &str) -> ParseError {
        let Action::Set { member, value, .. } = &self.action else { return ParseError::new(OPERATIONS, "another") };
        let value = match value {
            Value::Null => "null".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        ParseError::new(format!("a member of {structure} and a value for it"), format!("`{member}` and {value}"))
    }
}

/// The number of pointers in the table of a schema, whatever it says itself; none once it is released.
fn children_of_schema(schema: &ArrowSchema) -> usize {
    SCHEMAS.with(Ticket::of(schema.private_data), |memory| memory.child_count()).unwrap_or(0)
}

/// Likewise for the tables of an array.
fn tables_of_array(array: &ArrowArray) -> Tables {
    ARRAYS.with(Ticket::of(array.private_data), |memory| memory.tables()).unwrap_or_default()
}

/// The structure that a step leads to.
///
/// # Safety
///
/// `children` has `count` pointers, each NULL or valid, unless it is NULL; `dictionary` is NULL or valid.
unsafe fn next<S>(step: Step, children: *mut *mut S, count: usize, dictionary: *mut S) -> Result<*mut S, ParseError> {
    let found = match step {
        Step::Dictionary => dictionary,
        Step::Child(index) if !children.is_null() && index < count => {
            // SAFETY: there are more children than `index`.
            unsafe { *children.add(index) }
        }
        Step::Child(_) => ptr::null_mut(),
    };
    let missing = || match step {
        Step::Child(index) => ParseError::new(format!("child {index}"), format!("{count} children")),
        Step::Dictionary => ParseError::new("a dictionary", "none"),
    };
    if found.is_null() { Err(missing()) } else { Ok(found) }
}

/// Makes a pointer of a table NULL.
///
/// # Safety
///
/// `table` has `count` pointers unless it is NULL.
unsafe fn clear<S>(table: *mut *mut S, count: usize, index: usize) -> Result<(), ParseError> {
    if table.is_null() || index >= count {
        return Err(ParseError::new(format!("element {index}"), format!("{count} elements")));
    }
    // SAFETY: there are more pointers than `index`.
    unsafe { table.add(index).write(ptr::null_mut()) };
    Ok(())
}

/// `children[3]` → `children` and 3.
fn name_and_index(part: &str) -> Option<(&str, Option<usize>)> {
    match part.split_once('[') {
        None => Some((part, None)),
        Some((name, rest)) => Some((name, Some(rest.strip_suffix(']')?.parse().ok()?))),
    }
}

fn value(json: &Json) -> Result<Value, ParseError> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::String(text) => Ok(Value::Bytes(text.as_bytes().to_vec())),
        json => {
            let number = json.as_i64().map(Value::Number);
            number.ok_or_else(|| ParseError::new("null, a 64-bit integer or a text", json.to_string()).at_key("to"))
        }
    }
}

fn hex(json: &Json) -> Result<Vec<u8>, ParseError> {
    let digits = |text: &str| {
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        pairs.map(|pair| byte(pair).filter(|_| pair.len() == 2)).collect::<Option<Vec<u8>>>()
    };
    let bytes = json.as_str().and_then(digits);
    bytes.ok_or_else(|| ParseError::new("pairs of hex digits", json.to_string()).at_key("hex"))
}

/// A text with the NUL byte that ends it.
fn c_string(text: &[u8]) -> Vec<u8> {
    [text, &[0]].concat()
}
