//! [`Batch`] → `ArrowArray`: one arena holds the structures of children and dictionaries, their tables of
//! pointers and the memory of the buffers.
//!
//! Every structure holds a share of the arena: it can be moved out of its parent and released by any thread,
//! and what it points to stays until the last one is released. Nothing is copied but pointers and lengths.

use super::boundary;
use super::c_data::{ArrowArray, CStructure};
use crate::array::{Batch, Columns, Dictionaries, Node};
use crate::error::{Code, Error, Result};
use crate::schema::{DataType, Field};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// What an empty buffer points to: large enough for the one offset of an array without slots.
#[repr(align(64))]
struct Zeros([u8; 64]);
static ZEROS: Zeros = Zeros([0; 64]);

/// The batch as a struct array with one child for each column.
pub(super) fn export(batch: Batch) -> Result<ArrowArray> {
    let mut plan = Plan::default();
    let mut cursor = Cursor { columns: &batch.columns, next: 0 };
    let children = plan.fields(&batch.schema.fields, &mut cursor, &batch.dictionaries)?;
    let root = Planned {
        length: length(batch.rows)?,
        null_count: 0,
        first_buffer: plan.buffers.len(),
        buffers: 1,
        first_child: plan.children.len(),
        children: children.len(),
        dictionary: None,
    };
    plan.children.extend(children);
    plan.buffers.push(ptr::null());
    Ok(plan.build(root, batch.columns, batch.dictionaries))
}

fn length(slots: usize) -> Result<i64> {
    i64::try_from(slots).map_err(|_| inconsistent("a length does not fit"))
}

fn inconsistent(what: &str) -> Error {
    Error::new(Code::Internal, format!("a decoded batch does not fit its schema: {what}"))
}

/// Where the next node is taken from.
struct Cursor<'a> {
    columns: &'a Columns,
    next: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self) -> Result<&'a Node> {
        let node = self.columns.nodes.get(self.next).ok_or_else(|| inconsistent("a node is missing"))?;
        self.next += 1;
        Ok(node)
    }
}

/// A structure to be, its pointers as positions in the tables of the [`Plan`].
struct Planned {
    length: i64,
    null_count: i64,
    first_buffer: usize,
    buffers: usize,
    first_child: usize,
    children: usize,
    dictionary: Option<usize>,
}

/// The content of an arena to be.
#[derive(Default)]
struct Plan {
    arrays: Vec<Planned>,
    children: Vec<usize>,
    buffers: Vec<*const c_void>,
    lengths: Vec<Vec<i64>>,
}

impl Plan {
    /// Adds the arrays of fields one after the other; answers their positions.
    fn fields(&mut self, fields: &[Field], cursor: &mut Cursor<'_>, dictionaries: &Dictionaries) -> Result<Vec<usize>> {
        // A loop, for this is recursive and adapters would take their share of the stack at each level.
        let mut positions = Vec::with_capacity(fields.len());
        for field in fields {
            positions.push(self.field(field, cursor, dictionaries)?);
        }
        Ok(positions)
    }

    /// Adds the array of a field and what belongs to it; answers its position.
    fn field(&mut self, field: &Field, cursor: &mut Cursor<'_>, dictionaries: &Dictionaries) -> Result<usize> {
        let Some(encoding) = &field.dictionary else { return self.array(field, cursor, dictionaries) };
        let values = dictionaries.get(&encoding.id).ok_or_else(|| inconsistent("a dictionary is missing"))?;
        let mut values = Cursor { columns: values, next: 0 };
        let values = self.array(field, &mut values, dictionaries)?;
        let indices = self.node(cursor, false)?;
        Ok(self.push(Planned { dictionary: Some(values), ..indices }))
    }

    /// Adds an array of the type of a field, be it a column or a dictionary.
    fn array(&mut self, field: &Field, cursor: &mut Cursor<'_>, dictionaries: &Dictionaries) -> Result<usize> {
        let variadic = matches!(field.data_type, DataType::BinaryView | DataType::Utf8View);
        let array = self.node(cursor, variadic)?;
        let children = self.fields(&field.children, cursor, dictionaries)?;
        let (first_child, count) = (self.children.len(), children.len());
        self.children.extend(children);
        Ok(self.push(Planned { first_child, children: count, ..array }))
    }

