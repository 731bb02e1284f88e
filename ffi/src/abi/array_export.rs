//! [`Batch`] → `ArrowArray`: one block of memory holds the structures of children and dictionaries, their tables of
//! pointers, and the owners of the buffers.
//!
//! Every structure holds a share of the block: it can be moved out of its parent and released by any thread,
//! and what it points to stays until the last one is released. Nothing is copied but pointers and lengths.

use super::boundary;
use super::c_data::{ArrowArray, CStructure};
use crate::array::{Batch, Columns, Dictionaries, Node};
use crate::error::{Code, Error, Result};
use crate::schema::{DataType, Field};
use bytes::Bytes;
use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What an empty buffer points to: large enough for the one offset of an array without slots.
#[repr(align(64))]
struct Zeros([u8; 64]);
static ZEROS: Zeros = Zeros([0; 64]);

/// The batch as a struct array with one child for each column. Takes the owners of the buffers out of the batch, whose
/// tables may then be used again.
pub(super) fn export(batch: &mut Batch) -> Result<ArrowArray> {
    let Batch { schema, rows, columns, dictionaries, .. } = batch;
    let mut size = Size { arrays: 0, buffers: 1, lengths: 0 };
    size.add_columns(&schema.fields, columns, dictionaries)?;
    let (block, tables) = Block::new(&size, columns.owners.len())?;
    let mut writer = Writer { tables, dictionaries, block: block.0 };
    let children = writer.fields(&schema.fields, &mut Cursor { columns, next: 0 })?;
    let no_bitmap = take(&mut writer.tables.buffers, 1)?;
    no_bitmap[0].write(ptr::null());
    let root = ArrowArray {
        length: length(*rows),
        n_buffers: 1,
        buffers: no_bitmap.as_mut_ptr().cast(),
        n_children: schema.fields.len() as i64,
        children,
        release: Some(release),
        private_data: block.0.as_ptr().cast(),
        ..ArrowArray::RELEASED
    };
    let shares = 1 + size.arrays;
    let dictionaries = (!dictionaries.is_empty()).then(|| std::mem::take(dictionaries));
    block.hand_out(shares, columns.owners.drain(..), dictionaries);
    Ok(root)
}

/// A count of slots or bytes, which was in a message or in memory and fits.
fn length(count: usize) -> i64 {
    count as i64
}

#[cold]
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

fn is_view(data_type: &DataType) -> bool {
    matches!(data_type, DataType::BinaryView | DataType::Utf8View)
}

fn values(dictionaries: &Dictionaries, id: i64) -> Result<&Columns> {
    dictionaries.get(&id).map(Arc::as_ref).ok_or_else(|| inconsistent("a dictionary is missing"))
}

/// What the tables of a block hold.
struct Size {
    arrays: usize,
    buffers: usize,
    /// Of variadic buffers.
    lengths: usize,
}

impl Size {
    /// Adds the trees of `fields`, and those of their dictionaries.
    fn add_columns(&mut self, fields: &[Field], columns: &Columns, dictionaries: &Dictionaries) -> Result<()> {
        self.arrays += columns.nodes.len();
        self.buffers += columns.buffers.len();
        let mut cursor = Cursor { columns, next: 0 };
        // A loop, for this is recursive and adapters would take their share of the stack at each level.
        for field in fields {
            self.add_rest(field, true, &mut cursor, dictionaries)?;
        }
        Ok(())
    }

    /// Adds what the nodes of a tree do not tell.
    fn add_rest(
        &mut self,
        field: &Field,
        encoded: bool,
        cursor: &mut Cursor<'_>,
        dictionaries: &Dictionaries,
    ) -> Result<()> {
        let node = cursor.take()?;
        if let Some(encoding) = field.dictionary.as_ref().filter(|_| encoded) {
            let columns = values(dictionaries, encoding.id)?;
            self.arrays += columns.nodes.len();
            self.buffers += columns.buffers.len();
            return self.add_rest(field, false, &mut Cursor { columns, next: 0 }, dictionaries);
        }
        if is_view(&field.data_type) {
            // The pointer to the lengths, and the lengths: before the variadic buffers are the bitmap and the views.
            self.buffers += 1;
            self.lengths += (node.buffer_count as usize).saturating_sub(2);
        }
        for child in &field.children {
            self.add_rest(child, true, cursor, dictionaries)?;
        }
        Ok(())
    }
}

/// The parts of a block that are not filled yet.
struct Tables<'b> {
    arrays: &'b mut [MaybeUninit<ArrowArray>],
    children: &'b mut [MaybeUninit<*mut ArrowArray>],
    buffers: Pointers<'b>,
    lengths: &'b mut [MaybeUninit<i64>],
}

