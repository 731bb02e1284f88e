"""Adapter of arro3: arrow-rs behind a Python package."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from arro3 import io
from arro3.core import RecordBatchReader

from arrowipc_adapter import Adapter, Batches, main


class Arro3(Adapter):
    """A panic of arrow-rs ends the process: arro3.io gives batches to arro3.core by a C stream, and so does that."""

    id = "arro3"
    features = (
        "format.*",
        "type.*",
        "dict.basic",
        "dict.nested",
        "dict.ordered",
        "dict.replacement",
        "dict.shared:r",
        "dict.delta:r",
        "compress.lz4",
        "compress.zstd",
        "meta.schema",
        "meta.field",
        "meta.batch",
        "version.v4:r",
        "legacy:r",
    )
    observe = ("cdata", "transcode")
    # Metadata are hash maps.
    loses = ("metadata_order", "batch_metadata")

    def implementation(self) -> dict:
        return {
            "name": "arro3",
            "language": "python",
            "version": version("arro3-io"),
            "components": {"arrow-rs": "59.0.0", "python": platform.python_version()},
        }

    def read(self, path: Path, form: str, request: dict) -> RecordBatchReader:
        return io.read_ipc_stream(path) if form == "stream" else io.read_ipc(path)

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        write = io.write_ipc_stream if form == "stream" else io.write_ipc
        compression = options.get("compression", "none")
        write(data, path, compression=None if compression == "none" else compression)

    def import_data(self, data: Any) -> Batches:
        # Imported and exported one by one, a batch that panics is an exception.
        reader = RecordBatchReader.from_arrow(data)
        return Batches(reader.schema, reader)


if __name__ == "__main__":
    main(Arro3())
