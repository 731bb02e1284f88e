"""Dense tensors, by `pa.ipc.read_tensor` and `pa.ipc.write_tensor`, ↔ the tensors of docs/canonical-values.md.

pyarrow tells nothing of a message's custom metadata, and gives a dimension without a name the empty one, as canonical
tensors do. It has classes for sparse tensors, and no function that reads or writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from arrowipc_adapter import Adapter, AdapterFailure, Unsupported
from failure import blame
from sinks import open_sink
from sources import CallbackFile, Source, open_source


def produce(request: dict, workdir: Path) -> dict:
    """Writes the tensors of the request one behind the other; the fields of the answer."""
    _check_format(request)
    if request.get("options"):
        raise Unsupported(f"tensor.{min(request['options'])}", "write_tensor takes no options")
    out = workdir / request["out"]
    if not out.parent.is_dir():
        raise AdapterFailure(f"{out.parent} is no directory")
    tensors = [_build(form) for form in request["tensors"]]
    with open_sink(request.get("sink", "path"), out) as sink, blame("write"):
        with _writable(sink) as file:
            for tensor in tensors:
                pa.ipc.write_tensor(tensor, file)
    return {"size": out.stat().st_size}


def consume(adapter: Adapter, request: dict, pool: pa.MemoryPool) -> dict:
    """Reads the tensors of `path` one behind the other; the fields of the answer."""
    _check_format(request)
    if request.get("access", "next") != "next":
        raise Unsupported(f"access.{request['access']}", "tensors are read one behind the other")
    with open_source(request.get("source", "path"), adapter.workdir / request["path"], pool) as source:
        forms = [_describe(tensor) for tensor in _read(source)]
    text = json.dumps({"tensors": forms}, ensure_ascii=False, separators=(",", ":")).encode()
    dump = adapter.dump_path(request["observe"])
    if dump is not None:
        dump.write_bytes(text)
    return {"digest": f"sha256:{hashlib.sha256(text).hexdigest()}", "batches": len(forms), "facts": {}}


def _check_format(request: dict) -> None:
    if request["format"] != "stream":
        raise Unsupported(f"format.{request['format']}", "tensors are no files")


def _read(source: Source) -> Iterator[pa.Tensor]:
    """`read_tensor` has no answer for the end of the input, which is looked for before each call."""
    count = 0
    with blame("open"):
        file = _readable(source)
    while not _at_end(source, file):
        with blame("batch", count):
            tensor = pa.ipc.read_tensor(file)
        yield tensor
        count += 1


def _readable(source: Source) -> pa.NativeFile:
    if isinstance(source, pa.NativeFile):
        return source
    return pa.BufferReader(source) if isinstance(source, pa.Buffer) else pa.PythonFile(source, "r")


def _at_end(source: Source, file: pa.NativeFile) -> bool:
    if isinstance(source, (pa.NativeFile, pa.Buffer)):
        return file.tell() >= file.size()
    if isinstance(source, CallbackFile):
        at_end = not source.read(1)
        if not at_end:
            source.seek(-1, 1)
        return at_end
    return not source.peek(1)


def _writable(sink: object) -> pa.NativeFile:
    return sink if isinstance(sink, pa.NativeFile) else pa.PythonFile(sink, "w")


def _build(form: dict) -> pa.Tensor:
    """The tensor of a canonical one, over memory in which values lie as its layout says."""
    if form["kind"] != "dense":
        raise Unsupported(f"tensor.{form['kind']}", "pyarrow writes no sparse tensors")
    if form["metadata"]:
        raise Unsupported("tensor.metadata", "write_tensor takes no metadata")
    dtype = _DTYPES.get(form["type"])
    if dtype is None:
        raise Unsupported("tensor.types", f"pyarrow makes no tensors of {form['type']}")
    shape = [int(size) for size in form["shape"]]
    values = _values(form["values"], np.dtype(dtype)).reshape(shape)
    strides = form.get("layout", {}).get("strides")
    if strides is not None:
        extent = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) + values.itemsize
        memory = bytearray(b"\xa5" * (extent if values.size else 0))
        laid_out = np.ndarray(shape, values.dtype, buffer=memory, strides=strides)
        laid_out[...] = values
        values = laid_out
    # An empty list of names is that of a tensor without dimensions only.
    names = form["names"] if any(form["names"]) else None
    with blame("write"):
        return pa.Tensor.from_numpy(values, dim_names=names)


def _describe(tensor: pa.Tensor) -> dict:
    kind = _TYPES.get(str(tensor.type))
    if kind is None:
        raise AdapterFailure(f"a tensor of {tensor.type} has no numpy values")
    with blame("batch"):
        values = np.ravel(tensor.to_numpy())
        names = list(tensor.dim_names) or [""] * tensor.ndim
    return {
        "kind": "dense",
        "type": kind,
        "shape": [str(size) for size in tensor.shape],
        "names": names,
        "metadata": [],
        "values": _texts(values),
    }


def _values(texts: list[str], dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        return np.array([int(text, 16) for text in texts], dtype=f"u{dtype.itemsize}").view(dtype)
    return np.array([int(text) for text in texts], dtype=dtype)


def _texts(values: np.ndarray) -> list[str]:
    if values.dtype.kind != "f":
        return [str(value) for value in values.tolist()]
    bits = np.ascontiguousarray(values).view(f"u{values.itemsize}")
    return [f"{value:0{2 * values.itemsize}x}" for value in bits.tolist()]


_DTYPES = {name: name for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")} | {
    "float16": "float16",
    "float32": "float32",
    "float64": "float64",
}
_TYPES = {name: name for name in _DTYPES} | {"halffloat": "float16", "float": "float32", "double": "float64"}
