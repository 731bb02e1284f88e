"""ctypes binding of the conformance kit and of the structures of the Arrow C Data and C Stream Interface."""

from __future__ import annotations

import ctypes
import json
import struct
from pathlib import Path

from failure import AdapterFailure, Malformed

Pairs = list[tuple[bytes, bytes]]

DIGEST_BYTES = 72
_MALFORMED = 2


class ArrowSchema(ctypes.Structure):
    """`struct ArrowSchema`; children and dictionary are of no interest here and stay untyped."""

    _fields_ = [
        ("format", ctypes.c_void_p),
        ("name", ctypes.c_void_p),
        ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    ]


class ArrowArray(ctypes.Structure):
    """`struct ArrowArray`."""

    _fields_ = [
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    ]


class ArrowArrayStream(ctypes.Structure):
    """`struct ArrowArrayStream`."""

    _fields_ = [
        ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    ]


CStruct = ArrowSchema | ArrowArray | ArrowArrayStream


def release(value: CStruct) -> None:
    """Calls the release callback unless the structure was moved from or released before."""
    if value.release:
        value.release(ctypes.addressof(value))


class StreamError(Exception):
    """A callback of an `ArrowArrayStream` returned `code` (an errno)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class CStream:
    """An `ArrowArrayStream` in memory of its own, pulled callback by callback; released at the end of the `with`."""

    def __init__(self) -> None:
        self.struct = ArrowArrayStream()
        self.address = ctypes.addressof(self.struct)

    def __enter__(self) -> CStream:
        return self

    def __exit__(self, *_: object) -> None:
        release(self.struct)

    def schema(self) -> ArrowSchema:
        """The schema; the caller consumes or releases it."""
        schema = ArrowSchema()
        self._check(self.struct.get_schema(self.address, ctypes.addressof(schema)))
        return schema

    def next(self) -> ArrowArray | None:
        """The next batch, which the caller consumes or releases; None at the end."""
        array = ArrowArray()
        self._check(self.struct.get_next(self.address, ctypes.addressof(array)))
        return array if array.release else None

    def _check(self, code: int) -> None:
        if code != 0:
            text = self.struct.get_last_error(self.address) or b""
            raise StreamError(code, text.decode("utf-8", "replace"))


class Observer:
    """Digest, and dump when a path is given, of batches handed over one by one."""

    def __init__(self, kit: Kit, schema: ArrowSchema, dump: Path | None) -> None:
        self._kit = kit
        self._handle = ctypes.c_void_p()
        kit.check(kit.lib.arrowipc_kit_observer_new(ctypes.byref(schema), _path(dump), ctypes.byref(self._handle)))

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *_: object) -> None:
        """Frees an observer that an exception kept from `finish`."""
        if self._handle:
            self._end()

    def batch(self, array: ArrowArray, metadata: Pairs) -> None:
        """Adds a batch. The array is consumed, and released before this returns."""
        encoded = encode_metadata(metadata) if metadata else None
        self._kit.check(self._kit.lib.arrowipc_kit_observer_batch(self._handle, ctypes.byref(array), encoded))

    def finish(self) -> dict:
        """`digest`, `batches` and `rows` of what was observed."""
        code, digest, batches, rows = self._end()
        self._kit.check(code)
        return {"digest": digest, "batches": batches, "rows": rows}

    def _end(self) -> tuple[int, str, int, int]:
        digest = ctypes.create_string_buffer(DIGEST_BYTES)
        batches, rows = ctypes.c_int64(), ctypes.c_int64()
        handle, self._handle = self._handle, ctypes.c_void_p()
        code = self._kit.lib.arrowipc_kit_observer_finish(handle, digest, ctypes.byref(batches), ctypes.byref(rows))
        return code, digest.value.decode("ascii"), batches.value, rows.value


class Kit:
    """The functions of `libarrowipc_kit.so` (docs/protocol.md, "The kit")."""

    def __init__(self, path: str) -> None:
        try:
            self.lib = ctypes.CDLL(path)
            for name, (result, arguments) in _PROTOTYPES.items():
                function = getattr(self.lib, name)
                function.restype = result
                function.argtypes = arguments
        except (OSError, AttributeError) as error:
            raise AdapterFailure(f"the kit cannot be loaded: {error}") from error

    def check(self, code: int) -> None:
        """Unless `code` is 0, raises `Malformed` or `AdapterFailure` with the kit's text."""
        if code != 0:
            text = (self.lib.arrowipc_kit_error() or b"no text").decode("utf-8", "replace")
            raise Malformed(text) if code == _MALFORMED else AdapterFailure(f"kit: {text}")

    def build(self, path: Path) -> CStream:
        """The C stream of a canonical JSON file."""
        stream = CStream()
        self.check(self.lib.arrowipc_kit_build(_path(path), ctypes.byref(stream.struct)))
        return stream

    def checked(self, stream: CStream) -> CStream:
        """The same stream, consumed, in a wrapper of the kit's that looks for faults."""
        checked = CStream()
        self.check(self.lib.arrowipc_kit_check_stream(ctypes.byref(stream.struct), ctypes.byref(checked.struct)))
        return checked

    def faults(self) -> list[str]:
        """What the kit noticed since the last call."""
        text = ctypes.c_void_p()
        self.check(self.lib.arrowipc_kit_faults(ctypes.byref(text)))
        try:
            return json.loads(ctypes.string_at(text))
        finally:
            self.lib.arrowipc_kit_free_text(text)


def encode_metadata(pairs: Pairs) -> bytes:
    """Pairs in the encoding of `ArrowSchema.metadata`: native int32 counts and lengths."""
    parts = [struct.pack("=i", len(pairs))]
    for pair in pairs:
        for text in pair:
            parts += [struct.pack("=i", len(text)), text]
    return b"".join(parts)


def _path(path: Path | None) -> bytes | None:
    return None if path is None else str(path).encode()


_PROTOTYPES: dict[str, tuple] = {
    "arrowipc_kit_build": (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(ArrowArrayStream)]),
    "arrowipc_kit_observer_new": (
        ctypes.c_int,
        [ctypes.POINTER(ArrowSchema), ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)],
    ),
    "arrowipc_kit_observer_batch": (ctypes.c_int, [ctypes.c_void_p, ctypes.POINTER(ArrowArray), ctypes.c_char_p]),
    "arrowipc_kit_observer_finish": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_int64)],
    ),
    "arrowipc_kit_check_stream": (
        ctypes.c_int,
        [ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowArrayStream)],
    ),
    "arrowipc_kit_faults": (ctypes.c_int, [ctypes.POINTER(ctypes.c_void_p)]),
    "arrowipc_kit_free_text": (None, [ctypes.c_void_p]),
    "arrowipc_kit_error": (ctypes.c_char_p, []),
}
