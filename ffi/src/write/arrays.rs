//! Arrays as the writer takes them: somebody else's, as the C Data Interface describes them, their buffers with their
//! sizes.
//!
//! All arrays of a batch lie in two vectors, whose memory serves batch after batch.

use super::scratch::recycled;

/// An array without what it refers to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Array<'a> {
    /// Number of slots behind `offset`.
    pub length: usize,
    /// Slots before the first one that counts.
    pub offset: usize,
    /// Validity bitmap over `offset + length` bits; `None` when there are no nulls.
    pub validity: Option<&'a [u8]>,
    buffers: Range,
    children: Range,
    /// Position of the dictionary; 0, where a column lies, when there is none.
    dictionary: usize,
}

/// Consecutive elements of a vector.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    start: usize,
    length: usize,
}

/// The arrays of a batch: the columns, and behind each array its children side by side.
#[derive(Debug, Default)]
pub struct Arrays<'a> {
    arrays: Vec<Array<'a>>,
    buffers: Vec<&'a [u8]>,
}

impl<'a> Arrays<'a> {
    /// No arrays, in the memory of these.
    pub fn recycled<'b>(self) -> Arrays<'b> {
        Arrays { arrays: recycled(self.arrays), buffers: recycled(self.buffers) }
    }

    /// Makes room for `count` arrays side by side and says where the first one lies.
    pub fn reserve(&mut self, count: usize) -> usize {
        let first = self.arrays.len();
        self.arrays.resize(first + count, Array::default());
        first
    }

    /// Sets the array at `index`, for which there is room, but for its buffers and children. The buffers follow before any
    /// other array is set.
    #[inline]
    pub fn set(
        &mut self,
        index: usize,
        length: usize,
        offset: usize,
        validity: Option<&'a [u8]>,
    ) -> ArrayBuffers<'_, 'a> {
        let array = &mut self.arrays[index];
        let buffers = Range { start: self.buffers.len(), length: 0 };
        *array = Array { length, offset, validity, buffers, ..Array::default() };
        ArrayBuffers { count: &mut array.buffers.length, buffers: &mut self.buffers }
    }

    /// Makes the `count` arrays from `first` on the children of the array at `index`.
    pub fn set_children(&mut self, index: usize, first: usize, count: usize) {
        self.arrays[index].children = Range { start: first, length: count };
    }

    /// Makes the array at `dictionary` the values of the dictionary-encoded array at `index`.
    pub fn set_dictionary(&mut self, index: usize, dictionary: usize) {
        self.arrays[index].dictionary = dictionary;
    }

    /// The array at `index`, for a column its number.
    pub fn get(&self, index: usize) -> ArrayView<'_, 'a> {
        ArrayView { all: self, array: &self.arrays[index] }
    }
}

/// The buffers of an array that was just set.
pub struct ArrayBuffers<'s, 'a> {
    count: &'s mut usize,
    buffers: &'s mut Vec<&'a [u8]>,
}

impl<'a> ArrayBuffers<'_, 'a> {
    /// Appends one. The buffers are those but validity, from slot 0 on and exactly as long as `offset + length` slots need
    /// (for variable-size data: as the last offset says). For view types: the views, then the data buffers.
    #[inline]
    pub fn push(&mut self, bytes: &'a [u8]) {
        self.buffers.push(bytes);
        *self.count += 1;
    }
}

/// An array among others.
#[derive(Clone, Copy, Debug)]
pub struct ArrayView<'v, 'a> {
    all: &'v Arrays<'a>,
    array: &'v Array<'a>,
}

impl<'a> std::ops::Deref for ArrayView<'_, 'a> {
    type Target = Array<'a>;

    fn deref(&self) -> &Array<'a> {
        self.array
    }
}

impl<'v, 'a> ArrayView<'v, 'a> {
    /// The buffers but validity.
    pub fn buffers(&self) -> &'v [&'a [u8]] {
        let Range { start, length } = self.array.buffers;
        &self.all.buffers[start..start + length]
    }

    /// Number of children.
    pub fn child_count(&self) -> usize {
        self.array.children.length
    }

    /// A child by position.
    pub fn child(&self, position: usize) -> Option<ArrayView<'v, 'a>> {
        let Range { start, length } = self.array.children;
        (position < length).then(|| self.all.get(start + position))
    }

    /// The children in order.
    pub fn children(self) -> impl Iterator<Item = ArrayView<'v, 'a>> {
        let Range { start, length } = self.array.children;
        (start..start + length).map(move |index| self.all.get(index))
    }

    /// The values of a dictionary-encoded array.
    pub fn dictionary(&self) -> Option<ArrayView<'v, 'a>> {
        (self.array.dictionary > 0).then(|| self.all.get(self.array.dictionary))
    }
}

/// A record batch to write: its columns fit the writer's schema one by one.
#[derive(Clone, Copy, Debug)]
pub struct BatchView<'v, 'a> {
    /// Number of rows.
    pub rows: usize,
    /// Offset that applies to every column, on top of its own.
    pub offset: usize,
    /// Number of columns.
    pub column_count: usize,
    /// The columns, from 0 on, and what they refer to.
    pub arrays: &'v Arrays<'a>,
}
