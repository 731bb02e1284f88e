"""Adapter of datafusion for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import datafusion
from arrowipc_adapter import Adapter, main
from datafusion import DataFrame, SessionConfig, SessionContext, col

SETTINGS = {
    # Rows stay in order, and batches as they are.
    "datafusion.execution.target_partitions": "1",
    "datafusion.execution.batch_size": "1000000000",
}


class DataFusion(Adapter):
    """Queries over IPC data: `read_arrow`, of streams and files, and COPY, to files."""

    id = "datafusion"
    features = (
        "format.stream:r",
        "format.file",
        "type.*",
        "dict.*:r",
        "dict.basic",
        "dict.nested",
        "dict.ordered",
        "projection",
        "projection.any",
        "compress.lz4",
        "compress.zstd:r",
        "meta.schema",
        "meta.field",
        "meta.batch:r",
        "meta.footer:r",
        "version.v4:r",
        "legacy:r",
    )
    # Queries give batches of their own, without metadata. Pairs are a HashMap of Rust, as in all of arrow-rs.
    loses = ("batches", "batch_metadata", "metadata_order")

    def __init__(self) -> None:
        super().__init__()
        self.context = SessionContext(SessionConfig(SETTINGS))

    def implementation(self) -> dict:
        components = {"pyarrow": version("pyarrow")}
        return {"name": "datafusion", "language": "python", "version": datafusion.__version__, "components": components}

    def read(self, path: Path, form: str, request: dict) -> DataFrame:
        frame = self.context.read_arrow(path, file_extension=path.suffix)
        if "projection" in request:
            names = frame.schema().names
            frame = frame.select(*(quoted(names[index]) for index in request["projection"]))
        # All is read here: a panic of the reader is an exception now, and would end the process in a callback of the stream.
        return frame.cache()

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        self.context.register_view("written", self.import_data(data))
        try:
            self.context.sql(f"COPY written TO '{path}' STORED AS ARROW").collect()
        finally:
            self.context.deregister_table("written")

    def import_data(self, data: Any) -> DataFrame:
        if isinstance(data, DataFrame):
            return data
        # The frame keeps the data, and nobody else shall; a table stays also where its import failed.
        try:
            return self.context.from_arrow(data, "imported")
        finally:
            self.context.deregister_table("imported")


def quoted(name: str) -> Any:
    """The column of this very name, which an identifier without quotes would be in lower case."""
    escaped = name.replace('"', '""')
    return col(f'"{escaped}"')


if __name__ == "__main__":
    main(DataFusion())