    /// Takes a node and its buffers; of view types the lengths of the variadic buffers go behind them.
    fn node(&mut self, cursor: &mut Cursor<'_>, variadic: bool) -> Result<Planned> {
        let node = cursor.take()?;
        let first_buffer = self.buffers.len();
        let first = node.first_buffer as usize;
        let buffers = cursor.columns.buffers.get(first..first + node.buffer_count as usize);
        let buffers = buffers.ok_or_else(|| inconsistent("a buffer is missing"))?;
        for &buffer in buffers {
            self.buffers.push(match buffer {
                _ if buffer.is_absent() => ptr::null(),
                _ if buffer.length == 0 => ZEROS.0.as_ptr().cast(),
                _ => cursor.columns.bytes(buffer).as_ptr().cast(),
            });
        }
        if variadic {
            // Before the variadic buffers are the bitmap and the views.
            let lengths = buffers.iter().skip(2).map(|buffer| length(buffer.length)).collect::<Result<Vec<_>>>()?;
            self.buffers.push(if lengths.is_empty() { ZEROS.0.as_ptr().cast() } else { lengths.as_ptr().cast() });
            self.lengths.push(lengths);
        }
        Ok(Planned {
            length: length(node.length)?,
            null_count: length(node.null_count)?,
            first_buffer,
            buffers: self.buffers.len() - first_buffer,
            first_child: 0,
            children: 0,
            dictionary: None,
        })
    }

    fn push(&mut self, array: Planned) -> usize {
        self.arrays.push(array);
        self.arrays.len() - 1
    }

    /// Makes the arena and the structures in it; answers that of the root, which lies outside.
    fn build(self, root: Planned, columns: Columns, dictionaries: Arc<Dictionaries>) -> ArrowArray {
        let mut arrays: Vec<ArrowArray> = self.arrays.iter().map(|_| ArrowArray::RELEASED).collect();
        let base = arrays.as_mut_ptr();
        // Positions were given by `push`: they lie in the arena.
        let mut children: Vec<*mut ArrowArray> = self.children.iter().map(|&i| base.wrapping_add(i)).collect();
        let mut buffers = self.buffers;
        let (child_table, buffer_table) = (children.as_mut_ptr(), buffers.as_mut_ptr());
        let arena = Arc::new(Arena {
            _arrays: arrays,
            _children: children,
            _buffers: buffers,
            _lengths: self.lengths,
            _columns: columns,
            _dictionaries: dictionaries,
        });
        let structure = |planned: &Planned| ArrowArray {
            length: planned.length,
            null_count: planned.null_count,
            offset: 0,
            n_buffers: planned.buffers as i64,
            n_children: planned.children as i64,
            buffers: buffer_table.wrapping_add(planned.first_buffer),
            children: match planned.children {
                0 => ptr::null_mut(),
                _ => child_table.wrapping_add(planned.first_child),
            },
            dictionary: planned.dictionary.map_or(ptr::null_mut(), |i| base.wrapping_add(i)),
            release: Some(release),
            private_data: Arc::into_raw(Arc::clone(&arena)).cast_mut().cast(),
        };
        for (i, planned) in self.arrays.iter().enumerate() {
            // SAFETY: the arena has as many structures as were planned; nobody else has seen them yet.
            unsafe { base.add(i).write(structure(planned)) }
        }
        structure(&root)
    }
}

/// What the structures of a batch share. The tables are reached through the pointers of the structures alone.
struct Arena {
    _arrays: Vec<ArrowArray>,
    _children: Vec<*mut ArrowArray>,
    _buffers: Vec<*const c_void>,
    /// Of variadic buffers.
    _lengths: Vec<Vec<i64>>,
    _columns: Columns,
    _dictionaries: Arc<Dictionaries>,
}

// SAFETY: the pointers lead into the arena's own memory, which changes only where the C Data Interface lets the
// owner of a structure change that structure.
unsafe impl Send for Arena {}
// SAFETY: as above; through a shared reference nothing of it can be reached.
unsafe impl Sync for Arena {}

unsafe extern "C" fn release(array: *mut ArrowArray) {
    // SAFETY: NULL or a structure, by the C Data Interface used by this call alone.
    let Some(structure) = (unsafe { array.as_mut() }) else { return };
    if structure.release.take().is_none() {
        return;
    }
    let share = std::mem::replace(&mut structure.private_data, ptr::null_mut()).cast::<Arena>();
    let children = (0..structure.n_children as usize).map(|i| {
        // SAFETY: the table holds `n_children` pointers.
        unsafe { *structure.children.add(i) }
    });
    for child in children.chain([structure.dictionary]).filter(|child| !child.is_null()) {
        // SAFETY: it lies in the arena, of which this structure still holds a share; one that was moved out has no
        // release callback any more.
        unsafe {
            if let Some(release) = (*child).release {
                release(child);
            }
        }
    }
    // The structure may lie in the arena: it is not touched any more.
    boundary::value((), || {
        // SAFETY: `build` made this share for this structure, and it is given back once.
        drop(unsafe { Arc::from_raw(share) });
    });
}
