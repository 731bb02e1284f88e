"""What is done with batches once they are read: digest and dump through the kit, or a walk."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from arrowipc_adapter import Adapter, AdapterFailure, ArrowArray, ArrowSchema, Kit, Malformed, Observer, Pairs
from failure import blame
from memory import MappedRange, walk
from readers import BatchAndMetadata


class Observation(Protocol):
    """Takes batches in order; `finish` gives the fields of the answer."""

    def add(self, batch: pa.RecordBatch, pairs: Pairs, count: int) -> None:
        """Batch number `count`, with its metadata."""

    def finish(self) -> dict:
        """`batches`, `rows`, and `digest` where there is one."""


class Walk:
    """Touches every array and keeps nothing."""

    def __init__(self) -> None:
        self.batches = 0
        self.rows = 0

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def add(self, batch: pa.RecordBatch, pairs: Pairs, count: int) -> None:
        """Counts nulls at every level."""
        with blame("batch", count):
            walk(batch)
        if batch.num_rows < 0:
            raise Malformed(f"batch {count} has {batch.num_rows} rows")
        self.batches += 1
        self.rows += batch.num_rows

    def finish(self) -> dict:
        """`batches` and `rows`."""
        return {"batches": self.batches, "rows": self.rows}


class CData:
    """Exports every batch through the C Data Interface into an observer of the kit."""

    def __init__(self, kit: Kit, schema: pa.Schema, dump: Path | None) -> None:
        self._observer = Observer(kit, export_schema(schema), dump)

    def __enter__(self) -> CData:
        return self

    def __exit__(self, *error: object) -> None:
        self._observer.__exit__(*error)

    def add(self, batch: pa.RecordBatch, pairs: Pairs, count: int) -> None:
        """The kit releases the exported array before this returns."""
        array = ArrowArray()
        with blame("batch", count):
            batch._export_to_c(ctypes.addressof(array))
        self._observer.batch(array, pairs)

    def finish(self) -> dict:
        """`digest`, `batches` and `rows`, of the kit."""
        return self._observer.finish()


def export_schema(schema: pa.Schema) -> ArrowSchema:
    """The caller consumes or releases it."""
    exported = ArrowSchema()
    with blame("schema"):
        schema._export_to_c(ctypes.addressof(exported))
    return exported


def observation(adapter: Adapter, schema: pa.Schema, observe: dict) -> AbstractContextManager[Observation]:
    """The observation that `observe` of a request asks for: `via` cdata or none."""
    via = observe.get("via", "none")
    if via == "none":
        return Walk()
    if via == "cdata":
        return CData(adapter.kit, schema, adapter.dump_path(observe))
    raise AdapterFailure(f"observe.via {via} is none of cdata, frame, none")


def observe_batches(
    observing: AbstractContextManager[Observation], batches: Iterable[BatchAndMetadata], mapped: MappedRange | None
) -> dict:
    """Hands batches on one by one, and lets go of each before the next is read."""
    with observing as taker:
        for count, (batch, pairs) in enumerate(batches):
            if mapped is not None:
                mapped.see(batch)
            taker.add(batch, pairs, count)
            del batch, pairs
        return taker.finish()
