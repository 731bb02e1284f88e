"""The command `consume`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

import tensors
from failure import Unsupported, blame
from kit import CStream, Kit
from memory import Account, MappedRange
from observe import dump_path, observation, observe_batches
from readers import BatchAndMetadata, FileInput, Input, open_reader, table_batches
from sources import open_source
from streams import observe_stream


def consume(kit: Kit | None, request: dict, workdir: Path, pool: pa.MemoryPool) -> dict:
    """Reads `path` in the way of the request; the fields of the answer."""
    observe = request.get("observe", {})
    if observe.get("via") == "tensors":
        return tensors.consume(request, workdir, pool)
    full = request.get("validate", "none") == "full"
    if request.get("access") == "c_stream" and full:
        _validate_apart(request, workdir, pool)
    account = Account(pool)
    kind = request.get("source", "path")
    with open_source(kind, workdir / request["path"], pool) as source:
        mapped = MappedRange(source) if kind == "memory_map" else None
        reader = open_reader(request["format"], source, account, request.get("projection"))
        if observe.get("via") == "frame":
            answer = _frame(reader, full, dump_path(observe, workdir))
        elif request.get("access") == "c_stream":
            answer = _c_stream(kit, reader, observe, workdir, account)
        else:
            batches = _batches(reader, request)
            if full:
                batches = _validated(batches)
            answer = observe_batches(observation(kit, reader.schema, observe, workdir), batches, mapped)
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


def _validate_apart(request: dict, workdir: Path, pool: pa.MemoryPool) -> None:
    """Validates through a reader of its own: an exported stream hands its batches to the kit alone."""
    with open_source(request.get("source", "path"), workdir / request["path"], pool) as source:
        reader = open_reader(request["format"], source, Account(pool), request.get("projection"))
        _validated(reader.batches())


def _c_stream(kit: Kit | None, reader: Input, observe: dict, workdir: Path, account: Account) -> dict:
    """What pyarrow's own exported stream gives."""
    with CStream() as stream:
        with blame("schema"):
            reader.c_reader()._export_to_c(stream.address)
        return observe_stream(kit, stream, observe, workdir, account)


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