/// The next `count` entries of a table.
fn take<'b, T>(table: &mut &'b mut [T], count: usize) -> Result<&'b mut [T]> {
    table.split_off_mut(..count).ok_or_else(|| inconsistent("it has more nodes or buffers"))
}

struct Writer<'b, 'a> {
    tables: Tables<'b>,
    dictionaries: &'a Dictionaries,
    block: NonNull<Header>,
}

/// A table of the addresses of buffers.
type Pointers<'b> = &'b mut [MaybeUninit<*const c_void>];

impl<'b> Writer<'b, '_> {
    /// Writes the arrays of fields side by side; answers the table of their addresses.
    fn fields(&mut self, fields: &[Field], cursor: &mut Cursor<'_>) -> Result<*mut *mut ArrowArray> {
        if fields.is_empty() {
            return Ok(ptr::null_mut());
        }
        let arrays = take(&mut self.tables.arrays, fields.len())?;
        let table = take(&mut self.tables.children, fields.len())?;
        for ((field, array), entry) in fields.iter().zip(arrays).zip(table.iter_mut()) {
            self.array(field, true, cursor, array)?;
            entry.write(array.as_mut_ptr());
        }
        Ok(table.as_mut_ptr().cast())
    }

    /// Writes the next array of the type of a field, `encoded` as the field says: not the values of its dictionary.
    fn array(
        &mut self,
        field: &Field,
        encoded: bool,
        cursor: &mut Cursor<'_>,
        place: &mut MaybeUninit<ArrowArray>,
    ) -> Result<()> {
        let node = cursor.take()?;
        let (mut dictionary, mut children, mut n_children, mut variadic) = (ptr::null_mut(), ptr::null_mut(), 0, false);
        match field.dictionary.as_ref().filter(|_| encoded) {
            Some(encoding) => {
                let mut values = Cursor { columns: values(self.dictionaries, encoding.id)?, next: 0 };
                let place = &mut take(&mut self.tables.arrays, 1)?[0];
                self.array(field, false, &mut values, place)?;
                dictionary = place.as_mut_ptr();
            }
            None => {
                variadic = is_view(&field.data_type);
                n_children = length(field.children.len());
                children = self.fields(&field.children, cursor)?;
            }
        }
        let buffers = self.buffers(node, cursor.columns, variadic)?;
        place.write(ArrowArray {
            length: length(node.length),
            null_count: length(node.null_count),
            offset: 0,
            n_buffers: length(buffers.len()),
            n_children,
            buffers: buffers.as_mut_ptr().cast(),
            children,
            dictionary,
            release: Some(release),
            private_data: self.block.as_ptr().cast(),
        });
        Ok(())
    }

    /// Writes the pointers to the buffers of a node; of view types the lengths of the variadic buffers go behind them.
    #[inline]
    fn buffers(&mut self, node: &Node, columns: &Columns, variadic: bool) -> Result<Pointers<'b>> {
        let (first, count) = (node.first_buffer as usize, node.buffer_count as usize);
        let buffers = columns.buffers.get(first..first + count).ok_or_else(|| inconsistent("a buffer is missing"))?;
        let table = take(&mut self.tables.buffers, count + usize::from(variadic))?;
        for (entry, buffer) in table.iter_mut().zip(buffers) {
            entry.write(match buffer {
                _ if buffer.is_absent() => ptr::null(),
                _ if buffer.length == 0 => ZEROS.0.as_ptr().cast(),
                _ => columns.bytes(*buffer).as_ptr().cast(),
            });
        }
        if variadic {
            let data = buffers.get(2..).unwrap_or_default();
            let lengths = take(&mut self.tables.lengths, data.len())?;
            for (entry, buffer) in lengths.iter_mut().zip(data) {
                entry.write(length(buffer.length));
            }
            table[count].write(if data.is_empty() { ZEROS.0.as_ptr().cast() } else { lengths.as_ptr().cast() });
        }
        Ok(table)
    }
}

/// The start of a block.
struct Header {
    /// Structures that are not released.
    shares: AtomicUsize,
    layout: Layout,
    /// Where the owners lie.
    owners: NonNull<Bytes>,
    owner_count: usize,
    _dictionaries: Option<Arc<Dictionaries>>,
}

/// A block that nobody has a share of yet: its header and owners are not there.
struct Block(NonNull<Header>, Layout, NonNull<Bytes>);

