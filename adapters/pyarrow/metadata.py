"""Key-value metadata between pyarrow, the kit (pairs of bytes) and JSON (pairs of texts)."""

from __future__ import annotations

import pyarrow as pa

from arrowipc_adapter import Pairs


def to_pyarrow(pairs: Pairs) -> pa.KeyValueMetadata | None:
    """Keeps order and duplicates; None for no pairs."""
    return pa.KeyValueMetadata(pairs) if pairs else None


def from_pyarrow(metadata: pa.KeyValueMetadata | dict | None) -> Pairs:
    """The pairs in order."""
    return [] if metadata is None else list(metadata.items())


def from_json(pairs: list) -> Pairs:
    """Pairs of strings, or of `{"hex": …}` where the bytes are not UTF-8."""
    return [(_bytes(key), _bytes(value)) for key, value in pairs]


def to_json(pairs: Pairs) -> list:
    """The inverse of `from_json`."""
    return [[_text(key), _text(value)] for key, value in pairs]


def _bytes(text: str | dict) -> bytes:
    return bytes.fromhex(text["hex"]) if isinstance(text, dict) else text.encode()


def _text(data: bytes) -> str | dict:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}
