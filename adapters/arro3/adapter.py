"""Adapter of arro3: arrow-rs behind a Python package."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from arro3 import io
from arro3.core import RecordBatchReader, Table

from arrowipc_adapter import Adapter, Batches, main


class Arro3(Adapter):
    """Batches are exported one by one, and by the stream that arro3 exports where the request wants that.

    A panic of arrow-rs is an exception of the call that asks for a batch, and the end of the process in a callback of a stream.
    """

    id = "arro3"
    features = (
        "format.*",
        "type.*",
        "dict.*",
        "compress.lz4",
        "compress.zstd",
        "meta.*",
        "version.v4:r",
        "legacy:r",
        "source.memory",
        "source.callbacks",
        "access.all",
        "access.c_stream",
    )
    observe = ("cdata", "transcode")

    def implementation(self) -> dict:
        return {
            "name": "arro3",
            "language": "python",
            "version": version("arro3-io"),
            "components": {"arrow-rs": "59.0.0", "python": platform.python_version()},
        }

    def read(self, path: Path, form: str, request: dict) -> Batches | RecordBatchReader | Table:
        read = io.read_ipc_stream if form == "stream" else io.read_ipc
        reader = read(_SOURCES[request.get("source", "path")](path))
        access = request.get("access", "next")
        if access == "all":
            return reader.read_all()
        return reader if access == "c_stream" else Batches(reader.schema, reader)

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        write = io.write_ipc_stream if form == "stream" else io.write_ipc
        compression = options.get("compression", "none")
        write(data, path, compression=None if compression == "none" else compression)

    def import_data(self, data: Any) -> Batches:
        reader = RecordBatchReader.from_arrow(data)
        return Batches(reader.schema, reader)


_SOURCES = {"path": str, "memory": Path.read_bytes, "callbacks": lambda path: path.open("rb")}


if __name__ == "__main__":
    main(Arro3())
