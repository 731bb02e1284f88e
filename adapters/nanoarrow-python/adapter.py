"""Adapter of nanoarrow's Python package: streams, read and written by nanoarrow's C library."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import nanoarrow as na
from nanoarrow.c_array_stream import CArrayStream
from nanoarrow.ipc import InputStream, StreamWriter

from arrowipc_adapter import Adapter, main

TYPES = (
    "null",
    "bool",
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "decimal32", "decimal64", "decimal128", "decimal256"),
    *("date32", "date64", "time32", "time64", "timestamp", "duration"),
    *("interval_year_month", "interval_day_time", "interval_month_day_nano"),
    *("binary", "large_binary", "utf8", "large_utf8", "fixed_size_binary"),
    *("list", "large_list", "fixed_size_list", "struct", "map", "dense_union", "sparse_union"),
)


class Nanoarrow(Adapter):
    """nanoarrow has no reader of files, and decodes with one thread, batch by batch."""

    id = "nanoarrow-python"
    features = (
        "format.stream",
        *(f"type.{name}" for name in TYPES),
        "type.run_end_encoded:w",
        "dict.basic:r",
        "dict.nested:r",
        "dict.shared:r",
        "dict.replacement:r",
        "dict.ordered:r",
        "endian.big:r",
        "compress.lz4:r",
        "compress.zstd:r",
        "meta.schema",
        "meta.field",
        "meta.batch",
        "version.v4:r",
        "legacy",
        "source.memory",
    )
    observe = ("cdata", "transcode")
    loses = ("batch_metadata",)

    def implementation(self) -> dict:
        return {
            "name": "nanoarrow",
            "language": "python",
            "version": na.__version__,
            "components": {"nanoarrow-c": na.c_version(), "python": platform.python_version()},
        }

    def read(self, path: Path, form: str, request: dict) -> InputStream:
        if request.get("source") == "memory":
            return InputStream.from_readable(path.read_bytes())
        return InputStream.from_path(path)

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        with StreamWriter.from_path(path) as writer:
            writer.serialize_stream(data)

    def import_data(self, data: Any) -> CArrayStream:
        """A stream is passed on as it is, so what is exported is made of chunks that nanoarrow looked at."""
        with na.c_array_stream(data) as stream:
            chunks = list(stream)
            for chunk in chunks:
                chunk.view()
            return CArrayStream.from_c_arrays(chunks, stream.get_schema())


if __name__ == "__main__":
    main(Nanoarrow())
