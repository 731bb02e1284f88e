"""Adapter of duckdb for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

from typing import Any

import duckdb
from arrowipc_adapter import Adapter, main

SETTINGS = {
    # Rows stay in order.
    "threads": "1",
}


class DuckDB(Adapter):
    """Queries over streams of the C Data Interface; IPC needs an extension that is no part of duckdb."""

    id = "duckdb"

    # Absent are what duckdb says it does not know: half floats, decimals of 256 bits.
    features = (
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
        "type.float32",
        "type.float64",
        "type.decimal32",
        "type.decimal64",
        "type.decimal128",
        "type.date32",
        "type.time64",
        "type.timestamp",
        "type.binary",
        "type.large_binary",
        "type.binary_view",
        "type.fixed_size_binary",
        "type.utf8",
        "type.large_utf8",
        "type.utf8_view",
        "type.list",
        "type.large_list",
        "type.list_view",
        "type.large_list_view",
        "type.fixed_size_list",
        "type.struct",
        "type.map",
        "type.sparse_union",
        "type.run_end_encoded",
        "dict.basic",
        "dict.nested",
        "dict.ordered",
        "dict.replacement",
        "meta.schema",
        "meta.field",
    )

    # One type of SQL for each kind of data (https://duckdb.org/docs/stable/sql/data_types/overview).
    type_map = {
        "utf8_view": "utf8",
        "large_utf8": "utf8",
        "binary_view": "binary",
        "large_binary": "binary",
        "fixed_size_binary": "binary",
        "large_list": "list",
        "list_view": "list",
        "large_list_view": "list",
        "decimal32": "decimal128",
        "decimal64": "decimal128",
        "time64": "time64[us]",
    }

    # What columns of a table of SQL do not have.
    loses = (
        "batches",
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
        return {"name": "duckdb", "language": "python", "version": duckdb.__version__}

    def import_data(self, data: Any) -> Any:
        # A database each, since an internal error makes one unusable.
        connection = duckdb.connect(config=SETTINGS)
        return connection.from_arrow(data)


if __name__ == "__main__":
    main(DuckDB())