impl Block {
    /// A block with room for tables and owners.
    fn new<'b>(size: &Size, owners: usize) -> Result<(Self, Tables<'b>)> {
        let too_large = |_| inconsistent("it does not fit into memory");
        let layout = Layout::new::<Header>();
        let (layout, owners) = layout.extend(Layout::array::<Bytes>(owners).map_err(too_large)?).map_err(too_large)?;
        let array = Layout::array::<ArrowArray>(size.arrays).map_err(too_large)?;
        let (layout, arrays) = layout.extend(array).map_err(too_large)?;
        let child = Layout::array::<*mut ArrowArray>(size.arrays).map_err(too_large)?;
        let (layout, children) = layout.extend(child).map_err(too_large)?;
        let buffer = Layout::array::<*const c_void>(size.buffers).map_err(too_large)?;
        let (layout, buffers) = layout.extend(buffer).map_err(too_large)?;
        let (layout, lengths) =
            layout.extend(Layout::array::<i64>(size.lengths).map_err(too_large)?).map_err(too_large)?;
        // SAFETY: the layout holds a header, it is not empty.
        let start = NonNull::new(unsafe { alloc(layout) }).ok_or_else(|| Error::out_of_memory(layout.size() as u64))?;
        // SAFETY: `layout` was laid out with so many elements of each type at these offsets, and they do not overlap.
        unsafe {
            let tables = Tables {
                arrays: NonNull::slice_from_raw_parts(start.add(arrays).cast(), size.arrays).as_mut(),
                children: NonNull::slice_from_raw_parts(start.add(children).cast(), size.arrays).as_mut(),
                buffers: NonNull::slice_from_raw_parts(start.add(buffers).cast(), size.buffers).as_mut(),
                lengths: NonNull::slice_from_raw_parts(start.add(lengths).cast(), size.lengths).as_mut(),
            };
            Ok((Block(start.cast(), layout, start.add(owners).cast()), tables))
        }
    }

    /// Gives the block to its structures. `owners` are as many as there is room for.
    fn hand_out(
        self,
        shares: usize,
        owners: impl ExactSizeIterator<Item = Bytes>,
        dictionaries: Option<Arc<Dictionaries>>,
    ) {
        let Block(start, layout, place) = self;
        std::mem::forget(self);
        let owner_count = owners.len();
        for (index, owner) in owners.enumerate() {
            // SAFETY: there is room for as many owners, which nothing else uses.
            unsafe { place.add(index).write(owner) }
        }
        let shares = AtomicUsize::new(shares);
        // SAFETY: the block starts with room for the header.
        unsafe { start.write(Header { shares, layout, owners: place, owner_count, _dictionaries: dictionaries }) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and not handed out.
        unsafe { dealloc(self.0.as_ptr().cast(), self.1) }
    }
}

/// Gives shares of a block back; the last ones free it.
///
/// # Safety
/// The caller holds as many shares of the block, and uses them no more.
unsafe fn give_back(block: *mut Header, shares: usize) {
    // SAFETY: the block lives as long as there are shares.
    let held = unsafe { &(*block).shares };
    // Whoever holds all shares is alone with the block, which needs no exchange to be known.
    if held.load(Ordering::Acquire) != shares && held.fetch_sub(shares, Ordering::AcqRel) != shares {
        return;
    }
    // SAFETY: the last shares are gone, so nobody else knows the block; `hand_out` wrote header and owners.
    unsafe {
        let header = block.read();
        let owners = ptr::slice_from_raw_parts_mut(header.owners.as_ptr(), header.owner_count);
        let _free = Block(NonNull::new_unchecked(block), header.layout, header.owners);
        ptr::drop_in_place(owners);
    }
}

unsafe extern "C" fn release(array: *mut ArrowArray) {
    // SAFETY: NULL or a structure, by the C Data Interface used by this call alone.
    let Some(structure) = (unsafe { array.as_mut() }) else { return };
    if structure.release.is_none() {
        return;
    }
    let block = std::mem::replace(&mut structure.private_data, ptr::null_mut()).cast::<Header>();
    // SAFETY: `export` gave the structure this block and a share of it, as it did with every one that `let_go` counts. The
    // structure may lie in the block: it is not touched any more.
    boundary::value((), || unsafe { give_back(block, let_go(array, block)) });
}

/// Marks a structure as released, and those below it that hold a share of the same block: answers how many shares that
/// makes. One that was moved out has no release callback any more.
///
/// # Safety
/// The structure is live, used by this call alone, and holds a share of the block.
unsafe fn let_go(array: *mut ArrowArray, block: *mut Header) -> usize {
    let mut shares = 1;
    // SAFETY: the structure is live; its table holds `n_children` pointers to structures in the block, of which the caller
    // holds a share.
    unsafe {
        (*array).release = None;
        let children = (0..(*array).n_children as usize).map(|i| *(*array).children.add(i));
        for child in children.chain([(*array).dictionary]).filter(|child| !child.is_null()) {
            match (*child).release {
                Some(callback)
                    if ptr::fn_addr_eq(callback, release as Release) && (*child).private_data == block.cast() =>
                {
                    shares += let_go(child, block);
                }
                Some(callback) => callback(child),
                None => {}
            }
        }
    }
    shares
}

type Release = unsafe extern "C" fn(*mut ArrowArray);
