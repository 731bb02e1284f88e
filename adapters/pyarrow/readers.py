"""pyarrow's two IPC readers behind one interface. Every call of pyarrow is blamed on its phase.

pyarrow reads the schema in the call that opens a reader, so its faults are of phase `open`; it reads dictionaries in
the call that asks for a batch, so theirs are of phase `batch`. `schema` is what fails when the schema is exported.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

import metadata
from arrowipc_adapter import Pairs, Unsupported
from failure import blame
from memory import Account, has_class
from sources import Source

BatchAndMetadata = tuple[pa.RecordBatch, Pairs]


class StreamInput:
    """`pa.ipc.open_stream`: batches in order, once."""

    def __init__(self, source: Source, options: pa.ipc.IpcReadOptions, account: Account) -> None:
        self._account = account
        with blame("open"):
            self.reader = pa.ipc.open_stream(source, options=options, memory_pool=account.pool)
        self.schema = self.reader.schema

    def batches(self) -> Iterator[BatchAndMetadata]:
        """The batches to the end of the stream, with their custom metadata."""
        count = 0
        while (batch := self._next(count)) is not None:
            yield batch
            del batch
            count += 1

    def _next(self, count: int) -> BatchAndMetadata | None:
        with blame("batch", count), self._account:
            try:
                batch, pairs = self.reader.read_next_batch_with_custom_metadata()
            except StopIteration:
                return None
        return batch, metadata.from_pyarrow(pairs)

    def c_reader(self) -> pa.RecordBatchReader:
        """What pyarrow exports as an `ArrowArrayStream`."""
        return self.reader

    def facts(self) -> dict:
        """What the reader tells when it has come to the end."""
        return {"num_batches": self.reader.stats.num_record_batches}

    def table(self) -> pa.Table:
        """All batches by `read_all`."""
        return _table(self.reader, self._account)


class FileInput:
    """`pa.ipc.open_file`: batches by number."""

    def __init__(self, source: Source, options: pa.ipc.IpcReadOptions, account: Account) -> None:
        self._account = account
        with blame("open"):
            self.reader = pa.ipc.open_file(source, options=options, memory_pool=account.pool)
            self.schema = self.reader.schema
            self._count = self.reader.num_record_batches

    def batches(self, order: list[int] | None = None) -> Iterator[BatchAndMetadata]:
        """The batches of `order` (by default each one, in the order of the footer), with their custom metadata."""
        for count, index in enumerate(range(self._count) if order is None else order):
            yield self._get(index, count)

    def _get(self, index: int, count: int) -> BatchAndMetadata:
        with blame("batch", count), self._account:
            batch, pairs = self.reader.get_batch_with_custom_metadata(index)
        return batch, metadata.from_pyarrow(pairs)

    def c_reader(self) -> pa.RecordBatchReader:
        """What pyarrow exports as an `ArrowArrayStream`: a stream over batches got one by one."""
        indices = range(self._count)
        return pa.RecordBatchReader.from_batches(self.schema, (self.reader.get_batch(index) for index in indices))

    def facts(self) -> dict:
        """What the footer tells."""
        with blame("open"):
            pairs = metadata.from_pyarrow(self.reader.metadata)
        return {"num_batches": self._count, "footer_metadata": metadata.to_json(pairs)}

    def table(self) -> pa.Table:
        """All batches by `read_all`."""
        return _table(self.reader, self._account)


def _table(reader: pa.RecordBatchReader | pa.ipc.RecordBatchFileReader, account: Account) -> pa.Table:
    with blame("batch"), account:
        return reader.read_all()


def table_batches(table: pa.Table) -> list[pa.RecordBatch]:
    """The batches that a table was read from, empty ones too (`to_batches` drops them).

    A table without columns has forgotten its batches, and one with arrays that Python cannot see does not show them.
    """
    if table.num_columns == 0 or not all(has_class(field.type) for field in table.schema):
        return table.to_batches()
    chunks = zip(*(column.chunks for column in table.columns), strict=True)
    return [pa.RecordBatch.from_arrays(list(arrays), schema=table.schema) for arrays in chunks]


Input = StreamInput | FileInput

_INPUTS: dict[str, type[Input]] = {"stream": StreamInput, "file": FileInput}


def open_reader(form: str, source: Source, account: Account, projection: list[int] | None = None) -> Input:
    """A reader of format `form` ("stream" or "file") on a source of `sources.open_source`."""
    if form not in _INPUTS:
        raise Unsupported(f"format.{form}", f"unknown format {form}")
    if projection == []:
        raise Unsupported("projection.any", "included_fields=[] reads every field")
    if projection is not None and sorted(set(projection)) != projection:
        raise Unsupported("projection.any", "included_fields is a set: columns keep the order of the schema")
    options = pa.ipc.IpcReadOptions(included_fields=projection)
    return _INPUTS[form](source, options, account)
