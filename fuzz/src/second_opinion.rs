//! What arrow-ipc says of the same bytes, and where it may differ from the library.

use crate::api::Failure;
use crate::layout::{Type, View};
use crate::values::values;
use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, Schema};
use std::cell::Cell;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was read: the types of the columns, and the values of each batch where they are few enough.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    pub formats: String,
    pub batches: Vec<Option<Vec<u8>>>,
}

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// A panic of arrow-ipc is a refusal; every other one is printed and ends the run.
pub fn install_panic_hook() {
    let _ = std::panic::take_hook();
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !READING.get() {
            print(panic);
        }
    }));
}

/// Reads at most `batches` batches with arrow-ipc.
pub fn read(bytes: &[u8], file: bool, batches: usize) -> Result<Read, String> {
    READING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let text = |error: ArrowError| error.to_string();
        if file {
            let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(text)?;
            let schema = reader.schema();
            collect(&schema, reader.take(batches))
        } else {
            let reader = StreamReader::try_new(bytes, None).map_err(text)?;
            let schema = reader.schema();
            collect(&schema, reader.take(batches))
        }
    }));
    READING.set(false);
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

fn collect(schema: &Schema, batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>) -> Result<Read, String> {
    let c_schema = arrow_schema::ffi::FFI_ArrowSchema::try_from(schema).map_err(|error| error.to_string())?;
    // SAFETY: made by arrow-rs; both are the same structure.
    let ty = unsafe { Type::of(&*(&raw const c_schema).cast()) };
    let batches = batches.map(|batch| {
        let data = arrow_data::ArrayData::from(arrow_array::StructArray::from(batch.map_err(|e| e.to_string())?));
        let array = arrow_data::ffi::FFI_ArrowArray::new(&data);
        // SAFETY: schema and array belong together; both are the same structure.
        Ok(values(unsafe { View::new(&ty, &*(&raw const array).cast()) }))
    });
    Ok(Read { formats: ty.formats(), batches: batches.collect::<Result<_, String>>()? })
}

/// A reason for which one reads what the other refuses.
pub struct Difference {
    /// What the refusal says.
    pub text: &'static str,
    /// Clause of the format that is read differently.
    pub clause: &'static str,
    /// Why that is in order.
    pub reason: &'static str,
}

/// What the library reads and arrow-ipc refuses.
pub const READ_BY_THE_LIBRARY: &[Difference] = &[
    Difference {
        text: "IPC schema has no fields",
        clause: "schema-zero-fields",
        reason: "a schema without the vector of fields has none",
    },
    Difference {
        text: "Unable to get root as",
        clause: "metadata-order",
        reason: "the library keeps metadata byte for byte and verifies what it reads of a flatbuffer; arrow-ipc verifies all",
    },
    Difference {
        text: "Invalid decimal scale",
        clause: "type-decimal-bitwidths",
        reason: "arrow-rs holds scales of 8 bits, the format of 32",
    },
    Difference {
        text: "Need at least 4 bytes in buffers[0] in array of type Int",
        clause: "layout-ree-no-buffers",
        reason: "arrow-ipc writes an entry for the bitmap of run-end encoded arrays of V4, and does not expect it",
    },
    Difference {
        text: "the offset of the new Buffer cannot exceed the existing length",
        clause: "buffer-empty-offset-ignored",
        reason: "the offset of an empty buffer means nothing; arrow-ipc panics where it lies outside the body",
    },
    Difference {
        text: "contained non-zero padding",
        clause: "layout-view-null-slot",
        reason: "views under null slots may hold anything, arrow-rs looks at them",
    },
];

/// Clauses for which the library refuses what arrow-ipc reads.
pub const REFUSED_BY_THE_LIBRARY: &[(&str, &str)] = &[
    ("framing-truncated-prefix", "arrow-ipc takes up to three bytes behind the last message for the end"),
    ("layout-struct-child-length", "arrow-ipc gives a struct the length of its first child, whatever the field node says"),
    ("layout-null-count-mismatch", "arrow-ipc counts nulls itself, whatever the field node says"),
    ("security-flatbuffer-verification", "an offset of zero refers to itself; the flatbuffers crate follows it"),
    ("type-decimal-precision-range", "arrow-ipc does not check the precision of decimals when it reads a schema"),
    ("version-reject-future", "arrow-ipc does not look at the version of messages"),
    ("version-reject-pre-v4", "arrow-ipc does not look at the version of messages"),
];

/// Whether arrow-ipc may refuse what the library reads.
pub fn may_refuse(text: &str) -> bool {
    READ_BY_THE_LIBRARY.iter().any(|difference| text.contains(difference.text))
}

/// Whether the library may refuse what arrow-ipc reads.
pub fn may_be_refused(failure: &Failure) -> bool {
    REFUSED_BY_THE_LIBRARY.iter().any(|(clause, _)| *clause == failure.clause)
}
