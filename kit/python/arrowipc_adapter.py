"""What an adapter in Python needs, in one file without dependencies.

An adapter connects a library to the Arrow IPC conformance suite: a program that answers requests line by line
(protocol 1, docs/protocol.md). Subclass `Adapter`, say what the library is, read and write with it, and call `main`:

    import mylib
    from arrowipc_adapter import Adapter, main

    class MyLib(Adapter):
        id = "mylib"
        features = ("format.stream", "type.int32", "type.utf8", "compress.zstd:r")

        def implementation(self):
            return {"name": "mylib", "language": "python", "version": mylib.__version__}

        def read(self, path, form, request):
            return mylib.read_stream(path)          # anything with __arrow_c_stream__

        def write(self, data, path, form, options):
            mylib.write_stream(mylib.from_arrow(data), path)      # data has __arrow_c_stream__

    if __name__ == "__main__":
        main(MyLib())

Data go in and out by the Arrow C Stream Interface, as PyCapsules. On its other side is the kit of the suite
(libarrowipc_kit.so), which makes what is to be written, takes down what was read, and notices what is not as the
interface says. A library without it overrides `document` and lists `json` in `observe`.

Exceptions that the library raises in `read`, `write`, `import_data`, `validate` and `document`, and errors of the
stream that it exports, are answered as refusals. Raise `Unsupported` for what the library has no way to do, and
`AdapterFailure` when the adapter itself is at fault. Python 3.9 or later.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import io
import json
import os
import struct
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, ContextManager, TextIO, Union

PROTOCOL = 1

Pairs = list[tuple[bytes, bytes]]
"""Key-value metadata: keys and values are bytes, with order and duplicates."""


# What a request can end with besides success


class AdapterFailure(Exception):
    """The adapter itself, its input or the kit failed; the library is not to blame."""


class Malformed(Exception):
    """The library did what it was asked to, and what it exported is not as the C Data or C Stream Interface says."""

    def answer(self) -> dict:
        """The fields of the answer, behind `id`; the faults that the kit noticed say the rest."""
        return {"status": "ok"}


class Rejected(Exception):
    """The library refused the input, in one phase: open, schema, dictionary, batch, validate, finish, or write."""

    def __init__(self, phase: str, kind: str, message: str, batches_before: int | None = None) -> None:
        super().__init__(message)
        self.phase = phase
        self.kind = kind
        self.message = message
        self.batches_before = batches_before

    def answer(self) -> dict:
        """The fields of the answer, behind `id`."""
        error = {"type": self.kind, "message": self.message}
        answer: dict = {"status": "rejected", "phase": self.phase, "error": error}
        if self.batches_before is not None:
            answer["batches_before"] = self.batches_before
        return answer


class Unsupported(Exception):
    """The library says that it does not implement a feature of docs/adapters.md, or has no way to ask for it."""

    def __init__(self, feature: str, message: str) -> None:
        super().__init__(message)
        self.feature = feature
        self.message = message

    def answer(self) -> dict:
        """The fields of the answer, behind `id`."""
        return {"status": "unsupported", "feature": self.feature, "message": self.message}


class StreamError(Exception):
    """A callback of an `ArrowArrayStream` returned `code` (an errno)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class blame:
    """Context manager around calls of the library: whatever they raise is `Rejected` or `Unsupported` in `phase`.

    Panics of libraries in Rust are exceptions too, though not of class `Exception`.
    """

    def __init__(self, phase: str, batches_before: int | None = None) -> None:
        self.phase = phase
        self.batches_before = batches_before

    def missing_feature(self, error: BaseException) -> str | None:
        """The feature that the library says it does not implement; None when it refuses the input. To be overridden."""
        return None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, _OUTCOMES + _ENDS):
            return
        feature = self.missing_feature(error)
        if feature is not None:
            raise Unsupported(feature, str(error)) from error
        name = type(error).__name__
        if isinstance(error, StreamError):
            name = errno.errorcode.get(error.code, str(error.code))
        raise Rejected(self.phase, name, str(error), self.batches_before) from error


_OUTCOMES = (AdapterFailure, Malformed, Rejected, Unsupported)
_ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit)


# The C Data and the C Stream Interface


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


CStruct = Union[ArrowSchema, ArrowArray, ArrowArrayStream]


def release(value: CStruct) -> None:
    """Calls the release callback unless the structure was moved from or released before."""
    if value.release:
        value.release(ctypes.addressof(value))


