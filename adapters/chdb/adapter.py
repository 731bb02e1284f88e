"""Adapter of chdb (ClickHouse) for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import chdb
from arrowipc_adapter import Adapter, Rejected, main
from chdb.session import Session

FORMATS = {"stream": "ArrowStream", "file": "Arrow"}

SETTINGS = {
    # ClickHouse's own writer; chdb's default is that of Arrow C++.
    "output_format_arrow_use_native_writer": 1,
    "output_format_arrow_low_cardinality_as_dictionary": 1,
    "allow_suspicious_low_cardinality_types": 1,
    # Names come again with other bytes, sooner than the time of a file tells. Neither columns nor maps are remembered.
    "schema_inference_use_cache_for_file": 0,
    "storage_file_read_method": "'pread'",
    "max_threads": 1,
}

TIMESTAMPS = {
    # A time without a zone is one of the server's.
    **{f"timestamp[{unit}]": f"timestamp[{unit}, UTC]" for unit in ("s", "ms", "us", "ns")},
    # A zone stays, and would go by the lines above if it were not named.
    **{
        f"timestamp[{unit}, {zone}]": f"timestamp[{unit}, {zone}]"
        for unit in ("s", "ms", "us", "ns")
        for zone in ("UTC", "Europe/Paris", "Asia/Tokyo", "America/Indiana/Knox", "America/Argentina/Buenos_Aires")
    },
    # An offset is a zone with a name of its own.
    **{
        f"timestamp[{unit}, {sign}{offset}]": f"timestamp[{unit}, Fixed/UTC{sign}{offset}:00]"
        for unit in ("us", "ns")
        for sign in "+-"
        for offset in ("05:30", "05:45", "07:30", "09:30")
    },
}

CANNOT_INFER = "Code: 636."
"""An error of ClickHouse while it looks for the columns, which it does before it reads them."""




class ChDB(Adapter):
    """Queries over IPC data: `file(…)` by ClickHouse's own reader, the result by its own writer."""

    id = "chdb"
    features = (
        "format.*",
        "type.bool",
        "type.int8",
        "type.int16",
        "type.int32",
        "type.int64",
        "type.uint8",
        "type.uint16",
        "type.uint32",
        "type.uint64",
        "type.float32",
        "type.float64",
        "type.decimal32",
        "type.decimal64",
        "type.decimal128",
        "type.decimal256",
        "type.date32",
        "type.time32",
        "type.time64",
        "type.timestamp",
        "type.duration",
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
        "dict.nested:r",
        "dict.ordered:r",
        "dict.delta:r",
        "dict.replacement:r",
        "dict.shared:r",
        "compress.lz4",
        "compress.zstd",
        "projection",
        "projection.any",
        "meta.schema:r",
        "meta.field:r",
        "meta.batch:r",
        "meta.footer:r",
        "version.v4:r",
        "legacy:r",
    )
    observe = ("transcode",)
    type_map = {
        "large_utf8": "utf8",
        "utf8_view": "utf8",
        "large_list": "list",
        "fixed_size_list": "list",
        "decimal32": "decimal128",
        "decimal64": "decimal128",
    } | TIMESTAMPS
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

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.session.query("SET " + ", ".join(f"{name} = {value}" for name, value in SETTINGS.items()))

    def implementation(self) -> dict:
        components = {"chdb-core": version("chdb-core"), "clickhouse": self.value("SELECT version()")}
        return {"name": "chdb", "language": "python", "version": chdb.__version__, "components": components}

    def roles(self) -> list[str]:
        # What is written comes from a query: there is no way in for the kit's data but IPC.
        return ["consume", "transcode"]

    def read(self, path: Path, form: str, request: dict) -> str:
        source = f"file('{path}', '{FORMATS[form]}')"
        columns = "*"
        if "projection" in request:
            rows = json.loads(self.run(f"DESCRIBE TABLE {source}", "JSONCompact").bytes())["data"]
            columns = ", ".join(quoted(rows[index][0]) for index in request["projection"])
        return f"SELECT {columns} FROM {source}"

    def write(self, query: str, path: Path, form: str, options: dict) -> None:
        method = {"none": "none", "lz4": "lz4_frame", "zstd": "zstd"}[options.get("compression", "none")]
        query = f"{query} SETTINGS output_format_arrow_compression_method = '{method}'"
        path.write_bytes(self.run(query, FORMATS[form]).bytes())

    def walk(self, query: str) -> dict:
        # Looks at every column, and gives none.
        return {"batches": 1, "rows": int(self.value(f"SELECT countIf(NOT ignore(*)) FROM ({query})"))}

    def value(self, query: str) -> str:
        """The one value that is the result."""
        return self.run(query, "TSVRaw").bytes().decode().strip()

    def run(self, query: str, form: str) -> Any:
        """The result of a query, which fails in the phase `schema` when the columns were not found, else in `batch`."""
        try:
            return self.session.query(query, form)
        except Exception as error:
            # What a failed query has written by then would stand at the head of the next result.
            self.session.query("SELECT 1")
            phase = "schema" if str(error).startswith(CANNOT_INFER) else "batch"
            raise Rejected(phase, type(error).__name__, str(error)) from error


def quoted(name: str) -> str:
    """An identifier of SQL."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


if __name__ == "__main__":
    main(ChDB())
