"""Adapter of polars for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from arrowipc_adapter import Adapter, main


class Polars(Adapter):
    """DataFrames, read and written by polars' own reader and writer, never by pyarrow."""

    id = "polars"

    # Absent are what polars says it does not know: intervals, decimal256, list views, unions, run-end encoding, deltas.
    features = (
        "format.*",
        "type.null",
        "type.bool",
        "type.int8",
        "type.int16",
        "type.int32",
        "type.int64",
        "type.uint8",
        "type.uint16",
        "type.uint32",
        "type.uint64",
        "type.float16",
        "type.float32",
        "type.float64",
        "type.decimal32",
        "type.decimal64",
        "type.decimal128",
        "type.date32",
        "type.date64",
        "type.time32",
        "type.time64",
        "type.timestamp",
        "type.duration",
        "type.binary",
        "type.large_binary",
        "type.binary_view",
        "type.fixed_size_binary",
        "type.utf8",
        "type.large_utf8",
        "type.utf8_view",
        "type.list",
        "type.large_list",
        "type.fixed_size_list",
        "type.struct",
        "type.map",
        "dict.basic",
        "dict.nested",
        "dict.ordered",
        "dict.replacement",
        "dict.shared:r",
        "endian.big",
        "compress.lz4",
        "compress.zstd",
        "projection",
        "meta.schema:r",
        "meta.field:r",
        "meta.batch:r",
        "meta.footer:r",
        "version.v4:r",
        "legacy:r",
    )
    observe = ("cdata", "transcode")

    # One type of polars for each kind of data (https://docs.pola.rs/user-guide/concepts/data-types-and-structures/).
    type_map = {
        "utf8": "utf8_view",
        "large_utf8": "utf8_view",
        "binary": "binary_view",
        "large_binary": "binary_view",
        "fixed_size_binary": "binary_view",
        "list": "large_list",
        "decimal32": "decimal128",
        "decimal64": "decimal128",
        "date64": "timestamp[ms]",
        "timestamp[s]": "timestamp[ms]",
        "duration[s]": "duration[ms]",
        "time32": "time64[ns]",
        "time64": "time64[ns]",
    }

    # A Categorical has strings and one kind of index; other dictionaries are decoded.
    loses = (
        "batches",
        "batch_metadata",
        "schema_metadata",
        "field_metadata",
        "nullable",
        "ordered",
        "keys_sorted",
        "dictionaries",
        "index_types",
        "child_names",
    )

    def implementation(self) -> dict:
        components = {"polars-runtime-32": version("polars-runtime-32")}
        return {"name": "polars", "language": "python", "version": pl.__version__, "components": components}

    def read(self, path: Path, form: str, request: dict) -> pl.DataFrame:
        read = pl.read_ipc_stream if form == "stream" else pl.read_ipc
        return read(str(path), columns=request.get("projection"))

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        frame = self.import_data(data)
        compression = options.get("compression", "none")
        settings: dict = {"compression": "uncompressed" if compression == "none" else compression}
        if form == "stream":
            frame.write_ipc_stream(str(path), **settings)
        else:
            frame.write_ipc(str(path), record_batch_size=batch_size(frame), **settings)

    def import_data(self, data: Any) -> pl.DataFrame:
        return data if isinstance(data, pl.DataFrame) else pl.DataFrame(data)


def batch_size(frame: pl.DataFrame) -> int | None:
    """The rows of each chunk where all but the last have as many; the writer of files puts all rows in one batch otherwise."""
    if frame.width == 0 or frame.n_chunks() < 2:
        return None
    *lengths, last = (len(chunk) for chunk in frame.to_series(0).get_chunks())
    return lengths[0] if len(set(lengths)) == 1 and 0 < last <= lengths[0] else None


if __name__ == "__main__":
    main(Polars())
