"""The commands that write: `produce`, `transcode`, and `echo`, which shares their input."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

import metadata
import tensors
from arrowipc_adapter import (
    Adapter,
    AdapterFailure,
    ArrowArray,
    CStream,
    Kit,
    Pairs,
    StreamError,
    Unsupported,
    drain_stream,
    observe_stream,
    release,
)
from failure import blame
from memory import Account
from readers import BatchAndMetadata, open_reader, table_batches
from sinks import Sink, open_sink
from sources import open_source


def produce(adapter: Adapter, request: dict) -> dict:
    """Writes canonical data, tensors, or a frame, as IPC; the fields of the answer."""
    if "frame" in request:
        import frame  # pandas takes longer to import than all the rest

        data = frame.build(request["frame"])
        with blame("write"):
            table = pa.Table.from_pandas(data)
        return write(table.schema, [(batch, []) for batch in table.to_batches()], request, adapter.workdir)
    if "tensors" in request:
        return tensors.produce(request, adapter.workdir)
    path = adapter.workdir / request["in"]
    with adapter.kit.build(path) as stream:
        schema = _import_schema(stream)
        return write(schema, _import_batches(stream, schema, path), request, adapter.workdir)


def transcode(adapter: Adapter, request: dict, pool: pa.MemoryPool) -> dict:
    """Reads IPC and writes it again batch by batch, with schema and batch metadata; the fields of the answer."""
    with open_source(request.get("source", "path"), adapter.workdir / request["path"], pool) as source:
        reader = open_reader(request["format"], source, Account(pool))
        return write(reader.schema, reader.batches(), request | {"format": request["to"]}, adapter.workdir)


def echo(adapter: Adapter, request: dict) -> dict:
    """Imports the stream of canonical data and exports it as a stream again; the fields of the answer."""
    kit, path, observe = adapter.kit, adapter.workdir / request["in"], request.get("observe", {})
    if request.get("validate", "none") == "full":
        _validate_apart(kit, path)
    with kit.build(path) as stream, CStream() as exported:
        with blame("schema"):
            reader = pa.RecordBatchReader._import_from_c(stream.address)
            reader._export_to_c(exported.address)
        del reader
        if observe.get("via", "none") == "none":
            return drain_stream(exported, blame)
        return observe_stream(kit, exported, adapter.dump_path(observe), blame, metadata=_batch_metadata(path))


def _validate_apart(kit: Kit, path: Path) -> None:
    """Validates an import of its own: from the one that is exported the kit takes the batches alone."""
    with kit.build(path) as stream:
        with blame("schema"):
            reader = pa.RecordBatchReader._import_from_c(stream.address)
        count = 0
        while True:
            with blame("batch", count):
                batch = next(reader, None)
            if batch is None:
                return
            with blame("validate", count):
                batch.validate(full=True)
            count += 1


def _import_schema(stream: CStream) -> pa.Schema:
    try:
        exported = stream.schema()
    except StreamError as error:
        raise AdapterFailure(f"kit: {error}") from error
    try:
        with blame("write"):
            return pa.Schema._import_from_c(ctypes.addressof(exported))
    finally:
        release(exported)


def _import_batches(stream: CStream, schema: pa.Schema, path: Path) -> Iterator[BatchAndMetadata]:
    """Batches are pulled callback by callback, so that a fault of the kit is told from one of pyarrow."""
    pairs = _batch_metadata(path)
    count = 0
    while (array := _pull(stream)) is not None:
        try:
            with blame("write", count):
                batch = pa.RecordBatch._import_from_c(ctypes.addressof(array), schema)
        finally:
            release(array)
        yield batch, pairs[count] if pairs else []
        del batch
        count += 1


def _batch_metadata(path: Path) -> list[Pairs]:
    """The metadata of every written batch, read in one go (the kit would parse the file once a batch)."""
    with path.open(encoding="utf-8") as file:
        batches = json.load(file).get("batches", [])
    return [metadata.from_json(batch.get("metadata", [])) for batch in batches]


def _pull(stream: CStream) -> ArrowArray | None:
    try:
        return stream.next()
    except StreamError as error:
        raise AdapterFailure(f"kit: {error}") from error


def write(schema: pa.Schema, batches: Iterable[BatchAndMetadata], request: dict, workdir: Path) -> dict:
    """Writes batches in the format, through the sink and with the options of the request; the fields of the answer."""
    options = request.get("options", {})
    out = workdir / request["out"]
    if not out.parent.is_dir():
        raise AdapterFailure(f"{out.parent} is no directory")
    unify = options.get("dictionaries") == "unify"
    with blame("write"), open_sink(request.get("sink", "path"), out) as sink:
        with _open_writer(request["format"], sink, schema, options) as writer:
            if unify and request["format"] == "file":
                writer.write_table(_table(schema, batches, keeps_metadata=False))
            else:
                for batch, pairs in _unified(schema, batches) if unify else batches:
                    writer.write_batch(batch, custom_metadata=metadata.to_pyarrow(pairs))
                    del batch
    return {"size": out.stat().st_size}


def _open_writer(form: str, sink: Sink, schema: pa.Schema, options: dict) -> pa.ipc.RecordBatchStreamWriter:
    footer = metadata.to_pyarrow(metadata.from_json(options.get("footer_metadata") or []))
    if form == "file":
        return pa.ipc.new_file(sink, schema, options=write_options(options), metadata=footer)
    if form != "stream":
        raise Unsupported(f"format.{form}", f"unknown format {form}")
    if footer is not None:
        raise Unsupported("meta.footer", "a stream has no footer")
    return pa.ipc.new_stream(sink, schema, options=write_options(options))


def write_options(options: dict) -> pa.ipc.IpcWriteOptions:
    """`IpcWriteOptions` of OPTIONS."""
    if options.get("alignment", _ALIGNMENT) != _ALIGNMENT:
        raise Unsupported("alignment", "IpcWriteOptions has no alignment; pyarrow pads to 8 bytes")
    version = options.get("metadata_version", 5)
    if version not in _METADATA_VERSIONS:
        raise Unsupported(f"version.v{version}", f"unknown metadata version {version}")
    dictionaries = options.get("dictionaries", "replace")
    return pa.ipc.IpcWriteOptions(
        metadata_version=_METADATA_VERSIONS[version],
        use_legacy_format=options.get("legacy", False),
        compression=_codec(options),
        emit_dictionary_deltas=dictionaries == "delta",
        unify_dictionaries=dictionaries == "unify",
    )


def _codec(options: dict) -> pa.Codec | None:
    name = options.get("compression", "none")
    return None if name == "none" else pa.Codec(name, compression_level=options.get("compression_level"))


def _unified(schema: pa.Schema, batches: Iterable[BatchAndMetadata]) -> Iterator[BatchAndMetadata]:
    """A stream writer ignores `unify_dictionaries`: the table does it, which is what the file writer calls as well."""
    held = list(batches)
    if len(schema) == 0:
        yield from held
        return
    table = _table(schema, held, keeps_metadata=True).unify_dictionaries()
    for batch, (_, pairs) in zip(table_batches(table), held, strict=True):
        yield batch, pairs


def _table(schema: pa.Schema, batches: Iterable[BatchAndMetadata], keeps_metadata: bool) -> pa.Table:
    held = list(batches)
    if not keeps_metadata and any(pairs for _, pairs in held):
        raise Unsupported("meta.batch", "write_table takes no batch metadata")
    return pa.Table.from_batches([batch for batch, _ in held], schema=schema)


_ALIGNMENT = 8
_METADATA_VERSIONS = {4: pa.ipc.MetadataVersion.V4, 5: pa.ipc.MetadataVersion.V5}
