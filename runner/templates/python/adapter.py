"""Adapter of my-adapter for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from arrowipc_adapter import Adapter, Unsupported, main


class MyAdapter(Adapter):
    """The library, behind the methods that the suite needs of it."""

    id = "my-adapter"
    # What the library can do, in the words of cases/features.yaml: "format.stream", "type.*", "compress.zstd:r".
    features = ()

    def implementation(self) -> dict:
        return {"name": "my-adapter", "language": "python", "version": "0"}

    def read(self, path: Path, form: str, request: dict) -> Any:
        # Here the library opens `path`, and what it gives back has __arrow_c_stream__.
        raise Unsupported(f"format.{form}", "nothing is read yet")

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        # Here the library imports `data`, which has __arrow_c_stream__, and writes it to `path`.
        raise Unsupported(f"format.{form}", "nothing is written yet")

    def import_data(self, data: Any) -> Any:
        # Here the library imports `data`; what comes back is exported by it.
        return data


if __name__ == "__main__":
    main(MyAdapter())
