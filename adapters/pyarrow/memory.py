"""What pyarrow allocates for one request, and where the buffers of its arrays lie.

Each request reads through a `pa.proxy_memory_pool` of its own, handed to the reader and to native files, because the
default pool's `max_memory` is the peak of the process. Readers take some memory past the pool that they are given (a
file read with `included_fields`), so what the default pool holds after each read counts as well. A proxy must
outlive the buffers that came from it: `Pools` keeps those that still count bytes.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pyarrow as pa


class Pools:
    """The proxy pools of the requests answered so far that may still have memory in use."""

    def __init__(self) -> None:
        self._pools: list[pa.MemoryPool] = []

    def fresh(self) -> pa.MemoryPool:
        """A pool that has counted nothing yet."""
        if len(self._pools) >= _POOLS_KEPT:
            self._prune()
        pool = pa.proxy_memory_pool(pa.default_memory_pool())
        self._pools.append(pool)
        return pool

    def release(self) -> int:
        """Collects garbage, gives free memory back; the bytes that pyarrow still counts in the process."""
        self._prune()
        pa.default_memory_pool().release_unused()
        return pa.total_allocated_bytes()

    def _prune(self) -> None:
        """Garbage goes first: even a buffer without bytes is given back to its pool."""
        gc.collect()
        self._pools = [pool for pool in self._pools if pool.bytes_allocated() > 0]


def left(pool: pa.MemoryPool) -> int:
    """Bytes in use of a pool whose request is done with. Threads of Arrow give theirs back a little later."""
    deadline = time.monotonic() + _PATIENCE
    while pool.bytes_allocated() > 0 and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.001)
    return pool.bytes_allocated()


class Account:
    """Bytes that pyarrow holds for the batches of one request. A `with` block is a read.

    `allocated` is the sum of what each read added to the bytes allocated in the process. It equals the bytes in use
    while all batches are held, and is known without holding them: a batch dropped between two reads changes no
    addition.
    """

    def __init__(self, pool: pa.MemoryPool) -> None:
        self.pool = pool
        self.allocated = 0
        self._start = self._before = pa.total_allocated_bytes()
        self._highest = 0
        self._first = True

    def __enter__(self) -> None:
        if not self._first:
            self._before = pa.total_allocated_bytes()
        self._first = False

    def __exit__(self, *_: object) -> None:
        now = pa.total_allocated_bytes()
        # Threads of Arrow give back what an earlier request used a little later: a read never adds less than nothing.
        self.allocated += max(0, now - self._before)
        self._highest = max(self._highest, now - self._start)

    def facts(self) -> dict:
        """The facts `allocated` and `peak`."""
        return {"allocated": self.allocated, "peak": max(self._highest, self.pool.max_memory())}


class MappedRange:
    """The address range of a memory map, and whether every buffer of the `seen` batches lies in it.

    Made before a reader: it moves the position of the file, and sets it back to the start.
    """

    def __init__(self, file: pa.MemoryMappedFile) -> None:
        whole = file.read_buffer()
        file.seek(0)
        self._whole = whole
        self._start = whole.address
        self._end = whole.address + whole.size
        self.seen = 0
        self.holds_all = True

    def see(self, batch: pa.RecordBatch) -> None:
        """Takes every buffer of a batch into account; buffers without bytes lie nowhere."""
        self.seen += 1
        for column in visible_columns(batch):
            for buffer in all_buffers(column):
                self.holds_all = self.holds_all and self._start <= buffer.address <= self._end - buffer.size


def visible_columns(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    """The columns that Python can look into.

    pyarrow has no array class for year-month and day-time intervals: it reads and writes them, but an attempt to see
    such an array raises KeyError.
    """
    for position, field in enumerate(batch.schema):
        if has_class(field.type):
            yield batch.column(position)


def has_class(kind: pa.DataType) -> bool:
    """Whether pyarrow has Python classes for the arrays of a type and of all types below it."""
    if isinstance(kind, pa.DictionaryType):
        return has_class(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return has_class(kind.storage_type)
    return kind.id not in _CLASSLESS and all(has_class(kind.field(i).type) for i in range(kind.num_fields))


def all_buffers(array: pa.Array) -> Iterator[pa.Buffer]:
    """Every buffer with bytes of an array, of its children and of the dictionaries at any depth."""
    for buffer in array.buffers():
        if buffer is not None and buffer.size > 0:
            yield buffer
    for dictionary in dictionaries(array):
        yield from all_buffers(dictionary)


def dictionaries(array: pa.Array) -> Iterator[pa.Array]:
    """The dictionaries of an array that lie below no other dictionary. (`Array.buffers` leaves them out.)"""
    if isinstance(array, pa.DictionaryArray):
        yield array.dictionary
    else:
        for child in children(array):
            yield from dictionaries(child)


def children(array: pa.Array) -> Iterator[pa.Array]:
    """The child arrays of an array; none for a dictionary's."""
    if isinstance(array, pa.ExtensionArray):
        yield array.storage
    elif isinstance(array, pa.MapArray):
        yield array.keys
        yield array.items
    elif isinstance(array, _LISTS):
        yield array.values
    elif isinstance(array, pa.RunEndEncodedArray):
        yield array.run_ends
        yield array.values
    elif isinstance(array, (pa.StructArray, pa.UnionArray)):
        yield from (array.field(position) for position in range(array.type.num_fields))


def walk(batch: pa.RecordBatch) -> int:
    """Touches every visible array of a batch, its children and dictionaries; the nulls at all levels."""
    return sum(_walk(column) for column in visible_columns(batch))


def _walk(array: pa.Array) -> int:
    below = [array.dictionary] if isinstance(array, pa.DictionaryArray) else list(children(array))
    return array.null_count + sum(_walk(child) for child in below)


_PATIENCE = 1.0
_POOLS_KEPT = 1000
# Arrow C++'s Type::INTERVAL_MONTHS and INTERVAL_DAY_TIME, for which older versions of pyarrow have no names.
_CLASSLESS = (21, 22)
_LISTS = (pa.ListArray, pa.LargeListArray, pa.FixedSizeListArray, pa.ListViewArray, pa.LargeListViewArray)