class CStream:
    """An `ArrowArrayStream` in memory of its own; released at the end of the `with`, unless somebody moved it out.

    It is pulled by `schema` and `next`, or given to whatever takes an object with `__arrow_c_stream__`.
    """

    def __init__(self) -> None:
        self.struct = ArrowArrayStream()
        self.address = ctypes.addressof(self.struct)

    @classmethod
    def of(cls, data: Any) -> CStream:
        """The stream that `data` exports, moved out of its capsule."""
        stream = cls()
        stream.struct = _moved(data.__arrow_c_stream__(), _STREAM_CAPSULE, ArrowArrayStream)
        stream.address = ctypes.addressof(stream.struct)
        return stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule of the stream, which whoever imports it moves out.

        It has no destructor, since Python code must not run in one: the stream stays this object's until it is moved,
        so the capsule is for use within the `with`. No other schema can be requested.
        """
        return _new_capsule(self.address, _STREAM_CAPSULE, None)

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


class Batches:
    """A schema with `__arrow_c_schema__` and batches with `__arrow_c_array__`: what a library exports one by one.

    An exception of the library is an exception here, where in a callback of a stream it may end the process.
    """

    def __init__(self, schema: Any, batches: Iterable[Any]) -> None:
        self._schema = schema
        self._batches = iter(batches)

    def __enter__(self) -> Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self._schema, self._batches = None, iter(())

    def schema(self) -> ArrowSchema:
        """The schema; the caller consumes or releases it."""
        return _moved(self._schema.__arrow_c_schema__(), b"arrow_schema", ArrowSchema)

    def next(self) -> ArrowArray | None:
        """The next batch, which the caller consumes or releases; None at the end."""
        batch = next(self._batches, None)
        if batch is None:
            return None
        _, array = batch.__arrow_c_array__()
        return _moved(array, b"arrow_array", ArrowArray)


def _moved(capsule: object, name: bytes, kind: type[CStruct]) -> Any:
    """The structure in a capsule, moved out of it."""
    moved = kind()
    source = _capsule_pointer(capsule, name)
    ctypes.memmove(ctypes.addressof(moved), source, ctypes.sizeof(kind))
    ctypes.memset(source + kind.release.offset, 0, kind.release.size)
    return moved


_STREAM_CAPSULE = b"arrow_array_stream"
_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
_capsule_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


# The kit


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
        self.check(self.lib.arrowipc_kit_build(_encoded(path), ctypes.byref(stream.struct)))
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


class Observer:
    """Digest, and dump when a path is given, of batches handed over one by one."""

    def __init__(self, kit: Kit, schema: ArrowSchema, dump: Path | None) -> None:
        self._kit = kit
        self._handle = ctypes.c_void_p()
        kit.check(kit.lib.arrowipc_kit_observer_new(ctypes.byref(schema), _encoded(dump), ctypes.byref(self._handle)))

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
        digest = ctypes.create_string_buffer(_DIGEST_BYTES)
        batches, rows = ctypes.c_int64(), ctypes.c_int64()
        handle, self._handle = self._handle, ctypes.c_void_p()
        code = self._kit.lib.arrowipc_kit_observer_finish(handle, digest, ctypes.byref(batches), ctypes.byref(rows))
        return code, digest.value.decode("ascii"), batches.value, rows.value


def encode_metadata(pairs: Pairs) -> bytes:
    """Pairs in the encoding of `ArrowSchema.metadata`: native int32 counts and lengths."""
    parts = [struct.pack("=i", len(pairs))]
    for pair in pairs:
        for text in pair:
            parts += [struct.pack("=i", len(text)), text]
    return b"".join(parts)


def _encoded(path: Path | None) -> bytes | None:
    return None if path is None else str(path).encode()


_DIGEST_BYTES = 72
_MALFORMED = 2
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


# What is done with a stream that the library exports
#
# It is pulled callback by callback, so that the library's faults are told from the kit's.


def observe_stream(
    kit: Kit,
    stream: CStream | Batches,
    dump: Path | None,
    blamed: type[blame] = blame,
    account: ContextManager | None = None,
    metadata: Sequence[Pairs] = (),
) -> dict:
    """Digest, batches and rows of a stream, which is consumed; with a path, the canonical JSON goes there.

    Every call for a batch is made within `account`. A stream carries no `metadata` of its batches.
    """
    with kit.checked(stream) if isinstance(stream, CStream) else stream as checked:
        with blamed("schema"):
            schema = checked.schema()
        with Observer(kit, schema, dump) as observer:
            count = 0
            while (array := _pull(checked, count, blamed, account)) is not None:
                observer.batch(array, metadata[count] if count < len(metadata) else [])
                count += 1
            return observer.finish()


def drain_stream(stream: CStream | Batches, blamed: type[blame] = blame, account: ContextManager | None = None) -> dict:
    """Batches and rows of a stream whose batches are released unseen."""
    with blamed("schema"):
        release(stream.schema())
    batches = rows = 0
    while (array := _pull(stream, batches, blamed, account)) is not None:
        batches, rows = batches + 1, rows + array.length
        release(array)
        if array.length < 0:
            raise Malformed(f"a batch of {array.length} rows")
    return {"batches": batches, "rows": rows}


def _pull(
    stream: CStream | Batches, count: int, blamed: type[blame], account: ContextManager | None
) -> ArrowArray | None:
    with blamed("batch", count), account or nullcontext():
        return stream.next()


# The adapter


class Adapter:
    """A library behind protocol 1. Subclasses say what it is and override what it can do.

    Each command has a method `do_…` that gives the fields of the answer; an adapter that has more to tell overrides it.
    """

    id: str
    """The adapter's name: that of its folder."""

    features: Sequence[str] = ()
    """What the library can do (docs/adapters.md, "Features"): `type.*`, `compress.zstd`, `endian.big:r`."""

    observe: Sequence[str] = ("cdata",)
    """How data that were read are taken down, best first: `cdata` (by the C stream), `json` (by `document`),
    `transcode` (written again by `write`)."""

    type_map: dict[str, str] = {}
    """Types that the library cannot keep, and what it makes of them."""

    loses: Sequence[str] = ()
    """What else the library does not keep by design (docs/protocol.md)."""

    blame: type[blame] = blame
    """A subclass of `blame` that knows which of the library's exceptions speak of a missing feature."""

    def __init__(self) -> None:
        self.workdir = Path()
        self._kit: Kit | None = None

    # What a library is and does

    def implementation(self) -> dict:
        """`name`, `language` and `version` of the library; `components`, a dict of versions, of what does its work."""
        raise NotImplementedError

    def read(self, path: Path, form: str, request: dict) -> Any:
        """Opens IPC data in the format `form`, "stream" or "file": something with `__arrow_c_stream__`, or `Batches`.

        `source`, `access`, `projection` and `order` of the request are the defaults, unless `features` has others.
        """
        raise NotImplementedError

    def write(self, data: Any, path: Path, form: str, options: dict) -> None:
        """Writes data with `__arrow_c_stream__` as IPC: what the kit made, or what `read` returned.

        `options` are those of docs/protocol.md, which are all optional.
        """
        raise NotImplementedError

    def import_data(self, data: Any) -> Any:
        """Imports a stream. What the library then exports is as in `read`."""
        raise NotImplementedError

    def validate(self, data: Any) -> None:
        """Raises an exception unless what `read` or `import_data` returned is valid, down to the last value."""
        raise NotImplementedError

    def walk(self, data: Any) -> dict:
        """Touches everything that `read` returned, keeping nothing: `batches` and `rows`."""
        with self._exported(data) as stream:
            return drain_stream(stream, self.blame)

    def document(self, data: Any) -> dict:
        """What `read` returned, by the library's own accessors, in the form of docs/canonical-values.md."""
        raise NotImplementedError

    def facts(self, data: Any) -> dict:
        """The facts of docs/protocol.md that the library tells of what `read` returned, which was read to its end."""
        return {}

    def allocated(self) -> int:
        """The bytes that the library still counts when everything is released; 0 when it counts none."""
        return 0

    # What every adapter does

    @property
    def kit(self) -> Kit:
        """The kit, which only some requests need."""
        if self._kit is None:
            raise AdapterFailure("the start request named no kit")
        return self._kit

    def introduction(self) -> dict:
        """The answer to `start`."""
        return {
            "protocol": PROTOCOL,
            "adapter": {"id": self.id, "version": "1"},
            "implementation": self.implementation(),
            "roles": self.roles(),
            "features": list(self.features),
            "observe": list(self.observe),
            "validate": ["none", "full"] if self._overrides("validate") else ["none"],
            "type_map": self.type_map,
            "loses": list(self.loses),
        }

    def roles(self) -> list[str]:
        """The commands that the overridden methods are enough for."""
        needs = {
            "produce": ("write",),
            "consume": ("read",),
            "transcode": ("read", "write"),
            "echo": ("import_data",),
        }
        return [role for role, methods in needs.items() if all(map(self._overrides, methods))]

    def do_start(self, request: dict) -> dict:
        """Work directory and kit."""
        if PROTOCOL not in request["protocols"]:
            raise AdapterFailure(f"only protocol {PROTOCOL} is spoken here, not {request['protocols']}")
        self.workdir = Path(request["workdir"])
        self._kit = Kit(request["kit"]) if request.get("kit") else None
        introduction = self.introduction()
        # What lives now lives to the end; collections behind requests need not look at it.
        gc.collect()
        gc.freeze()
        return introduction

    def do_reset(self, _: dict) -> dict:
        """Releases everything held."""
        gc.collect()
        return {"allocated": self.allocated()}

    def do_produce(self, request: dict) -> dict:
        """Writes canonical data."""
        with self.kit.build(self.workdir / request["in"]) as stream:
            return self._write(stream, request["format"], request)

    def do_transcode(self, request: dict) -> dict:
        """Writes what was read."""
        return self._write(self._read(request), request["to"], request)

    def do_consume(self, request: dict) -> dict:
        """Reads, and observes what was read."""
        if request.get("validate", "none") == "full":
            # Reads for itself: what is validated may be used up by it.
            data = self._read(request)
            with self.blame("validate"):
                self.validate(data)
            del data
        observe = request.get("observe", {})
        data = self._read(request)
        answer = self._observe(data, observe, request["format"])
        return answer | {"facts": self.facts(data)}

    def do_echo(self, request: dict) -> dict:
        """Takes canonical data in, and observes what is exported."""
        path = self.workdir / request["in"]
        if request.get("validate", "none") == "full":
            with self.kit.build(path) as stream:
                data = self._import(stream)
                with self.blame("validate"):
                    self.validate(data)
                del data
        with self.kit.build(path) as stream:
            return self._observe(self._import(stream), request.get("observe", {}), "stream")

    def dump_path(self, observe: dict) -> Path | None:
        """Where the dump goes, if one is asked for."""
        return self.workdir / observe["out"] if observe.get("dump") else None

    def _overrides(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Adapter, method)

    def _read(self, request: dict) -> Any:
        path, form = self.workdir / request["path"], request["format"]
        if not path.is_file():
            raise AdapterFailure(f"{path} is no file")
        with self.blame("open"):
            return self.read(path, form, request)

    def _import(self, stream: CStream) -> Any:
        with self.blame("schema"):
            return self.import_data(stream)

    def _write(self, data: Any, form: str, request: dict) -> dict:
        out = self.workdir / request["out"]
        if not out.parent.is_dir():
            raise AdapterFailure(f"{out.parent} is no directory")
        with self.blame("write"):
            self.write(data, out, form, request.get("options", {}))
        return {"size": out.stat().st_size}

    def _exported(self, data: Any) -> CStream | Batches:
        if isinstance(data, Batches):
            return data
        with self.blame("schema"):
            return CStream.of(data)

    def _observe(self, data: Any, observe: dict, form: str) -> dict:
        via = observe.get("via", "none")
        if via == "none":
            return self.walk(data)
        if via == "cdata":
            with self._exported(data) as stream:
                return observe_stream(self.kit, stream, self.dump_path(observe), self.blame)
        if via == "transcode":
            return self._write(data, form, observe)
        if via == "json":
            with self.blame("batch"):
                document = self.document(data)
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            (self.workdir / observe["out"]).write_text(text, encoding="utf-8")
            batches = document["batches"]
            return {"batches": len(batches), "rows": sum(batch["rows"] for batch in batches)}
        raise AdapterFailure(f"observe.via {via} is none of cdata, json, transcode, none")

    # One line in, one line out

    def answer(self, line: str) -> dict | None:
        """The answer to one line, whatever it holds; None for `stop`."""
        identity: dict = {}
        answer: dict
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise AdapterFailure(f"a request is an object, not {line.strip()[:80]}")
            identity = {"id": request["id"]} if "id" in request else {}
            if request.get("cmd") == "stop":
                return None
            answer = self._perform(request)
        except (Malformed, Rejected, Unsupported) as outcome:
            answer = outcome.answer()
        except KeyError as error:
            answer = {"status": "error", "message": f"no key {error}"}
        except _ENDS:
            raise
        except BaseException as error:
            answer = {"status": "error", "message": f"{type(error).__name__}: {error}"}
        # Here nothing of the request is held any more, not even by a traceback.
        return identity | self._with_faults(answer)

    def _perform(self, request: dict) -> dict:
        name = request.get("cmd")
        command = getattr(self, f"do_{name}", None)
        if command is None:
            raise Unsupported(f"cmd.{name}", "unknown command")
        answer = command(request)
        return answer if name in ("start", "reset") else {"status": "ok"} | answer

    def _with_faults(self, answer: dict) -> dict:
        """The answer with what the kit noticed, where it is the library's."""
        if self._kit is None or "status" not in answer:
            return answer
        # What a cycle holds is let go of late, but let go of.
        gc.collect()
        faults = self._kit.faults()
        if answer["status"] not in ("ok", "rejected"):
            return answer
        return answer | {"facts": answer.get("facts", {}) | {"cdata_faults": faults}}


def serve(adapter: Adapter, requests: TextIO, answers: TextIO) -> None:
    """Answers line by line, in order, until `stop` or the end of the requests."""
    for line in requests:
        answer = adapter.answer(line)
        if answer is None:
            return
        answers.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")
        answers.flush()


def private_output() -> TextIO:
    """Standard output for the protocol alone: descriptor 1, to which libraries print too, becomes standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


def main(adapter: Adapter) -> None:
    """Serves standard input."""
    answers = private_output()
    serve(adapter, io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n"), answers)
