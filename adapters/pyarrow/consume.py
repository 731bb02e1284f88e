"""The command `consume`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

import produce
import tensors
from arrowipc_adapter import Adapter, CStream, Unsupported, drain_stream, observe_stream
from failure import blame
from memory import Account, MappedRange
from observe import observation, observe_batches
from readers import BatchAndMetadata, FileInput, Input, open_reader, table_batches
from sources import open_source


def consume(adapter: Adapter, request: dict, pool: pa.MemoryPool) -> dict:
    """Reads `path` in the way of the request; the fields of the answer."""
    observe = request.get("observe", {})
    if observe.get("via") == "tensors":
        return tensors.consume(adapter, request, pool)
    full = request.get("validate", "none") == "full"
    if request.get("access") == "c_stream" and full:
        _validate_apart(adapter, request, pool)
    account = Account(pool)
    kind = request.get("source", "path")
    with open_source(kind, adapter.workdir / request["path"], pool) as source:
        mapped = MappedRange(source) if kind == "memory_map" else None
        reader = open_reader(request["format"], source, account, request.get("projection"))
        if observe.get("via") == "frame":
            answer = _frame(reader, full, adapter.dump_path(observe))
        elif request.get("access") == "c_stream":
            answer = _c_stream(adapter, reader, observe, account)
        else:
            batches = _batches(reader, request)
            if full:
                batches = _validated(batches)
            if observe.get("via") == "transcode":
                answer = produce.write(reader.schema, batches, request | {"out": observe["out"]}, adapter.workdir)
            else:
                answer = observe_batches(observation(adapter, reader.schema, observe), batches, mapped)
        answer["facts"] = reader.facts() | account.facts()
        if mapped is not None and mapped.seen:
            answer["facts"]["in_map"] = mapped.holds_all
        if kind in ("path", "fd", "memory_map"):
            answer["facts"]["size"] = source.size()
    return answer


def _batches(reader: Input, request: dict) -> Iterable[BatchAndMetadata]:
    access = request.get("access", "next")
    if access == "next":
        return reader.batches()
    if access == "all":
        return [(batch, []) for batch in table_batches(reader.table())]  # a table has no batch metadata
    if access == "random" and isinstance(reader, FileInput):
        return reader.batches(request["order"])
    raise Unsupported(f"access.{access}", f"access {access} of format {request['format']}")


def _validated(batches: Iterable[BatchAndMetadata]) -> list[BatchAndMetadata]:
    """Reads everything, then validates everything, so that nothing is observed of an input that is not valid."""
    held = list(batches)
    for count, (batch, _) in enumerate(held):
        with blame("validate", count):
            batch.validate(full=True)
    return held


def _validate_apart(adapter: Adapter, request: dict, pool: pa.MemoryPool) -> None:
    """Validates through a reader of its own: an exported stream hands its batches to the kit alone."""
    with open_source(request.get("source", "path"), adapter.workdir / request["path"], pool) as source:
        reader = open_reader(request["format"], source, Account(pool), request.get("projection"))
        _validated(reader.batches())


def _c_stream(adapter: Adapter, reader: Input, observe: dict, account: Account) -> dict:
    """What pyarrow's own exported stream gives."""
    with CStream() as stream:
        with blame("schema"):
            reader.c_reader()._export_to_c(stream.address)
        if observe.get("via", "none") == "none":
            return drain_stream(stream, blame, account)
        return observe_stream(adapter.kit, stream, adapter.dump_path(observe), blame, account)


def _frame(reader: Input, full: bool, dump: Path | None) -> dict:
    """`read_pandas` of the reader; with validation its halves `read_all` and `to_pandas`, with `validate` between."""
    import frame  # pandas takes longer to import than all the rest

    if full:
        table = reader.table()
        with blame("validate"):
            table.validate(full=True)
        with blame("batch"):
            data = table.to_pandas()
    else:
        with blame("batch"):
            data = reader.reader.read_pandas()
    text = frame.describe(data).encode()
    if dump is not None:
        dump.write_bytes(text)
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    return {"digest": digest, "batches": reader.facts()["num_batches"], "rows": len(data)}
